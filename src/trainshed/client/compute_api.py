"""The paths of compute targets (docs/architecture.md, section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from trainshed.contract.compute import ClusterAsk, ClusterPatch, ClusterRecord, ComputePage

if TYPE_CHECKING:
    from trainshed.client.http import Client


class ComputeApi:
    """Each method makes one request."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def all(self, workspace: str) -> ComputePage:
        """The clusters of a workspace, and the targets that are always there."""
        return self._client.request("GET", _compute(workspace)).record(ComputePage)

    def get(self, workspace: str, name: str) -> ClusterRecord:
        """UnknownTarget: there is none of that name."""
        return self._client.request("GET", _compute(workspace, name)).record(ClusterRecord)

    def create(self, workspace: str, ask: ClusterAsk) -> ClusterRecord:
        """Make one; again, with the same settings, gives the same."""
        return self._client.request("POST", _compute(workspace), record=ask, idempotent=True).record(ClusterRecord)

    def update(self, workspace: str, name: str, patch: ClusterPatch) -> ClusterRecord:
        """Change its settings."""
        answer = self._client.request("PATCH", _compute(workspace, name), record=patch, idempotent=True)
        return answer.record(ClusterRecord)

    def delete(self, workspace: str, name: str) -> ClusterRecord:
        """``state`` tells whether it is gone, or waits for its last runs."""
        return self._client.request("DELETE", _compute(workspace, name), idempotent=False).record(ClusterRecord)


def _compute(workspace: str, name: str = "") -> str:
    path = "/workspaces/%s/compute" % quote(workspace, safe="")
    return path + "/" + quote(name, safe="", errors="surrogateescape") if name else path
