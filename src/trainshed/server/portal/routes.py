"""The portal's paths. Each view parses, asks the services, builds a page, answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from trainshed.contract.errors import Coded, NotFound
from trainshed.contract.names import check_file_name
from trainshed.contract.wire import now
from trainshed.server.portal import pages
from trainshed.server.portal.cookies import Sessions
from trainshed.server.portal.reading import Reader
from trainshed.server.portal.rendering import FOLDER, HEADERS, answer, wants_json
from trainshed.server.services.links import ENTRANCE

if TYPE_CHECKING:
    from trainshed.server.services import Services

View = Callable[[Request], Awaitable[Response]]

_EXPIRED = "This link was opened before, or is older than 24 hours. Each opens the portal once."


def routes(services: Services) -> list[BaseRoute]:
    """All paths of the portal, to be mounted at the root of the server's application."""
    portal = Portal(services)
    return [
        Route("/", portal.guarded(portal.runs)),
        Route("/runs.json", portal.guarded(portal.runs)),
        Route("/runs/{workspace}/{run}", portal.guarded(portal.run)),
        Route("/runs/{workspace}/{run}/files/{path:path}", portal.guarded(portal.file)),
        Route("/login", portal.login),
        Route(ENTRANCE + "{code}", portal.open),
        Mount("/static", Static(directory=FOLDER / "static")),
    ]


class Static(StaticFiles):
    """Style and icon, open to all; they change with the release only."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**HEADERS, "Cache-Control": "no-cache"})
        return response


class Portal:
    """The views."""

    def __init__(self, services: Services) -> None:
        self._links = services.links
        self._reader = Reader(services)
        ground = services.ground
        self._sessions = Sessions(ground.server_id, services.callers.key_for(b"portal sessions"))

    def guarded(self, view: View) -> View:
        """A view for those who are logged in; others get the login page. What is not there becomes a page, too."""

        async def guarded_view(request: Request) -> Response:
            if not self._sessions.knows(request):
                return answer(request, "login.html", pages.LoginPage("Not logged in"), 401)
            try:
                return await view(request)
            except Coded as error:
                return _problem(request, error)

        return guarded_view

    async def open(self, request: Request) -> Response:
        """Exchange a link's code for a cookie and go where the link points to, leaving the code behind."""
        # A HEAD comes from something that previews links: it must not use the link up.
        path = None if request.method == "HEAD" else await self._links.redeem(request.path_params["code"])
        if path is not None:
            response = RedirectResponse(path, 303, HEADERS)
            self._sessions.open(request, response)
            return response
        if self._sessions.knows(request):
            return RedirectResponse("/", 303, HEADERS)  # the same link again, in a browser that is logged in
        return answer(request, "login.html", pages.LoginPage("Not logged in", _EXPIRED), 403)

    async def login(self, request: Request) -> Response:
        """How to get in."""
        if self._sessions.knows(request):
            return RedirectResponse("/", 303, HEADERS)
        return answer(request, "login.html", pages.LoginPage("Not logged in"))

    async def runs(self, request: Request) -> Response:
        """The list of runs."""
        page = await self._reader.runs_page(request.query_params, now())
        return answer(request, "runs.html", page)

    async def run(self, request: Request) -> Response:
        """The page of a run, or its JSON twin: an id may end in ``.json`` itself, then that run counts."""
        workspace, name = request.path_params["workspace"], request.path_params["run"]
        as_json = wants_json(request)
        if name.endswith(".json"):
            exact = self._reader.has_run(workspace, name)
            as_json = not exact
            name = name if exact else name.removesuffix(".json")
        page = await self._reader.run_page(workspace, name, now())
        return answer(request, "run.html", page, as_json=as_json)

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


def _problem(request: Request, error: Coded) -> Response:
    status = 404 if isinstance(error, NotFound) else 400
    title = "Not here" if status == 404 else "This cannot be answered"
    page = pages.ProblemPage(title, error.message, "trainshed runs")
    return answer(request, "problem.html", page, status)
