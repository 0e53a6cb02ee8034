"""The first page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from trainshed.contract.records import RunRecord
from trainshed.contract.wire import now
from trainshed.server.portal.addresses import runs_of, with_query
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.home.pages import HomePage
from trainshed.server.portal.lists.asking import GROUPS
from trainshed.server.portal.lists.building import events_of
from trainshed.server.portal.lists.reading import Reader
from trainshed.server.portal.rendering import HEADERS
from trainshed.server.portal.run_lines import RunLine, run_line
from trainshed.server.storage.run_rows import RunFilter

_RUNNING, _WAITING, _LATEST, _EXPERIMENTS = 20, 15, 12, 12


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    view = HomeView(frame)
    return [frame.page("/", view.home), frame.page("/home.json", view.home)]


class HomeView:
    """Asks the services, builds the page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._services = frame.services
        self._reader = Reader(frame.services)

    async def home(self, request: Request) -> Response:
        """What goes on."""
        if {"experiment", "status"} & request.query_params.keys():  # an address of releases before 0.2
            return RedirectResponse(f"/runs?{request.url.query}", 303, HEADERS)
        workspace = await self._frame.asked_workspace(request)
        page = await self._page(workspace, now())
        return await self._frame.answer(
            request,
            "home/home.html",
            page,
            section="Home",
            workspace_id=workspace,
            pieces={"home": "home/_home.html"},
        )

    async def _page(self, workspace_id: str, at: datetime) -> HomePage:
        newest, oldest, number = self._newest, self._services.runs.oldest, self._services.runs.number
        since = self._services.news.number
        views = await self._services.experiments.lately(workspace_id, _EXPERIMENTS) if workspace_id else ()
        active, waiting = GROUPS["active"], GROUPS["waiting"]
        return HomePage(
            title="Home",
            here=with_query("/", [("workspace", workspace_id)]),
            events=events_of(workspace_id, since),
            running=_lines(await newest(workspace_id, "active", _RUNNING), at),
            running_count=number(workspace_id, active),
            waiting=_lines(oldest(workspace_id, _in("waiting"), _WAITING), at),
            waiting_count=number(workspace_id, waiting),
            latest=_lines(await newest(workspace_id, "ended", _LATEST), at),
            experiments=tuple(await self._reader.lines(workspace_id, views)),
            running_href=runs_of(workspace_id, status="active"),
            waiting_href=runs_of(workspace_id, status="waiting"),
            runs_href=runs_of(workspace_id),
            experiments_href=with_query("/experiments", [("workspace", workspace_id)]),
        )

    async def _newest(self, workspace_id: str, group: str, limit: int) -> tuple[RunRecord, ...]:
        return (await self._services.runs.list(workspace_id, _in(group), limit=limit)).runs if workspace_id else ()


def _in(group: str) -> RunFilter:
    return RunFilter(statuses=tuple(status.value for status in GROUPS[group]))


def _lines(runs: Iterable[RunRecord], at: datetime) -> tuple[RunLine, ...]:
    return tuple(run_line(run, at) for run in runs)
