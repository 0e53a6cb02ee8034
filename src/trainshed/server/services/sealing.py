"""A log or growing file that gets no more bytes is hashed and becomes a content of the store like any other."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Optional, Set

from trainshed.contract.errors import StorageFull
from trainshed.contract.wire import now
from trainshed.server.services.ground import Ground
from trainshed.server.services.news import FileGrew
from trainshed.server.storage import blob_rows, file_rows, run_rows, stream_rows
from trainshed.server.storage.contents import hash_file
from trainshed.server.storage.stream_rows import StreamRow, growing_path
from trainshed.server.storage.writer import Transaction

_log = logging.getLogger("trainshed.sealing")


class Sealing:
    """Seals the closed streams of attempts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._tasks: Set[asyncio.Task[None]] = set()

    def soon(self, attempt_id: Optional[str] = None) -> None:
        """Seal in the background; of one attempt, or whatever is left from before."""
        task = asyncio.get_running_loop().create_task(self._try_seal(attempt_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Stop; the next server goes on."""
        for task in self._tasks:
            task.cancel()

    async def _try_seal(self, attempt_id: Optional[str]) -> None:
        try:
            await self.seal(attempt_id)
        except (OSError, StorageFull) as error:  # the streams stay closed and whole; the next start seals them
            _log.warning("not sealed yet: %s", error)

    async def seal(self, attempt_id: Optional[str] = None) -> None:
        """Return once the closed streams are contents of the store; may be repeated, and interrupted anywhere."""
        for stream in stream_rows.to_seal(self._ground.database.reader, attempt_id):
            await self._seal(stream)

    async def _seal(self, stream: StreamRow) -> None:
        path = growing_path(self._ground.layout, stream)
        if not path.exists() or stream.have == 0:
            await self._ground.database.write(lambda tx: self._settle(tx, stream))
            return
        sha256 = await self._ground.database.aside(lambda: self._hash(stream))
        await self._ground.database.write(lambda tx: self._record(tx, stream, sha256))

    def _hash(self, stream: StreamRow) -> str:
        path = growing_path(self._ground.layout, stream)
        if path.stat().st_size > stream.have:  # bytes that a crash left unrecorded
            with open(path, "r+b") as file:
                file.truncate(stream.have)
        return hash_file(path)

    def _record(self, tx: Transaction, stream: StreamRow, sha256: str) -> None:
        path = growing_path(self._ground.layout, stream)
        if not path.exists():  # somebody else has sealed it meanwhile
            return
        if not file_rows.is_growing(tx, stream.id):  # another file has its name now
            self._settle(tx, stream)
            return
        self._ground.contents.link(path, sha256)
        blob_rows.add(tx, [(sha256, stream.have)], now())
        blob_rows.touch(tx, [sha256], now())
        file_rows.seal(tx, stream.id, sha256)
        stream_rows.set_sealed(tx, stream.id)
        run = run_rows.by_uid(tx, stream.run_uid).run
        tx.announce(FileGrew(run.workspace_id, run.id, stream.path))
        tx.after(lambda: _remove(path))

    def _settle(self, tx: Transaction, stream: StreamRow) -> None:
        """Nothing of it is worth keeping."""
        stream_rows.set_sealed(tx, stream.id)
        path = growing_path(self._ground.layout, stream)
        tx.after(lambda: _remove(path))


def _remove(path: Path) -> None:
    """The file, and its folder once that is empty."""
    path.unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:
        pass
