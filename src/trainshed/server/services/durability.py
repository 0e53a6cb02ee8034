"""Make what was accepted survive a power loss: contents, growing files, the database's log.

Aside from everybody who waits for answers.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import List, Optional, Set

from trainshed.contract.errors import StorageFull
from trainshed.server.services.ground import Ground
from trainshed.server.storage import blob_rows, durable, stream_rows
from trainshed.server.storage.database import WAL_LIMIT_BYTES
from trainshed.server.storage.stream_rows import SPOOL, StreamRow, growing_path
from trainshed.server.storage.writer import Transaction

#: Bytes lie in memory only for so long when little arrives, and when much does; `run.flush()` waits for this.
QUICK_S, LAZY_S = 0.02, 0.5

#: The write-ahead log is folded into the database from here on.
CHECKPOINT_BYTES = 8 * 2**20

_log = logging.getLogger("trainshed.durability")


class Durability:
    """One flush at a time; whoever asks during one waits for the next."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._running: Optional[asyncio.Task[None]] = None
        self._next: Optional[asyncio.Task[None]] = None
        self._timer: Optional[asyncio.TimerHandle] = None
        self._flushed_at = 0.0
        self._tasks: Set[asyncio.Task[None]] = set()

    def soon(self) -> None:
        """Something was accepted: flush in a moment, but not all the time."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            delay_s = max(QUICK_S, self._flushed_at + LAZY_S - loop.time())
            self._timer = loop.call_later(delay_s, self._lazily)

    def close(self) -> None:
        """Stop; the next server finds what is not durable."""
        if self._timer is not None:
            self._timer.cancel()
        for task in (*self._tasks, self._running, self._next):
            if task is not None:
                task.cancel()

    def _lazily(self) -> None:
        self._timer = None
        task = asyncio.get_running_loop().create_task(self._try_flush())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except (OSError, StorageFull) as error:
            _log.warning("not durable yet: %s", error)
            self.soon()

    async def flush(self) -> None:
        """Return once all that was committed before the call survives a power loss."""
        if self._running is not None and not self._running.done():
            if self._next is None:
                self._next = asyncio.get_running_loop().create_task(self._after(self._running))
            await asyncio.shield(self._next)
            return
        self._running = asyncio.get_running_loop().create_task(self._flush())
        await asyncio.shield(self._running)

    async def _after(self, running: asyncio.Task[None]) -> None:
        await asyncio.wait([running])
        self._running, self._next = asyncio.current_task(), None
        await self._flush()

    async def _flush(self) -> None:
        self._flushed_at = asyncio.get_running_loop().time()
        database = self._ground.database
        streams = stream_rows.not_durable(database.reader)
        blobs = blob_rows.not_durable(database.reader)
        await database.aside(lambda: self._sync(streams, blobs))
        if streams or blobs:
            await database.write(lambda tx: _say_durable(tx, streams, blobs))
        await self._checkpoint()

    def _sync(self, streams: List[StreamRow], blobs: List[str]) -> None:
        layout = self._ground.layout
        growing = [
            str(growing_path(layout, stream)) for stream in streams if stream.kind != SPOOL and not stream.sealed
        ]
        durable.sync_files([*growing, *map(self._ground.contents.path, blobs)], layout.store)
        # The log holds the rows that were committed since the last checkpoint; its frames have checksums of their own.
        durable.sync_path(str(wal_path(layout.database)))

    async def _checkpoint(self) -> None:
        size = wal_size(self._ground.layout.database)
        if size > WAL_LIMIT_BYTES:
            await self._ground.database.checkpoint_at_rest()
        elif size > CHECKPOINT_BYTES:
            await self._ground.database.checkpoint()


def wal_path(database: Path) -> Path:
    """SQLite's write-ahead log."""
    return database.with_name(database.name + "-wal")


def wal_size(database: Path) -> int:
    """Its size in bytes, 0 when there is none."""
    try:
        return os.stat(wal_path(database)).st_size  # noqa: PTH116
    except FileNotFoundError:
        return 0


def _say_durable(tx: Transaction, streams: List[StreamRow], blobs: List[str]) -> None:
    stream_rows.set_durable(tx, [(stream.id, stream.have) for stream in streams])
    blob_rows.set_durable(tx, blobs)
