"""Paths of one run: its pages and their parts, its bytes, its events, what can be changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.names import check_file_name
from trainshed.contract.wire import now
from trainshed.server.portal.actions import read_form, see
from trainshed.server.portal.events import EventStream
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.rendering import drawn, wants_json
from trainshed.server.portal.run import assembling, changing, chart_data
from trainshed.server.portal.run.assembling import Asked
from trainshed.server.portal.run.following import Follower, LogFollower
from trainshed.server.portal.run.reading import Reader
from trainshed.server.portal.run.sending import Sender
from trainshed.server.portal.run_lines import href_of

Assemble = Callable[[Reader, Asked], Awaitable[Any]]
View = Callable[[Request], Awaitable[Response]]

_RUN = "/runs/{workspace}/{run}"
#: Templates of the parts of pages that are asked for alone, by the id of the element; every page has its top.
_HEAD = {"run-head": "run/_head.html"}
_PARTS = {
    "overview": {
        "run-problem": "run/_problem.html",
        "run-metrics": "run/_metric_lines.html",
        "run-files": "run/_file_lines.html",
        "run-history": "run/_history.html",
        "run-children": "run/_children.html",
    },
    "metrics": {"metric-values": "run/_metric_values.html"},
    "logs": {"log-window": "run/_log_window.html", "log-files": "run/_log_files.html"},
    "files": {"file-tree": "run/_file_tree.html"},
    "code": {},
    "environment": {"environment-build": "run/_environment_build.html"},
    "children": {"child-lines": "run/_child_lines.html"},
}


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = RunViews(frame)
    pages = {
        "metrics": assembling.metrics,
        "logs": assembling.logs,
        "files": assembling.files,
        "code": assembling.code,
        "environment": assembling.environment,
        "children": assembling.children,
    }
    return [
        frame.page(_RUN, views.first),
        *(
            frame.page(f"{_RUN}/{name}{ending}", views.page(name, assemble))
            for name, assemble in pages.items()
            for ending in ("", ".json")
        ),
        frame.page(_RUN + "/chart.json", views.chart),
        frame.page(_RUN + "/events", views.events),
        frame.page(_RUN + "/files.zip", views.all_files),
        frame.page(_RUN + "/files/{path:path}", views.file),
        frame.page(_RUN + "/pictures/{path:path}", views.picture),
        frame.page(_RUN + "/code.zip", views.all_code),
        frame.page(_RUN + "/code/{path:path}", views.code),
        frame.page(_RUN + "/cancel", views.page("cancel", assembling.cancellation)),
        frame.action(_RUN + "/cancel", views.cancel),
        frame.action(_RUN + "/tags", views.tags),
    ]


def _run(request: Request) -> tuple[str, str]:
    return request.path_params["workspace"], request.path_params["run"]


def _path(request: Request) -> str:
    return check_file_name(request.path_params["path"])


class RunViews:
    """Each parses, asks, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._reader = Reader(frame.services)
        self._sender = Sender(self._reader)
        self._follower = Follower(frame.services, lambda lines: drawn("run/_log_lines.html", lines=lines))

    async def first(self, request: Request) -> Response:
        """The first page of a run, or its JSON twin: an id may end in ``.json`` itself, then that run counts."""
        workspace, name = _run(request)
        as_json = wants_json(request)
        if name.endswith(".json"):
            exact = self._reader.has_run(workspace, name)
            as_json = not exact
            name = name if exact else name.removesuffix(".json")
        return await self._answer(request, "overview", assembling.first_page, name, as_json=as_json)

    def page(self, name: str, assemble: Assemble) -> View:
        """The view of another of its pages."""

        async def view(request: Request) -> Response:
            return await self._answer(request, name, assemble, _run(request)[1], as_json=wants_json(request))

        return view

    async def _answer(self, request: Request, name: str, assemble: Assemble, run_id: str, *, as_json: bool) -> Response:
        workspace, _ = _run(request)
        page = await assemble(self._reader, Asked(workspace, run_id, request.query_params, now()))
        return await self._frame.answer(
            request,
            f"run/{name}.html",
            page,
            section="Runs",
            workspace_id=workspace,
            pieces={**_HEAD, **_PARTS.get(name, {})},
            as_json=as_json,
        )

    async def chart(self, request: Request) -> Response:
        """What a chart draws. The query: ``series`` (NUMBER or NUMBER,FIRST,LAST; several), ``width`` in pixels,
        ``by`` step or time.
        """
        query = request.query_params
        data = await self._reader.chart(
            *_run(request),
            chart_data.wanted(query.getlist("series")),
            chart_data.width(query.get("width")),
            by_time=query.get("by") == "time",
        )
        return await self._frame.answer(request, "", data, as_json=True)

    async def events(self, request: Request) -> Response:
        """What changes about the run. The query: ``known``, its last event that the page shows; ``log``, a file, and
        ``at``, the byte up to which it is known.
        """
        workspace, run = _run(request)
        self._reader.services.runs.get(workspace, run)
        asked = Asked(workspace, run, request.query_params, now())
        log = None
        if asked.query.get("log"):
            # A browser that lost the connection says how far it got.
            known = request.headers.get("last-event-id", "")
            at = int(known) if known.isdigit() and len(known) < 19 else asked.number("at") or 0
            log = LogFollower(check_file_name(asked.query["log"]), at, at)
        return EventStream(self._follower.stream(workspace, run, asked.number("known") or 0, log))

    async def file(self, request: Request) -> Response:
        """A file of a run, to be saved."""
        return await self._sender.file(*_run(request), _path(request))

    async def picture(self, request: Request) -> Response:
        """A file of a run as a picture."""
        return await self._sender.picture(*_run(request), _path(request))

    async def code(self, request: Request) -> Response:
        """A file of the run's snapshot, to be saved."""
        return await self._sender.code(*_run(request), _path(request))

    async def all_files(self, request: Request) -> Response:
        """All files of a run, or those below ``under``."""
        return await self._sender.all_files(*_run(request), request.query_params.get("under", ""))

    async def all_code(self, request: Request) -> Response:
        """The run's snapshot."""
        return await self._sender.all_code(*_run(request))

    async def cancel(self, request: Request) -> Response:
        """Ask for the run's end."""
        await changing.cancel(self._reader.services, *_run(request), await read_form(request))
        return see(href_of(*_run(request)))

    async def tags(self, request: Request) -> Response:
        """Change a tag."""
        await changing.change_tags(self._reader.services, *_run(request), await read_form(request))
        return see(href_of(*_run(request)) + "#tags")
