"""The server's paths about experiments as methods; see :class:`trainshed.client.api.Api`."""

from __future__ import annotations

from typing import List, Optional, Sequence

from trainshed.client.http import Client
from trainshed.contract.api import ExperimentAsk
from trainshed.contract.history import ExperimentPatch, ExperimentView, WorkspaceNotes, WorkspacePatch
from trainshed.contract.wire import from_wire


class HistoryApi:
    """Each method makes one request."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def notes(self, workspace: str) -> WorkspaceNotes:
        """What people say about a workspace."""
        return self._client.request("GET", _notes(workspace)).record(WorkspaceNotes)

    def change_notes(self, workspace: str, patch: WorkspacePatch) -> WorkspaceNotes:
        """What people say about it from now on."""
        return self._client.request("PATCH", _notes(workspace), record=patch, idempotent=True).record(WorkspaceNotes)

    def experiments(
        self, workspace: str, *, view: Optional[str] = None, name: Optional[str] = None, tags: Sequence[str] = ()
    ) -> List[ExperimentView]:
        """By name; the active ones, unless ``view`` says otherwise. ``tags`` are ``KEY`` or ``KEY=VALUE``."""
        query = {"view": view, "name": name, "tag": list(tags)}
        answer = self._client.request("GET", _experiments(workspace), query=query)
        return [from_wire(ExperimentView, item) for item in answer.json()]

    def experiment(self, workspace: str, name: str) -> ExperimentView:
        """ExperimentNotFound."""
        return self._client.request("GET", _experiments(workspace, name)).record(ExperimentView)

    def ensure_experiment(self, workspace: str, name: str) -> ExperimentView:
        """The experiment of that name, made if it is missing."""
        ask = ExperimentAsk(name)
        return self._client.request("POST", _experiments(workspace), record=ask, idempotent=True).record(ExperimentView)

    def patch_experiment(self, workspace: str, name: str, patch: ExperimentPatch) -> ExperimentView:
        """ExperimentNotFound, ExperimentExists."""
        # Repeated after a lost answer, a new name would not be found any more.
        repeatable = patch.new_name is None
        path = _experiments(workspace, name)
        return self._client.request("PATCH", path, record=patch, idempotent=repeatable).record(ExperimentView)

    def remove_experiment(self, workspace: str, name: str) -> ExperimentView:
        """ExperimentNotFound, ExperimentHasRuns."""
        return self._client.request("DELETE", _experiments(workspace, name), idempotent=False).record(ExperimentView)


def _notes(workspace: str) -> str:
    from urllib.parse import quote

    return "/workspaces/%s/notes" % quote(workspace, safe="")


def _experiments(workspace: str, name: Optional[str] = None) -> str:
    from urllib.parse import quote

    path = "/workspaces/%s/experiments" % quote(workspace, safe="")
    return path if name is None else "%s/%s" % (path, quote(name, safe=""))
