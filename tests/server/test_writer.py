"""The writing thread: many writes in one commit, each with its own result."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from trainshed.contract.layout import HomeLayout
from trainshed.server.storage import tables as t
from trainshed.server.storage.database import Database
from trainshed.server.storage.writer import Transaction

pytestmark = pytest.mark.anyio


@pytest.fixture
def published() -> list[object]:
    return []


@pytest.fixture
def database(layout: HomeLayout, published: list[object]) -> Any:
    database = Database(layout, published.extend)
    yield database
    database.close()


def put(name: str, then: Callable[[Transaction], Any] = lambda tx: None) -> Callable[[Transaction], str]:
    def write(tx: Transaction) -> str:
        tx.execute(insert(t.facts), {"name": name, "value": name})
        tx.announce(name)
        then(tx)
        return name

    return write


def count(database: Database) -> int:
    return int(database.reader.execute(select(func.count()).select_from(t.facts)).scalar_one())


def fail(tx: Transaction) -> None:
    raise ValueError("no")


async def test_each_gets_its_own_result(database: Database, published: list[object]) -> None:
    before = count(database)
    jobs = [put("a"), put("b", fail), put("a"), put("c")]
    results = await asyncio.gather(*map(database.write, jobs), return_exceptions=True)
    assert results[0] == "a" and results[3] == "c"
    assert isinstance(results[1], ValueError) and isinstance(results[2], IntegrityError)
    assert count(database) == before + 2
    assert published == ["a", "c"]


async def test_queued_writes_are_committed_together(database: Database) -> None:
    gate = threading.Event()
    first = asyncio.create_task(database.write(put("gate", lambda tx: gate.wait(60))))
    await asyncio.sleep(0.05)
    commits = []
    rest = [
        asyncio.create_task(database.write(put("r%d" % i, lambda tx: commits.append(count(database)))))
        for i in range(50)
    ]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *rest)
    assert len(set(commits)) < 10  # a reader sees the rows of a whole batch at once


async def test_what_follows_a_commit(database: Database) -> None:
    seen: list[int] = []
    before = count(database)
    await database.write(put("x", lambda tx: tx.after(lambda: seen.append(count(database)))))
    with pytest.raises(ValueError, match="no"):
        await database.write(put("y", lambda tx: (tx.after(lambda: seen.append(-1)), fail(tx))))
    assert seen == [before + 1]


async def test_blocking_and_awaiting_writes_mix(database: Database) -> None:
    before = count(database)
    names = ["t%d" % i for i in range(40)]
    threads = [threading.Thread(target=lambda n=n: database.write_blocking(put(n))) for n in names]
    for thread in threads:
        thread.start()
    await asyncio.gather(*(database.write(put("l%d" % i)) for i in range(40)))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert count(database) == before + 80
    with pytest.raises(ValueError, match="no"):
        database.write_blocking(fail)


async def test_a_reader_cannot_write(database: Database) -> None:
    from sqlalchemy.exc import OperationalError

    with pytest.raises(OperationalError, match="readonly"):
        database.reader.execute(insert(t.facts), {"name": "z", "value": "z"})


async def test_what_was_queued_before_the_end_is_written(layout: HomeLayout) -> None:
    database = Database(layout)
    tasks = [asyncio.ensure_future(database.write(put("q%d" % i))) for i in range(100)]
    await asyncio.sleep(0)
    database.close()
    await asyncio.gather(*tasks)
    again = Database(layout)
    assert count(again) >= 100
    again.close()
    with pytest.raises(RuntimeError, match="closed"):
        await database.write(put("late"))


async def test_the_log_is_emptied(database: Database) -> None:
    from trainshed.server.services.durability import wal_size

    for i in range(200):
        await database.write(put("big%d" % i, lambda tx: tx.execute(t.facts.update().values(value="x" * 2000))))
    assert wal_size(database.layout.database) > 2**20
    await database.checkpoint()
    await database.checkpoint_at_rest()
    assert wal_size(database.layout.database) == 0
