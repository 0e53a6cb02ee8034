"""The content store: asked, sent, adopted, read, swept."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from tests.server.lab import Lab
from trainshed.contract.api import Adopted, FileAsk, PruneAsk
from trainshed.contract.errors import (
    BadFileName,
    BadValue,
    BlobMissing,
    BrokenOffset,
    ContentMismatch,
    FileExists,
    FileNotInRun,
    SnapshotMissing,
)
from trainshed.contract.snapshot import Manifest, SnapshotFile
from trainshed.contract.wire import now
from trainshed.server.storage import tables as t

pytestmark = pytest.mark.anyio


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


async def parts(*pieces: bytes, then: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    if then is not None:
        raise then


async def put(lab: Lab, data: bytes) -> str:
    name = digest(data)
    assert (await lab.services.blobs.put(name, 0, len(data), parts(data))).complete
    return name


def lies(lab: Lab, name: str) -> bool:
    return Path(lab.services.ground.contents.path(name)).exists()


async def grow_old(lab: Lab, hours: float = 25) -> None:
    def old(tx: object) -> None:
        tx.execute(update(t.blobs).values(touched_at=now() - timedelta(hours=hours)))  # type: ignore[attr-defined]

    await lab.services.ground.database.write(old)


async def test_have_and_put(lab: Lab) -> None:
    name = digest(b"abc")
    assert await lab.services.blobs.missing([name, name]) == (name,)
    assert await put(lab, b"abc") == name
    assert await lab.services.blobs.missing([name]) == ()
    descriptor, size = await lab.services.blobs.open(name)
    with os.fdopen(descriptor, "rb") as file:
        assert (file.read(), size) == (b"abc", 3)
    assert await put(lab, b"abc") == name  # again: nothing is sent
    with pytest.raises(BlobMissing):
        await lab.services.blobs.open(digest(b"x"))
    for bad in ("", "abc", name.upper(), "../../" + name[6:]):
        with pytest.raises(BadValue):
            await lab.services.blobs.missing([bad])


async def test_the_empty_content(lab: Lab) -> None:
    assert (await lab.services.blobs.put(digest(b""), 0, 0, parts())).complete
    assert await lab.services.blobs.missing([digest(b"")]) == ()


async def test_a_broken_upload_goes_on(lab: Lab) -> None:
    data = os.urandom(5_000_000)
    name = digest(data)
    with pytest.raises(ConnectionError):
        await lab.services.blobs.put(name, 0, len(data), parts(data[:3_000_000], then=ConnectionError()))
    have = await lab.services.blobs.have(name)
    assert (have.have, have.complete) == (3_000_000, False)
    with pytest.raises(BrokenOffset, match="3000000"):
        await lab.services.blobs.put(name, 0, len(data), parts(data))
    assert not (await lab.services.blobs.put(name, 3_000_000, len(data), parts(data[3_000_000:4_000_000]))).complete
    assert (await lab.services.blobs.put(name, 4_000_000, len(data), parts(data[4_000_000:]))).complete
    assert (await lab.services.blobs.have(name)).complete
    assert lies(lab, name) and list(lab.services.ground.layout.incoming.iterdir()) == []


async def test_other_bytes_are_not_stored(lab: Lab) -> None:
    name = digest(b"right")
    with pytest.raises(ContentMismatch):
        await lab.services.blobs.put(name, 0, 5, parts(b"wrong"))
    assert (await lab.services.blobs.have(name)).have == 0
    with pytest.raises(BadValue):
        await lab.services.blobs.put(name, 0, 5, parts(b"too many"))
    assert await lab.services.blobs.missing([name]) == (name,)


async def test_two_who_send_the_same(lab: Lab) -> None:
    data = os.urandom(3_000_000)

    async def slowly() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 100_000):
            await asyncio.sleep(0)
            yield data[start : start + 100_000]

    answers = await asyncio.gather(*(lab.services.blobs.put(digest(data), 0, len(data), slowly()) for _ in range(3)))
    assert all(answer.complete for answer in answers)


async def test_adopt(lab: Lab) -> None:
    incoming = lab.services.ground.layout.incoming
    (incoming / "one").write_bytes(b"1")
    (incoming / "same").write_bytes(b"1")
    one = digest(b"1")
    asks = [Adopted("one", one, 1), Adopted("same", one, 1), Adopted("gone", digest(b"2"), 1)]
    assert await lab.services.blobs.adopt(asks) == (digest(b"2"),)
    assert lies(lab, one) and list(incoming.iterdir()) == []
    assert await lab.services.blobs.adopt(asks) == (digest(b"2"),)  # the answer was lost: the same again
    (incoming / "short").write_bytes(b"12")
    (incoming / "good").write_bytes(b"3")
    with pytest.raises(ContentMismatch):
        await lab.services.blobs.adopt([Adopted("good", digest(b"3"), 1), Adopted("short", digest(b"4"), 1)])
    assert not lies(lab, digest(b"3"))
    (incoming / "link").symlink_to(lab.services.ground.layout.token)
    with pytest.raises(ContentMismatch):
        await lab.services.blobs.adopt([Adopted("link", digest(b"4"), 43)])
    for bad in ("../token", "", ".", "a/b"):
        with pytest.raises(BadValue):
            await lab.services.blobs.adopt([Adopted(bad, one, 1)])


async def test_a_sweep_takes_what_is_old_and_nobodys(lab: Lab) -> None:
    run = await lab.record()
    loose, filed, snapped, asked, young = [await put(lab, b"%d" % i) for i in range(5)]
    await lab.services.files.add(lab.ws, run.id, [FileAsk("outputs/a", filed, 1)])
    manifest = Manifest((SnapshotFile("a.py", snapped, 1),))
    assert await lab.services.snapshots.put(lab.ws, manifest.id(), manifest) == ()
    await grow_old(lab)
    await lab.services.blobs.missing([asked])  # "I have it" makes it young again
    await put(lab, b"4")
    assert await lab.services.upkeep.sweep(dry_run=True) == ([loose], 1)
    assert lies(lab, loose)
    assert await lab.services.upkeep.sweep() == ([loose], 1)
    assert [lies(lab, name) for name in (loose, filed, snapped, asked, young)] == [False, True, True, True, True]
    assert await lab.services.upkeep.sweep() == ([], 0)
    await lab.services.files.add(lab.ws, run.id, [FileAsk("outputs/a", young, 1, replace=True)])
    await grow_old(lab)
    assert sorted((await lab.services.upkeep.sweep())[0]) == sorted([filed, asked])


async def test_a_sweep_against_those_who_ask_send_and_adopt(lab: Lab) -> None:
    """However a sweep falls between: what a run refers to is there, and each file in the store has its row."""
    run = await lab.record()
    swept = 0

    async def user() -> None:
        for number in range(100):
            ask = FileAsk("outputs/%d" % number, digest(b"content %d" % (number % 7)), 9)
            while not await tried(ask, b"content %d" % (number % 7), adopt=bool(number % 2)):
                pass
            assert lies(lab, ask.sha256)
            await lab.services.ground.database.write(lambda tx, p=ask.path: _remove(tx, run.id, lab.ws, p))

    async def tried(ask: FileAsk, data: bytes, *, adopt: bool) -> bool:
        if await lab.services.blobs.missing([ask.sha256]):
            if adopt:
                (lab.services.ground.layout.incoming / "n").write_bytes(data)
                assert await lab.services.blobs.adopt([Adopted("n", ask.sha256, len(data))]) == ()
            else:
                await put(lab, data)
        try:
            await lab.services.files.add(lab.ws, run.id, [ask])
        except BlobMissing:  # this sweep takes at once what nobody refers to; a real one leaves a day
            return False
        return True

    task = asyncio.create_task(user())
    while not task.done():
        swept += len((await lab.services.upkeep.sweep(older_than_s=0))[0])
    await task
    assert swept > 10
    rows = set(lab.services.ground.database.reader.execute(select(t.blobs.c.sha256)).scalars())
    files = {path.parent.name + path.name for path in lab.services.ground.layout.store.glob("??/*")}
    assert rows == files


def _remove(tx: object, run_id: str, ws: str, path: str) -> None:
    from trainshed.server.storage import file_rows, run_rows

    row = run_rows.find(tx, ws, run_id)  # type: ignore[arg-type]
    assert row is not None
    file_rows.remove(tx, row.uid, path)  # type: ignore[arg-type]


async def test_old_pieces_of_uploads_are_cleared(lab: Lab) -> None:
    incoming = lab.services.ground.layout.incoming
    (incoming / "old.part").write_bytes(b"123")
    (incoming / "new.part").write_bytes(b"456")
    os.utime(incoming / "old.part", (0, 0))
    assert await lab.services.upkeep.sweep() == ([], 3)
    assert [path.name for path in incoming.iterdir()] == ["new.part"]


async def test_files_added_from_outside(lab: Lab) -> None:
    run = await lab.record()
    files = lab.services.files
    name = await put(lab, b"abc")
    page = await files.add(lab.ws, run.id, [FileAsk("./outputs//m.pkl", name, 3)])
    assert (page.files[0].path, page.files[0].provisional) == ("outputs/m.pkl", False)
    with pytest.raises(FileExists):
        await files.add(lab.ws, run.id, [FileAsk("x", name, 3), FileAsk("outputs/m.pkl", name, 3)])
    with pytest.raises(BlobMissing):
        await files.add(lab.ws, run.id, [FileAsk("x", name, 3), FileAsk("y", digest(b"none"), 4)])
    for bad in ("../x", "/x", "", "a/../../x"):
        with pytest.raises(BadFileName):
            await files.add(lab.ws, run.id, [FileAsk(bad, name, 3)])
    assert [file.path for file in (await files.list(lab.ws, run.id)).files] == ["outputs/m.pkl"]
    entry = await files.put(lab.ws, run.id, "logs/a.txt", parts(b"12", b"3"), replace=False)
    assert (entry.size_bytes, entry.sha256) == (3, digest(b"123"))
    with pytest.raises(FileExists):
        await files.put(lab.ws, run.id, "logs/a.txt", parts(), replace=False)
    assert (await files.put(lab.ws, run.id, "logs/a.txt", parts(b"new"), replace=True)).sha256 == digest(b"new")
    assert [file.path for file in (await files.list(lab.ws, run.id, "logs/")).files] == ["logs/a.txt"]
    assert (await files.list(lab.ws, run.id, "LOGS/")).files == ()
    with pytest.raises(FileNotInRun, match=r"logs/a.txt, outputs/m.pkl"):
        await files.open(lab.ws, run.id, "outputs/none")
    assert list(lab.services.ground.layout.incoming.iterdir()) == []


async def test_the_error_for_a_missing_file_tells_whether_it_may_come(lab: Lab) -> None:
    submitted, own = await lab.submit(), await lab.record()
    for run, words in (
        (submitted, "Its files: none. It is Queued: run.wait_for_completion() waits for its files"),
        (own, "Its files: none. It is Running"),
    ):
        with pytest.raises(FileNotInRun) as error:
            await lab.services.files.open(lab.ws, run.id, "outputs/none")
        assert error.value.message.endswith(words)


async def test_a_put_that_breaks_leaves_nothing(lab: Lab) -> None:
    run = await lab.record()
    with pytest.raises(ConnectionError):
        await lab.services.files.put(lab.ws, run.id, "a", parts(b"12", then=ConnectionError()), replace=False)
    assert (await lab.services.files.list(lab.ws, run.id)).files == ()
    assert list(lab.services.ground.layout.incoming.iterdir()) == []


async def test_snapshots(lab: Lab) -> None:
    first, second = await put(lab, b"1"), digest(b"2")
    manifest = Manifest((SnapshotFile("a", first, 1), SnapshotFile("b", second, 1), SnapshotFile("c", "", 0, link="a")))
    put_it = lab.services.snapshots.put
    assert await put_it(lab.ws, manifest.id(), manifest) == (second,)
    with pytest.raises(SnapshotMissing):
        await lab.services.snapshots.get(lab.ws, manifest.id())
    await put(lab, b"2")
    for _ in range(2):
        assert await put_it(lab.ws, manifest.id(), manifest) == ()
    assert await lab.services.snapshots.get(lab.ws, manifest.id()) == manifest
    count = select(func.count()).select_from(t.blob_refs)
    assert lab.services.ground.database.reader.execute(count).scalar() == 2
    with pytest.raises(BadValue, match="give the id"):
        await put_it(lab.ws, "0" * 64, manifest)
    outside = Manifest((SnapshotFile("../a", first, 1),))
    with pytest.raises(BadValue, match=r"\.\."):
        await put_it(lab.ws, outside.id(), outside)


async def test_usage_and_prune(lab: Lab) -> None:
    layout = lab.services.ground.layout
    done, live = await lab.record(), await lab.record()
    from trainshed.contract.api import Ending
    from trainshed.server.services.callers import THE_USER

    await lab.services.runs.end(lab.ws, done.id, Ending("Completed"), THE_USER)
    for run in (done, live):
        folder = layout.node(lab.ws, run.id, 1, 0).root
        folder.mkdir(parents=True)
        (folder / "big").write_bytes(b"x" * 100_000)
        os.utime(layout.runs / lab.ws / run.id, (0, 0))
    await put(lab, b"loose")
    layout = lab.services.ground.layout
    for path in (layout.datastore(lab.ws, "workspaceblobstore") / "x", layout.cached_url("https://h/a/b")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234567")
    usage = await lab.services.upkeep.usage()
    assert usage.datastores_bytes >= 7 and usage.fetched_bytes >= 7
    assert usage.node_folders_bytes >= 200_000
    assert usage.unreferenced_bytes == 5 and usage.database_bytes > 0 and usage.store_bytes > 0
    dry = await lab.services.upkeep.prune(PruneAsk(older_than_s=0, dry_run=True))
    assert layout.node(lab.ws, done.id, 1, 0).root.exists()
    pruned = await lab.services.upkeep.prune(PruneAsk(older_than_s=0))
    assert pruned == dry
    assert len(pruned.removed) == 2 and pruned.freed_bytes > 100_000
    assert not layout.node(lab.ws, done.id, 1, 0).root.exists()
    assert layout.node(lab.ws, live.id, 1, 0).root.exists()


async def test_contents_whose_server_was_killed_before_the_commit(lab: Lab) -> None:
    """The file is in the store, the row is not; whoever brought it says it again."""
    contents, incoming = lab.services.ground.contents, lab.services.ground.layout.incoming
    names = []
    for data in (b"one", b"two", b"lost"):
        (incoming / "x").write_bytes(data)
        contents.place(incoming / "x", digest(data))
        names.append(digest(data))
    run = await lab.record()
    assert await lab.services.blobs.adopt([Adopted("x", names[0], 3)]) == ()
    await lab.services.files.add(lab.ws, run.id, [FileAsk("a", names[1], 3, incoming="x")])
    os.utime(contents.path(names[2]), (0, 0))
    os.utime(contents.path(names[0]), (0, 0))
    assert await lab.services.upkeep.sweep() == ([], 4)
    assert [lies(lab, name) for name in names] == [True, True, False]


async def test_bytes_of_a_stream_that_is_a_content_already(lab: Lab) -> None:
    left = lab.services.ground.layout.growing / "7" / "9"
    left.parent.mkdir()
    left.write_bytes(b"sealed before a kill")
    agent = await lab.agent()
    await agent.log("azureml-logs/a", b"kept")
    lab = await lab.reopened()
    assert [p.read_bytes() for p in lab.services.ground.layout.growing.glob("*/*")] == [b"kept"]
    lab.services.close()
