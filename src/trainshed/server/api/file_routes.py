"""Files of runs, and contents: bytes in, bytes out, never a whole file in memory."""

from __future__ import annotations

import asyncio
import os
from typing import AsyncIterator, Dict

from starlette.responses import Response, StreamingResponse

from trainshed.contract.api import AdoptAsk, FileAsk, HaveAnswer, HaveAsk
from trainshed.server.api.answers import answer, body, body_list
from trainshed.server.api.asking import Ask
from trainshed.server.services.files import Opened

#: Up to this many bytes are read at once, on the event loop; more in blocks, on a thread.
INLINE_BYTES, BLOCK_BYTES = 2**18, 2**20


async def list_files(ask: Ask) -> Response:
    """The files of a run."""
    return answer(await ask.services.files.list(*ask.run, ask.text("prefix") or ""))


async def read_file(ask: Ask) -> Response:
    """Bytes of a file, also while it grows."""
    offset, wait_s = ask.integer("offset", 0), ask.wait_s()
    opened = await ask.services.files.open(*ask.run, ask.path("path"), offset=offset, wait_s=wait_s)
    headers = {"X-Trainshed-Size": str(opened.size_bytes), "X-Trainshed-Final": "1" if opened.final else "0"}
    return _bytes(opened, offset, ask.integer("limit", opened.size_bytes), headers)


def _bytes(opened: Opened, offset: int, limit: int, headers: Dict[str, str]) -> Response:
    count = max(0, min(limit, opened.size_bytes - offset))
    kind = "application/octet-stream"
    if opened.descriptor is None or count <= INLINE_BYTES:
        data = b"" if opened.descriptor is None else os.pread(opened.descriptor, count, offset)
        if opened.descriptor is not None:
            os.close(opened.descriptor)
        return Response(data, media_type=kind, headers=headers)
    headers["Content-Length"] = str(count)
    return StreamingResponse(_blocks(opened.descriptor, offset, count), media_type=kind, headers=headers)


async def _blocks(descriptor: int, offset: int, count: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end = offset + count
    try:
        while offset < end:
            block = await loop.run_in_executor(None, os.pread, descriptor, min(BLOCK_BYTES, end - offset), offset)
            if not block:  # shorter than its row says: the reader sees a broken answer rather than a wrong file
                raise OSError("the file ends at %d" % offset)
            yield block
            offset += len(block)
    finally:
        os.close(descriptor)


async def put_file(ask: Ask) -> Response:
    """A whole file in the body."""
    workspace, run = ask.own_run
    stream = ask.request.stream()
    return answer(await ask.services.files.put(workspace, run, ask.path("path"), stream, replace=ask.flag("replace")))


async def add_files(ask: Ask) -> Response:
    """Contents that the store has become files of a run."""
    return answer(await ask.services.files.add(*ask.own_run, await body_list(ask.request, FileAsk)))


async def have_blobs(ask: Ask) -> Response:
    """Which contents the store lacks."""
    return answer(HaveAnswer(await ask.services.blobs.missing((await body(ask.request, HaveAsk)).sha256)))


async def adopt_blobs(ask: Ask) -> Response:
    """Files in ``incoming`` become contents."""
    return answer(HaveAnswer(await ask.services.blobs.adopt((await body(ask.request, AdoptAsk)).blobs)))


async def put_blob(ask: Ask) -> Response:
    """Bytes of a content from an offset on."""
    length = ask.request.headers.get("content-length")
    offset = ask.integer("offset", 0)
    size = ask.integer("size", offset + int(length or 0))
    return answer(await ask.services.blobs.put(ask.path("sha256"), offset, size, ask.request.stream()))


async def head_blob(ask: Ask) -> Response:
    """How many bytes of a content are there."""
    found = await ask.services.blobs.have(ask.path("sha256"))
    headers = {"X-Trainshed-Have": str(found.have), "X-Trainshed-Complete": "1" if found.complete else "0"}
    return Response(status_code=200, headers=headers)


async def get_blob(ask: Ask) -> Response:
    """The bytes of a content."""
    descriptor, size = await ask.services.blobs.open(ask.path("sha256"))
    return _bytes(Opened(descriptor, size, final=True), 0, size, {"X-Trainshed-Size": str(size)})
