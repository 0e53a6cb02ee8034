"""Paths of environments."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.errors import EnvironmentNotFound
from trainshed.server.portal.environments import building
from trainshed.server.portal.environments.pages import EnvironmentsPage
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.rendering import wants_json


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = EnvironmentViews(frame)
    return [
        frame.page("/environments", views.environments),
        frame.page("/environments.json", views.environments),
        frame.page("/environments/{workspace}/{name}", views.environment),
    ]


class EnvironmentViews:
    """Each asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._services = frame.services

    async def environments(self, request: Request) -> Response:
        """The newest version of each."""
        workspace = await self._frame.asked_workspace(request)
        found = (await self._services.environments.page(workspace)).environments if workspace else ()
        page = EnvironmentsPage("Environments", tuple(building.environment_line(workspace, one) for one in found))
        return await self._frame.answer(
            request, "environments/environments.html", page, section="Environments", workspace_id=workspace
        )

    async def environment(self, request: Request) -> Response:
        """One version, the newest unless the query says another; a name may end in ``.json`` itself."""
        workspace, name = request.path_params["workspace"], request.path_params["name"]
        as_json = wants_json(request)
        if name.endswith(".json"):
            as_json = not await self._has(workspace, name)
            name = name.removesuffix(".json") if as_json else name
        record = await self._services.environments.get(workspace, name, request.query_params.get("version"))
        versions = (await self._services.environments.versions(workspace, name)).environments
        page = building.environment_page(workspace, record, versions)
        return await self._frame.answer(
            request,
            "environments/environment.html",
            page,
            section="Environments",
            workspace_id=workspace,
            as_json=as_json,
        )

    async def _has(self, workspace_id: str, name: str) -> bool:
        try:
            return bool(await self._services.environments.versions(workspace_id, name))
        except EnvironmentNotFound:
            return False
