"""How a browser gets in: by a link that was made for it, never by a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from trainshed.server.portal.framing import Around
from trainshed.server.portal.problems import LoginPage
from trainshed.server.portal.rendering import HEADERS, answer
from trainshed.server.services.links import ENTRANCE, FURTHER, is_path

if TYPE_CHECKING:
    from trainshed.server.portal.cookies import Sessions
    from trainshed.server.services.links import Links

_EXPIRED = "This link was opened before, or is older than 24 hours. Each opens the portal once."
#: The address of a link holds its code: nobody is told it, not even our own pages.
_HEADERS = {**HEADERS, "Referrer-Policy": "no-referrer"}


def routes(sessions: Sessions, links: Links) -> list[BaseRoute]:
    """The paths that are open to all."""
    door = Door(sessions, links)
    return [Route("/login", door.login), Route(ENTRANCE + "{code}", door.open)]


def refuse(request: Request) -> Response:
    """Instead of what a stranger asked for."""
    response = answer(request, "login.html", LoginPage("Not logged in"), Around(), 401)
    response.headers["HX-Refresh"] = "true"  # a part of a page was asked for: the whole page becomes the login
    return response


class Door:
    """The views."""

    def __init__(self, sessions: Sessions, links: Links) -> None:
        self._sessions = sessions
        self._links = links

    async def open(self, request: Request) -> Response:
        """Exchange a link's code for a cookie and go where the link points to, leaving the code behind."""
        # A HEAD comes from something that previews links: it must not use the link up.
        path = None if request.method == "HEAD" else await self._links.redeem(request.path_params["code"])
        if path is not None:
            response = RedirectResponse(path, 303, _HEADERS)
            self._sessions.open(request, response)
            return response
        if self._sessions.knows(request):
            further = request.query_params.get(FURTHER, "/")  # the same link again, in a browser that is logged in
            return RedirectResponse(further if is_path(further) else "/", 303, _HEADERS)
        return answer(request, "login.html", LoginPage("Not logged in", _EXPIRED), Around(), 403)

    async def login(self, request: Request) -> Response:
        """How to get in."""
        if self._sessions.knows(request):
            return RedirectResponse("/", 303, HEADERS)
        return answer(request, "login.html", LoginPage("Not logged in"), Around())
