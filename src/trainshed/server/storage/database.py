"""The SQLite database of a home: one writing thread, and reading connections that never wait for it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, List, Sequence, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from trainshed.contract.layout import HomeLayout
from trainshed.server.storage import schema
from trainshed.server.storage.writer import Transaction, Writer

T = TypeVar("T")

#: Of the write-ahead log; larger, and the writer itself waits until it is emptied.
WAL_LIMIT_BYTES = 64 * 2**20


class Database:
    """Opened once per server process.

    Reads run on the calling thread, on a connection of that thread: cheap ones directly on the event loop. Each
    statement sees everything committed before it.
    """

    def __init__(self, layout: HomeLayout, publish: Callable[[Sequence[object]], None] = lambda events: None) -> None:
        self.layout = layout
        schema.prepare(layout)
        self._engine = _engine(layout)
        self._local = threading.local()
        self._readers: List[Connection] = []
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="trainshed-read")
        self._writer = Writer(self._engine.connect, layout.root, publish)

    @property
    def reader(self) -> Connection:
        """The calling thread's connection; it refuses to write."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            connection.exec_driver_sql("PRAGMA query_only = 1")
            self._local.connection = connection
            self._readers.append(connection)
        return connection

    async def read_aside(self, function: Callable[[Connection], T]) -> T:
        """Run a long read (or parsing that goes with it) on a thread of its own; the event loop stays free."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: function(self.reader))

    async def aside(self, function: Callable[[], T]) -> T:
        """Run anything that blocks on a thread of the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def write(self, function: Callable[[Transaction], T]) -> T:
        """See :meth:`Writer.write`."""
        return await self._writer.write(function)

    def write_blocking(self, function: Callable[[Transaction], T]) -> T:
        """See :meth:`Writer.write_blocking`."""
        return self._writer.write_blocking(function)

    async def checkpoint(self) -> None:
        """Fold the write-ahead log into the database, as far as readers and writer allow without waiting."""
        await self.read_aside(lambda reader: reader.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all())

    async def checkpoint_at_rest(self) -> None:
        """The same while the writer does nothing else, so that the log starts from its beginning again."""
        await self._writer.between_batches("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Finish what is queued, and empty the write-ahead log."""
        self._writer.close()
        self._threads.shutdown()
        for connection in self._readers:
            connection.close()
        self._engine.dispose()


def _engine(layout: HomeLayout) -> Engine:
    engine = create_engine(
        "sqlite:///%s" % layout.database,
        poolclass=NullPool,
        # Our writer says BEGIN and COMMIT itself; the driver and SQLAlchemy keep out of it.
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "cached_statements": 256, "timeout": 10},
    )
    event.listen(engine, "connect", _set_up)
    return engine


def _set_up(raw: Any, record: object) -> None:
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = NORMAL")
    raw.execute("PRAGMA foreign_keys = 1")
    raw.execute("PRAGMA busy_timeout = 10000")
    # Checkpoints wait for the disk; services/durability.py makes them aside from the writer.
    raw.execute("PRAGMA wal_autocheckpoint = 0")
    raw.execute("PRAGMA temp_store = MEMORY")
