"""Bytes that browsers get: what a script wrote must not run in the portal's name, nor be taken for what it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from io import FileIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from trainshed.server.portal.rendering import HEADERS
from trainshed.server.services.files import Opened

#: What is to be saved, and never shown.
TO_SAVE = "application/octet-stream"

_BLOCK_BYTES = 256 * 1024
_SEALED = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}


def attachment(name: str) -> str:
    """``Content-Disposition`` for any name (RFC 6266, RFC 8187)."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"


def sent(opened: Opened, headers: Mapping[str, str], kind: str) -> Response:
    """What a file has now, as content of type ``kind``."""
    all_headers = {**_SEALED, **headers, "Content-Length": str(opened.size_bytes)}
    # An object, not a number: a reader who leaves before the first block must not leave it open.
    file = None if opened.descriptor is None else FileIO(opened.descriptor)
    return StreamingResponse(_blocks(file, opened.size_bytes), headers=all_headers, media_type=kind)


def streamed_zip(blocks: AsyncIterator[bytes], name: str) -> Response:
    """A zip that is made while it is sent, to be saved as ``name``."""
    headers = {**_SEALED, "Content-Disposition": attachment(name)}
    return StreamingResponse(blocks, headers=headers, media_type="application/zip")


async def _blocks(file: FileIO | None, size_bytes: int) -> AsyncIterator[bytes]:
    while file is not None and size_bytes > 0:
        block = await run_in_threadpool(file.read, min(_BLOCK_BYTES, size_bytes))
        if not block:
            return
        yield block
        size_bytes -= len(block)
