"""The one thread that writes the database.

What is queued while it works is committed together, each job with its own result.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from sqlite3 import Connection as RawConnection
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple, TypeVar, Union

from sqlalchemy.engine import Connection
from sqlalchemy.sql import Executable

from trainshed.server.storage.faults import storage_full

T = TypeVar("T")
_log = logging.getLogger("trainshed.storage")

#: A batch takes no further job after this time, so that the first ones in it need not wait for the last.
BATCH_S = 0.02


class Transaction:
    """What a job sees of the database, and what it wants to happen once its rows are committed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.announced: List[object] = []
        self.afterwards: List[Callable[[], None]] = []

    def execute(
        self, statement: Executable, values: Union[Dict[str, Any], Sequence[Dict[str, Any]], None] = None
    ) -> Any:
        """Run one statement; with a list of values, once for each. Returns SQLAlchemy's result."""
        return self._connection.execute(statement, values)

    def announce(self, event: object) -> None:
        """Tell the listeners once this is committed; never if it is not."""
        self.announced.append(event)

    def after(self, action: Callable[[], None]) -> None:
        """Do something on the writer's thread once this is committed."""
        self.afterwards.append(action)


#: Where rows can be read: in a transaction, or outside of one.
Reading = Union[Connection, Transaction]


class _Job:
    """A queued write and whoever waits for it: a future of an event loop, or a thread."""

    def __init__(self, function: Callable[[Transaction], Any], future: Optional[asyncio.Future[Any]]) -> None:
        self.function = function
        self.future = future
        self.done = threading.Event() if future is None else None
        self.result: Any = None
        self.error: Optional[BaseException] = None
        self.transaction: Optional[Transaction] = None

    def settle(self) -> None:
        """Give the waiter its result; on the event loop's own thread when there is one."""
        if self.done is not None:
            self.done.set()
        elif self.future is not None and not self.future.done():
            if self.error is not None:
                self.future.set_exception(self.error)
            else:
                self.future.set_result(self.result)


class Writer:
    """Owns the writing connection.

    Args:
        connect: opens the connection; called on the writer's thread.
        home: named in the error when the disk is full.
        publish: gets the announced events of each batch, in order, before the waiters get their results: on the event
            loop of the
            first asynchronous waiter seen, else on the writer's thread.
    """

    def __init__(
        self, connect: Callable[[], Connection], home: Path, publish: Callable[[Sequence[object]], None]
    ) -> None:
        self._connect = connect
        self._home = home
        self._publish = publish
        self._jobs: Deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._outside: List[str] = []
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._thread = threading.Thread(target=self._run, name="trainshed-writer", daemon=True)
        self._thread.start()

    async def write(self, function: Callable[[Transaction], T]) -> T:
        """Run ``function`` in a transaction on the writer's thread; returns once it is committed, raises what it
        raised.

        Raises:
            StorageFull: the disk takes nothing now; nothing of the job is kept.
        """
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue(_Job(function, future))
        return await future

    def write_blocking(self, function: Callable[[Transaction], T]) -> T:
        """The same for a thread without an event loop."""
        job = _Job(function, None)
        self._queue(job)
        assert job.done is not None
        job.done.wait()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[no-any-return]

    async def between_batches(self, statement: str) -> None:
        """Run a statement that must be outside of any transaction, on the writer's thread."""
        await self.write(lambda tx: self._outside.append(statement))

    def close(self) -> None:
        """Finish what is queued, then leave."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _queue(self, job: _Job) -> None:
        with self._wake:
            if self._closing:
                raise RuntimeError("the database is closed")
            self._jobs.append(job)
            self._wake.notify()

    def _run(self) -> None:
        connection = self._connect()
        try:
            while self._wait_for_jobs():
                self._settle(self._batch(connection))
        finally:
            connection.close()

    def _wait_for_jobs(self) -> bool:
        with self._wake:
            while not self._jobs and not self._closing:
                self._wake.wait()
            return bool(self._jobs)

    def _batch(self, connection: Connection) -> List[_Job]:
        raw: Any = connection.connection.dbapi_connection
        taken: List[_Job] = []
        try:
            raw.execute("BEGIN IMMEDIATE")
            self._fill(raw, connection, taken)
            raw.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  outermost loop of the thread: every waiter of the batch is told
            self._undo(raw, taken, self._translated(error))
        self._run_outside(raw)
        return taken

    def _run_outside(self, raw: RawConnection) -> None:
        while self._outside:
            statement = self._outside.pop()
            try:
                raw.execute(statement).fetchall()
            except sqlite3.Error:  # a full disk, say: it is tried again another time
                _log.exception("%s", statement)

    def _fill(self, raw: RawConnection, connection: Connection, taken: List[_Job]) -> None:
        end = time.monotonic() + BATCH_S
        while self._jobs and (not taken or time.monotonic() < end):
            job = self._jobs.popleft()
            taken.append(job)
            job.transaction = Transaction(connection)
            raw.execute("SAVEPOINT job")
            try:
                job.result = job.function(job.transaction)
            except Exception as error:
                job.error = self._translated(error)
                if (
                    not raw.in_transaction
                ):  # SQLite has rolled back everything by itself (a full disk): nobody's rows are there
                    raise
                raw.execute("ROLLBACK TO job")
            raw.execute("RELEASE job")

    def _undo(self, raw: RawConnection, taken: List[_Job], error: BaseException) -> None:
        try:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
        except Exception:  # noqa: BLE001  the connection goes on after the disk has space again
            _log.exception("rollback failed")
        if not taken:  # BEGIN itself failed: the first in the queue hears of it, the others try again
            taken.append(self._jobs.popleft())
        for job in taken:
            job.error = job.error or error

    def _translated(self, error: Exception) -> Exception:
        full = storage_full(error, self._home)
        if full is None:
            return error
        full.__cause__ = error
        return full

    def _settle(self, taken: List[_Job]) -> None:
        events: List[object] = []
        for job in taken:
            if job.error is None and job.transaction is not None:
                events.extend(job.transaction.announced)
                self._act_afterwards(job.transaction.afterwards)
            job.transaction = None
        for job in taken:
            if job.future is None:
                job.settle()
        self._hand_over(tuple(events), [job for job in taken if job.future is not None])

    def _act_afterwards(self, actions: List[Callable[[], None]]) -> None:
        for action in actions:
            try:
                action()
            except OSError:
                _log.exception("after a commit")

    def _hand_over(self, events: Tuple[object, ...], waiting: List[_Job]) -> None:
        def tell() -> None:
            if events:
                self._publish(events)
            for job in waiting:
                job.settle()

        if self._loop is None:
            tell()
            return
        if not events and not waiting:
            return
        try:
            self._loop.call_soon_threadsafe(tell)
        except RuntimeError:  # the loop was closed: nobody waits there any more
            self._loop = None
