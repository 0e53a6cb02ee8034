"""Paths of data."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.server.portal.data import building
from trainshed.server.portal.data.pages import DataPage
from trainshed.server.portal.frame import Frame


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = DataViews(frame)
    return [
        frame.page("/datasets", views.datasets),
        frame.page("/datasets.json", views.datasets),
        frame.page("/datasets/{workspace}/{id}", views.dataset),
    ]


class DataViews:
    """Each asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._services = frame.services

    async def datasets(self, request: Request) -> Response:
        """The newest version of each name, and the datastores."""
        workspace = await self._frame.asked_workspace(request)
        datasets = (await self._services.datasets.page(workspace)).datasets if workspace else ()
        stores = (await self._services.datastores.page(workspace)).datastores if workspace else ()
        page = DataPage(
            "Data",
            tuple(building.dataset_line(workspace, one) for one in datasets),
            tuple(map(building.store_line, stores)),
        )
        return await self._frame.answer(request, "data/datasets.html", page, section="Data", workspace_id=workspace)

    async def dataset(self, request: Request) -> Response:
        """One dataset, registered or not."""
        workspace, number = request.path_params["workspace"], request.path_params["id"].removesuffix(".json")
        record = await self._services.datasets.get(workspace, number)
        versions = (await self._services.datasets.page(workspace, record.name)).datasets if record.name else ()
        uses = (await self._services.datasets.uses(workspace, number)).uses
        page = building.dataset_page(workspace, record, versions, uses)
        return await self._frame.answer(request, "data/dataset.html", page, section="Data", workspace_id=workspace)
