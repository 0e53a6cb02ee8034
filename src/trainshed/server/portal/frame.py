"""What all views share: who may look, in which workspace, how a page is answered.

Each area of the portal is a package with a module ``routes``, whose function ``routes(frame)`` gives its paths.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from trainshed.contract.errors import Coded, NotFound, WorkspaceNotFound
from trainshed.server.portal import door
from trainshed.server.portal.actions import check_origin
from trainshed.server.portal.cookies import Sessions
from trainshed.server.portal.framing import Around, around
from trainshed.server.portal.problems import ProblemPage
from trainshed.server.portal.rendering import answer, piece_asked, wants_json

if TYPE_CHECKING:
    from trainshed.server.services import Services

View = Callable[[Request], Awaitable[Response]]


class Frame:
    """Makes routes of views, and answers of pages."""

    def __init__(self, services: Services) -> None:
        self.services = services
        key = services.callers.key_for(b"portal sessions")
        self.sessions = Sessions(services.ground.server_id, key)

    # --- routes

    def page(self, path: str, view: View) -> BaseRoute:
        """A page, for those who are logged in; others get the login page."""
        return Route(path, self._guarded(view), methods=["GET"])

    def action(self, path: str, view: View) -> BaseRoute:
        """A change that a form of ours asks for: ``view`` does it and says where to go on
        (:func:`~trainshed.server.portal.actions.see`). Works without scripts.
        """

        async def checked(request: Request) -> Response:
            check_origin(request)
            return await view(request)

        return Route(path, self._guarded(checked), methods=["POST"])

    def _guarded(self, view: View) -> View:
        async def guarded(request: Request) -> Response:
            if not self.sessions.knows(request):
                return door.refuse(request)
            try:
                return await view(request)
            except Coded as error:
                return await self._problem(request, error)

        return guarded

    # --- answers

    async def answer(
        self,
        request: Request,
        template: str,
        page: Any,
        *,
        section: str = "",
        workspace_id: str = "",
        pieces: Mapping[str, str] | None = None,
        as_json: bool | None = None,
        status: int = 200,
    ) -> Response:
        """A page in the form that the request asks for.

        Args:
            page: a frozen dataclass; templates know it as ``page``.
            section: of the navigation.
            workspace_id: whose things it shows.
            pieces: templates of parts of the page that are also asked for alone, by the id of the element that they
                make up. They know the page, too.
            as_json: overrides what the request's path and ``Accept`` say.
        """
        if wants_json(request) if as_json is None else as_json:
            return answer(request, "", page, Around(), status, as_json=True)
        piece = (pieces or {}).get(piece_asked(request))
        frame = Around() if piece else await self._around(section, workspace_id)
        return answer(request, piece or template, page, frame, status, as_json=False)

    async def _around(self, section: str, workspace_id: str) -> Around:
        known = await self.workspaces()
        return around(section, workspace_id, self._default(known), known)

    def _default(self, known: Mapping[str, str]) -> str:
        """Nobody names a workspace by hand: that of the newest run is the one that people work in."""
        newest = self.services.workspaces.of_newest_run()
        return newest if newest in known else next(reversed(list(known)), "")

    async def workspaces(self) -> dict[str, str]:
        """Names of workspaces by id, oldest first."""
        return {workspace.id: workspace.name for workspace in await self.services.workspaces.list()}

    async def asked_workspace(self, request: Request) -> str:
        """The id of the workspace that the query names, or of the default one; empty: there is none yet.

        Raises:
            WorkspaceNotFound: none has that id.
        """
        known = await self.workspaces()
        asked = request.query_params.get("workspace", "")
        if asked and asked not in known:
            names = ", ".join(known.values())
            raise WorkspaceNotFound(name=asked, subscription_id="", resource_group="", known=names)
        return asked or self._default(known)

    async def _problem(self, request: Request, error: Coded) -> Response:
        status = 404 if isinstance(error, NotFound) else 400
        title = "Not here" if status == 404 else "This cannot be answered"
        response = await self.answer(request, "problem.html", ProblemPage(title, error.message), status=status)
        if piece_asked(request):
            response.headers["HX-Refresh"] = "true"  # the whole page is a problem now, not a part of it
        return response
