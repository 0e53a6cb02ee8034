"""HTTP handlers: parse, check the caller, call one service function, answer."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from trainshed.contract.errors import Coded, ServerError
from trainshed.server.api.answers import refusal
from trainshed.server.api.asking import endpoint
from trainshed.server.api.table import ENDPOINTS, PREFIX
from trainshed.server.services import Services


def routes(services: Services) -> List[BaseRoute]:
    """The REST interface, ready for a Starlette application."""
    return [
        Route(PREFIX + e.path, endpoint(services, e.handler, e.kinds), methods=[e.method], name=e.handler.__name__)
        for e in ENDPOINTS
    ]


async def _coded(request: Request, error: Exception) -> Response:
    assert isinstance(error, Coded)
    return refusal(error)


async def _no_such_path(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    what = "%s %s: %s" % (request.method, request.url.path, error.detail)
    return refusal(ServerError(message=what, status=error.status_code))


async def _unexpected(request: Request, error: Exception) -> Response:
    """Starlette raises the error again after this answer, so that its traceback is logged."""
    return refusal(ServerError(message="internal error: %s" % type(error).__name__, status=500))


#: For the application: whatever escapes the handlers is answered in the same form.
EXCEPTION_HANDLERS: Mapping[Any, Callable[[Request, Exception], Any]] = {
    Coded: _coded,
    HTTPException: _no_such_path,
    Exception: _unexpected,
}
