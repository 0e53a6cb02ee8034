"""Changes that forms of ours ask for: who made the browser send it, what the form says, where to go on."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from trainshed.contract.errors import BadValue, NotAllowed
from trainshed.server.portal.rendering import HEADERS

_FORM = "application/x-www-form-urlencoded"
_LARGEST_BYTES = 1024 * 1024
_FIELDS = 1000


def check_origin(request: Request) -> None:
    """NotAllowed unless a page of this very server made the browser send the request.

    Every browser says ``Origin`` with a POST; the guard before us only checks one that is there.
    """
    origin = urlsplit(request.headers.get("origin", ""))
    if origin.scheme not in ("http", "https") or origin.netloc.lower() != request.headers.get("host", "").lower():
        raise NotAllowed(what="a change that no page of this server asked for", why="Use the portal's own buttons.")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form as browsers send them; of one that comes twice the last.

    Raises:
        BadValue: it is another kind of body, or too large.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise BadValue(what="form", why="it must be sent as %s" % _FORM)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_BYTES:
            raise BadValue(what="form", why="it is larger than 1 MiB")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError as error:
        raise BadValue(what="form", why=str(error)) from error
    return dict(pairs)


def see(path: str) -> Response:
    """The change was made: the browser shows ``path``, and a reload repeats nothing."""
    return RedirectResponse(path, 303, HEADERS)
