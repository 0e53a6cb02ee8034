"""A page as HTML or as JSON, with the headers that keep a browser from running or loading anything else."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from trainshed.contract.wire import dumps, format_time, now
from trainshed.server.portal.framing import Around
from trainshed.server.portal.texts import ago, count, minute

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent

#: Nothing inline, nothing from elsewhere, no frame around us. Forms need ``same-origin``: with ``no-referrer`` browsers
#: would say ``Origin: null``.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept, Cookie, HX-Target",
}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    # Jinja2 is imported when the first page is looked at: most servers never show one.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from trainshed.server.portal.assets import asset

    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["iso"] = _iso
    environment.filters["minute"] = minute
    environment.filters["ago"] = _ago
    environment.filters["count"] = count
    environment.globals["asset"] = asset
    return environment


def _iso(at: datetime) -> str:
    return format_time(at)


def _ago(at: datetime) -> str:
    return ago(at, now())


def wants_json(request: Request) -> bool:
    """The path ends in ``.json``, or the caller prefers JSON to HTML."""
    accepted = request.headers.get("accept", "")
    return request.url.path.endswith(".json") or ("application/json" in accepted and "text/html" not in accepted)


def piece_asked(request: Request) -> str:
    """The id of the element that a part of a page is asked for (htmx says ``tag#id``); empty: a whole page is."""
    if request.headers.get("hx-request-type") == "full":
        return ""
    return request.headers.get("hx-target", "").rpartition("#")[2]


def answer(
    request: Request, template: str, page: Any, frame: Around, status: int = 200, *, as_json: bool | None = None
) -> Response:
    """A page in the form that the request asks for; ``as_json`` overrides that. Templates know ``page``, ``frame``."""
    if wants_json(request) if as_json is None else as_json:
        return Response(_json(page), status, HEADERS, "application/json")
    html = _environment().get_template(template).render(page=page, frame=frame)
    return HTMLResponse(html, status, HEADERS)


def _json(page: Any) -> bytes:
    try:
        return msgspec.json.encode(page)  # several times faster, and a chart has thousands of numbers
    except (UnicodeEncodeError, TypeError):  # a lone surrogate, which UTF-8 cannot say; a mapping of an unusual class
        return dumps(page)


def drawn(template: str, **known: Any) -> str:
    """A template's HTML, for what is no answer of its own. It knows neither ``page`` nor ``frame``."""
    return _environment().get_template(template).render(**known)
