"""The ASGI application: REST interface and portal behind one guard."""

from __future__ import annotations

from typing import Any, Optional
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Router

from trainshed.server import api
from trainshed.server.app.guard import Guard
from trainshed.server.services import Services


def assemble(services: Services, port: int, public_address: Optional[str]) -> Guard:
    """Everything that is served. The portal is loaded when somebody first opens a page.

    Args:
        services: what the handlers ask.
        port: where the server listens on the loopback address.
        public_address: another address under which browsers reach it.
    """
    routes = [*api.routes(services), LazyPortal(services)]
    application = Starlette(routes=routes, exception_handlers=dict(api.EXCEPTION_HANDLERS))
    public = [urlsplit(public_address).netloc] if public_address else []
    return Guard(application, port, public)


class LazyPortal(BaseRoute):
    """Stands for the portal's routes; they, Jinja and the templates are loaded at the first request for a page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._router: Optional[Router] = None

    def matches(self, scope: Any) -> Any:
        taken = scope["type"] == "http" and not scope["path"].startswith("/api/")
        return (Match.FULL if taken else Match.NONE), {}

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        if self._router is None:
            from trainshed.server.portal.routes import routes

            self._router = Router(routes=routes(self._services))
        await self._router(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        from starlette.routing import NoMatchFound

        raise NoMatchFound(name, path_params)
