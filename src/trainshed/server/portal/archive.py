"""Files as one zip that is made while it is sent: no temporary file, no more than a block in memory.

Nothing is compressed: models and pictures are, already, and the server has better things to do.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from io import FileIO, RawIOBase
from typing import Any

from starlette.concurrency import run_in_threadpool

from trainshed.server.services.files import Opened

BLOCK_BYTES = 2**20
_OLDEST = (1980, 1, 1, 0, 0, 0)


class _Outgoing(RawIOBase):
    """What the zip wrote and nobody has taken yet; it cannot be sought in, so sizes follow each file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """All that was written since the last time."""
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


async def zipped(
    files: Iterable[tuple[str, datetime]], open_file: Callable[[str], Awaitable[Opened]]
) -> AsyncIterator[bytes]:
    """The bytes of a zip of the files, each as long as it is when its turn comes.

    Args:
        files: name and time of each.
        open_file: gives a file's bytes.
    """
    out = _Outgoing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, at in files:
            opened = await open_file(name)
            file = None if opened.descriptor is None else FileIO(opened.descriptor)
            try:
                with archive.open(_entry(name, at), "w", force_zip64=True) as entry:
                    left = opened.size_bytes
                    while file is not None and left > 0:
                        count = await run_in_threadpool(_copy, file, entry, min(BLOCK_BYTES, left))
                        if not count:
                            raise OSError(f"{name} ends {left} bytes early")
                        left -= count
                        yield out.taken()
            finally:
                if file is not None:
                    file.close()
    yield out.taken()


def _copy(file: FileIO, entry: Any, most: int) -> int:
    block = os.read(file.fileno(), most)
    entry.write(block)
    return len(block)


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, max(at.timetuple()[:6], _OLDEST))
    info.external_attr = 0o644 << 16
    return info
