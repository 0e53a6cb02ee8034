"""Paths of one run: its page, its files."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.names import check_file_name
from trainshed.contract.wire import now
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.rendering import HEADERS, wants_json
from trainshed.server.portal.run.reading import Reader


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = RunViews(frame)
    return [
        frame.page("/runs/{workspace}/{run}", views.run),
        frame.page("/runs/{workspace}/{run}/files/{path:path}", views.file),
    ]


class RunViews:
    """Each parses, asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._reader = Reader(frame.services)

    async def run(self, request: Request) -> Response:
        """The page of a run, or its JSON twin: an id may end in ``.json`` itself, then that run counts."""
        workspace, name = request.path_params["workspace"], request.path_params["run"]
        as_json = wants_json(request)
        if name.endswith(".json"):
            exact = self._reader.has_run(workspace, name)
            as_json = not exact
            name = name if exact else name.removesuffix(".json")
        page = await self._reader.run_page(workspace, name, now())
        return await self._frame.answer(
            request, "run/run.html", page, section="Runs", workspace_id=workspace, as_json=as_json
        )

    async def file(self, request: Request) -> Response:
        """A file of a run, to be saved and never shown: what a script wrote must not run in the portal's name."""
        path = check_file_name(request.path_params["path"])
        headers = {
            **HEADERS,
            "Content-Disposition": attachment(path.rpartition("/")[2]),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        params = request.path_params
        return await self._reader.file(params["workspace"], params["run"], path, headers)


def attachment(name: str) -> str:
    """``Content-Disposition`` for any name (RFC 6266, RFC 8187)."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
