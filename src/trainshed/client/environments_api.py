"""The paths of registered environments and private wheels (docs/architecture.md, section 11), one method each."""

from __future__ import annotations

from typing import Mapping, Optional
from urllib.parse import quote

from trainshed.client.http import Client
from trainshed.contract.environment_records import (
    EnvironmentAsk,
    EnvironmentPage,
    EnvironmentRecord,
    LabelAsk,
    WheelAsk,
    WheelRecord,
)


class EnvironmentsApi:
    """Each method makes one request."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def all(self, workspace: str) -> EnvironmentPage:
        """The newest version of each."""
        return self._client.request("GET", _path(workspace)).record(EnvironmentPage)

    def register(self, workspace: str, ask: EnvironmentAsk) -> EnvironmentRecord:
        return self._client.request("POST", _path(workspace), record=ask, idempotent=True).record(EnvironmentRecord)

    def get(
        self, workspace: str, name: str, *, version: Optional[str] = None, label: Optional[str] = None
    ) -> EnvironmentRecord:
        query: Mapping[str, Optional[str]] = {"version": version, "label": label}
        return self._client.request("GET", _path(workspace, name), query=query).record(EnvironmentRecord)

    def versions(self, workspace: str, name: str) -> EnvironmentPage:
        return self._client.request("GET", _path(workspace, name) + "/versions").record(EnvironmentPage)

    def label(self, workspace: str, name: str, ask: LabelAsk) -> EnvironmentRecord:
        path = _path(workspace, name) + "/labels"
        return self._client.request("POST", path, record=ask, idempotent=True).record(EnvironmentRecord)

    def add_wheel(self, workspace: str, ask: WheelAsk) -> WheelRecord:
        path = "/workspaces/%s/wheels" % quote(workspace, safe="")
        return self._client.request("POST", path, record=ask, idempotent=ask.exist_ok).record(WheelRecord)


def _path(workspace: str, name: Optional[str] = None) -> str:
    path = "/workspaces/%s/environments" % quote(workspace, safe="")
    return path if name is None else "%s/%s" % (path, quote(name, safe=""))
