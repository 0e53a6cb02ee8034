"""Paths of the lists."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.wire import now
from trainshed.server.portal.events import EventStream, told
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.lists.reading import Reader
from trainshed.server.services.news import runs_key


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = ListViews(frame)
    return [
        frame.page("/", views.runs),
        frame.page("/runs", views.runs),
        frame.page("/runs.json", views.runs),
        frame.page("/events/runs", views.events),
    ]


class ListViews:
    """Each parses, asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._reader = Reader(frame.services)

    async def runs(self, request: Request) -> Response:
        """The list of runs."""
        workspace = await self._frame.workspace(request.query_params.get("workspace", ""))
        page = await self._reader.runs_page(request.query_params, await self._frame.workspaces(), workspace, now())
        return await self._frame.answer(request, "lists/runs.html", page, section="Runs", workspace_id=workspace)

    async def events(self, request: Request) -> Response:
        """That a run, or a compute target, of a workspace has changed."""
        workspace = await self._frame.workspace(request.query_params.get("workspace", ""))
        return EventStream(told(self._frame.services.news, {"runs": runs_key(workspace)}))
