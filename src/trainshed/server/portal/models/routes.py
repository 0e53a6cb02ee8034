"""Paths of models."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.errors import RunNotFound
from trainshed.contract.model_errors import ModelNotFound
from trainshed.contract.models import ModelRecord
from trainshed.contract.records import RunRecord
from trainshed.server.portal.archive import zipped
from trainshed.server.portal.downloads import TO_SAVE, attachment, sent, streamed_zip
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.models import building
from trainshed.server.portal.models.asking import ModelsAsk
from trainshed.server.portal.models.pages import ModelPage, ModelsPage
from trainshed.server.portal.rendering import wants_json
from trainshed.server.services.files import Opened
from trainshed.server.storage.model_rows import ModelFilter

_ON_A_PAGE = 50
_VERSIONS_SHOWN = 100


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = ModelViews(frame)
    return [
        frame.page("/models", views.models),
        frame.page("/models.json", views.models),
        frame.page("/models/{workspace}/{name}", views.versions),
        frame.page("/models/{workspace}/{name}/{version}", views.model),
        frame.page("/models/{workspace}/{name}/{version}/files.zip", views.all_files),
        frame.page("/models/{workspace}/{name}/{version}/files/{path:path}", views.file),
    ]


class ModelViews:
    """Each parses, asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._services = frame.services

    async def models(self, request: Request) -> Response:
        """The newest version of each name."""
        workspace = await self._frame.asked_workspace(request)
        page = await self._list(workspace, ModelsAsk.of(request.query_params))
        return await self._frame.answer(request, "models/models.html", page, section="Models", workspace_id=workspace)

    async def versions(self, request: Request) -> Response:
        """All versions of a name, or their JSON twin: a name may end in ``.json`` itself, then that one counts."""
        workspace, name = request.path_params["workspace"], request.path_params["name"]
        as_json = wants_json(request)
        if name.endswith(".json"):
            as_json = not await self._versions(workspace, name)
            name = name.removesuffix(".json") if as_json else name
        await self._services.models.newest(workspace, ModelFilter(name=name))  # says what there is, if this is not
        page = await self._list(workspace, ModelsAsk.of(request.query_params, name=name))
        return await self._frame.answer(
            request, "models/models.html", page, section="Models", workspace_id=workspace, as_json=as_json
        )

    async def model(self, request: Request) -> Response:
        """One version."""
        page = await self._page(*_asked(request))
        workspace = request.path_params["workspace"]
        return await self._frame.answer(request, "models/model.html", page, section="Models", workspace_id=workspace)

    async def file(self, request: Request) -> Response:
        """A file of a version, to be saved."""
        asked, path = _asked(request), request.path_params["path"]
        contents = await self._contents(*asked)
        if path not in contents:
            raise ModelNotFound(wanted=f"file {path}", known=f"The page of {asked[1]}:{asked[2]} lists its files.")
        opened = await self._open(contents[path])
        return sent(opened, {"Content-Disposition": attachment(path.rpartition("/")[2])}, TO_SAVE)

    async def all_files(self, request: Request) -> Response:
        """All files of a version, as one zip."""
        workspace, name, version = asked = _asked(request)
        model = await self._services.models.newest(workspace, ModelFilter(name=name, version=version))
        contents = await self._contents(*asked)
        blocks = zipped([(path, model.created_at) for path in contents], lambda path: self._open(contents[path]))
        return streamed_zip(blocks, f"{name}-{version}.zip")

    async def _contents(self, workspace_id: str, name: str, version: int) -> dict[str, str]:
        files = (await self._services.models.files(workspace_id, name, version)).files
        return {file.path: file.sha256 for file in files}

    async def _open(self, sha256: str) -> Opened:
        descriptor, size = await self._services.blobs.open(sha256)
        return Opened(descriptor, size, final=True)

    # --- asked of the services

    async def _list(self, workspace_id: str, ask: ModelsAsk) -> ModelsPage:
        if not workspace_id:
            return building.models_page("", ask, [], [], None)
        found = await self._services.models.page(workspace_id, ask.filter(), _ON_A_PAGE, ask.after or None)
        frameworks = () if ask.name else self._services.models.frameworks(workspace_id)
        return building.models_page(workspace_id, ask, found.models, frameworks, found.next)

    async def _versions(self, workspace_id: str, name: str) -> tuple[ModelRecord, ...]:
        return (await self._services.models.page(workspace_id, ModelFilter(name=name), _VERSIONS_SHOWN)).models

    async def _page(self, workspace_id: str, name: str, version: int) -> ModelPage:
        model = await self._services.models.newest(workspace_id, ModelFilter(name=name, version=version))
        files = (await self._services.models.files(workspace_id, name, version)).files
        return building.model_page(model, files, await self._versions(workspace_id, name), self._run(model))

    def _run(self, model: ModelRecord) -> RunRecord | None:
        try:
            return None if model.run_id is None else self._services.runs.get(model.workspace_id, model.run_id)
        except RunNotFound:
            return None


def _asked(request: Request) -> tuple[str, str, int]:
    params = request.path_params
    version = params["version"].removesuffix(".json")
    # No version is 0: what is no number is answered as one that is not there.
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 19 else 0
    return params["workspace"], params["name"], number
