"""Style, scripts, icon: open to all, kept by browsers for ever, asked for anew when they change."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from trainshed.server.portal.rendering import HEADERS

FOLDER = Path(__file__).parent / "static"

_FOR_EVER = "public, max-age=31536000, immutable"


def routes() -> list[BaseRoute]:
    """The files' paths."""
    return [Mount("/static", _Static(directory=FOLDER))]


@lru_cache(maxsize=None)
def asset(name: str) -> str:
    """The path of a file, with a mark of its content: another content is another path."""
    return f"/static/{name}?v={sha256((FOLDER / name).read_bytes()).hexdigest()[:12]}"


class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        marked = "v" in parse_qs(scope["query_string"].decode("latin-1"))
        kept = _FOR_EVER if marked and response.status_code == 200 else "no-cache"
        response.headers.update({**HEADERS, "Cache-Control": kept})
        return response
