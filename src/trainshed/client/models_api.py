"""The paths of models (docs/architecture.md, section 11), one method each."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple
from urllib.parse import quote

from trainshed.client.http import Client
from trainshed.contract.models import ModelAsk, ModelFile, ModelFiles, ModelPage, ModelPatch, ModelRecord

#: The server may have to read a large file that is still open.
_LONG_S = 600.0


class ModelsApi:
    """Each method makes one request."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def register(self, workspace: str, ask: ModelAsk) -> ModelRecord:
        """Asked again with the same id it gives the same model."""
        path = _models(workspace)
        return self._client.request("POST", path, record=ask, idempotent=True, timeout_s=_LONG_S).record(ModelRecord)

    def page(
        self,
        workspace: str,
        *,
        name: Optional[str] = None,
        tags: Sequence[str] = (),
        properties: Sequence[str] = (),
        run: Optional[str] = None,
        dataset: Optional[str] = None,
        framework: Optional[str] = None,
        latest: bool = False,
        limit: Optional[int] = None,
        after: Optional[str] = None,
    ) -> ModelPage:
        """Newest first. ``tags`` and ``properties`` are ``KEY`` or ``KEY=VALUE``; all must hold."""
        query = {
            "name": name,
            "tag": list(tags),
            "property": list(properties),
            "run": run,
            "dataset": dataset,
            "framework": framework,
            "latest": True if latest else None,
            "limit": limit,
            "after": after,
        }
        return self._client.request("GET", _models(workspace), query=query).record(ModelPage)

    def newest(
        self,
        workspace: str,
        *,
        name: Optional[str] = None,
        version: Optional[int] = None,
        tags: Sequence[str] = (),
        properties: Sequence[str] = (),
        run: Optional[str] = None,
        framework: Optional[str] = None,
    ) -> ModelRecord:
        """The newest model that fits."""
        query = {
            "name": name,
            "version": version,
            "tag": list(tags),
            "property": list(properties),
            "run": run,
            "framework": framework,
        }
        return self._client.request("GET", "%s/newest" % _models(workspace), query=query).record(ModelRecord)

    def files(self, workspace: str, name: str, version: int) -> Tuple[ModelFile, ...]:
        return self._client.request("GET", _model(workspace, name, version) + "/files").record(ModelFiles).files

    def patch(self, workspace: str, name: str, version: int, patch: ModelPatch) -> ModelRecord:
        path = _model(workspace, name, version)
        return self._client.request("PATCH", path, record=patch, idempotent=True).record(ModelRecord)

    def delete(self, workspace: str, name: str, version: int) -> ModelRecord:
        return self._client.request("DELETE", _model(workspace, name, version), idempotent=False).record(ModelRecord)


def _models(workspace: str) -> str:
    return "/workspaces/%s/models" % quote(workspace, safe="")


def _model(workspace: str, name: str, version: int) -> str:
    return "%s/%s/%d" % (_models(workspace), quote(name, safe=""), version)
