"""Files that are saved and never shown: what a script wrote must not run in the portal's name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from starlette.responses import FileResponse, Response

from trainshed.server.portal.rendering import HEADERS


def attachment(name: str) -> str:
    """``Content-Disposition`` for any name (RFC 6266, RFC 8187)."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def saved(content: Path, name: str) -> Response:
    """A content of the store, to be saved as ``name``."""
    headers = {
        **HEADERS,
        "Content-Disposition": attachment(name),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return FileResponse(content, headers=headers, media_type="application/octet-stream")
