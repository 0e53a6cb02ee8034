"""A full and a read-only disk, on a real small file system: 507, nothing half-made, reads go on, and it recovers."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import AsyncIterator, Iterator

import pytest

from tests.server.lab import Lab, S, spool_of
from tests.support.waiting import wait_until
from trainshed.contract.api import RunPatch
from trainshed.contract.errors import StorageFull
from trainshed.contract.layout import HomeLayout
from trainshed.server.services import Services
from trainshed.server.storage.run_rows import RunFilter

pytestmark = pytest.mark.anyio

LOG = "azureml-logs/70_driver_log.txt"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """An ext4 of 16 MB, for root to mount."""
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["/sbin/mkfs.ext4", "-q", "-m", "0", str(image)], check=True)
    subprocess.run(["/bin/mount", "-o", "loop,errors=remount-ro", str(image), str(place)], check=True)
    yield place
    subprocess.run(["/bin/umount", str(place)], check=True)


@pytest.fixture
async def lab(small: Path) -> AsyncIterator[Lab]:
    lab = await Lab.open(HomeLayout(small / "home"))
    yield lab
    lab.services.close()


def fill(small: Path) -> Path:
    """Take all space there is, to the last block."""
    filler = small / "filler"
    with open(filler, "ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
        os.fsync(file.fileno())
    return filler


def turn_read_only(small: Path) -> None:
    """As the kernel does when the disk fails."""
    source = subprocess.run(["findmnt", "-no", "SOURCE", str(small)], check=True, capture_output=True, text=True).stdout
    Path("/sys/fs/ext4", Path(source.strip()).name, "trigger_fs_error").write_text("1")

    def refused() -> bool:
        try:
            (small / "probe").write_bytes(b"")
        except OSError as error:
            return error.errno == errno.EROFS
        return False

    wait_until(refused, 60, "the file system to be read-only")


async def body(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 16):
        yield data[start : start + (1 << 16)]


async def until_full(lab: Lab, small: Path) -> Path:
    """Fill the disk and the pages that SQLite still has to spare."""
    run = await lab.record(run_id="spare")
    while True:
        filler = fill(small)
        try:
            await lab.services.runs.patch(lab.ws, run.id, RunPatch(description="y" * 20_000))
        except StorageFull:
            return filler


async def test_a_full_disk(lab: Lab, small: Path) -> None:
    agent = await lab.agent()
    await agent.say(S.PREPARING, S.STARTING, S.RUNNING)
    await agent.log(LOG, b"before\n")
    run = await lab.record(run_id="known", tags={"a": "1"})
    filler = await until_full(lab, small)
    before = len((await lab.services.runs.list(lab.ws, RunFilter(include_children=True))).runs)

    spool, data = spool_of(agent.run.id, [1.0] * 5000), os.urandom(3_000_000)
    for attempt in range(3):
        with pytest.raises(StorageFull, match="trainshed prune"):
            await lab.record(run_id="new-%d" % attempt, tags={"x": "y" * 5000})
        with pytest.raises(StorageFull):
            await agent.send([("s", "spool", 0, spool), (LOG, "log", 7, b"after\n" * 2000)])
        with pytest.raises(StorageFull):
            await lab.services.blobs.put(sha256(data).hexdigest(), 0, len(data), body(data))
        with pytest.raises(StorageFull):
            await lab.services.files.put(lab.ws, run.id, "outputs/a", body(data), replace=False)
        # Reads go on.
        assert lab.get(run).tags == {"a": "1"}
        assert len((await lab.services.runs.list(lab.ws, RunFilter(include_children=True))).runs) == before
        assert (await lab.services.files.list(lab.ws, agent.run.id)).files[0].size_bytes == 7
        assert (await lab.services.metrics.get(lab.ws, agent.run.id)).runs[0].series == ()
        assert (await lab.services.files.list(lab.ws, run.id)).files == ()

    filler.unlink()
    answer = await agent.send([("s", "spool", 0, spool), (LOG, "log", 7, b"after\n")])
    assert answer.acked == {"s": len(spool), LOG: 13}
    answer = await agent.say(S.FINALIZING, S.COMPLETED, final=True)
    assert answer.finished and lab.get(agent.run).status is S.COMPLETED
    values = (await lab.services.metrics.get(lab.ws, agent.run.id)).runs[0].series[0].values
    assert len(values) == 5000
    have = await lab.services.blobs.have(sha256(data).hexdigest())
    assert (
        await lab.services.blobs.put(sha256(data).hexdigest(), have.have, len(data), body(data[have.have :]))
    ).complete
    await lab.record(run_id="new-0")
    assert (await lab.services.files.list(lab.ws, agent.run.id)).files[0].sha256 == sha256(
        b"before\nafter\n"
    ).hexdigest()


async def test_what_is_queued_together_with_a_write_that_fills_the_disk(lab: Lab, small: Path) -> None:
    """Whoever got an answer is there, whoever got an error is not."""
    fill(small)
    names = ["r%d" % i for i in range(200)]
    results = await asyncio.gather(
        *(lab.record(run_id=name, tags={"big": "z" * 20_000}) for name in names), return_exceptions=True
    )
    kept = {name for name, result in zip(names, results) if not isinstance(result, BaseException)}
    assert {type(result) for result in results if isinstance(result, BaseException)} == {StorageFull}
    page = await lab.services.runs.list(lab.ws, RunFilter(), limit=1000)
    assert {run.id for run in page.runs} == kept


async def test_a_disk_that_turned_read_only(lab: Lab, small: Path) -> None:
    agent = await lab.agent()
    await agent.log(LOG, b"before\n")
    run = await lab.record(run_id="known")
    lab.services.durability.close()
    turn_read_only(small)
    for attempt in range(3):
        with pytest.raises(StorageFull):
            await lab.record(run_id="new-%d" % attempt)
        with pytest.raises(StorageFull):
            await agent.send([(LOG, "log", 7, b"after\n")])
        assert lab.get(run).id == "known"
        assert (await lab.services.files.list(lab.ws, agent.run.id)).files[0].size_bytes == 7


async def test_a_start_on_a_full_or_read_only_disk(small: Path) -> None:
    layout = HomeLayout(small / "home")
    filler = fill(small)
    with pytest.raises(StorageFull, match="trainshed prune"):
        Services.open(layout, server_id="s", address="http://127.0.0.1:1")
    filler.unlink()
    Services.open(layout, server_id="s", address="http://127.0.0.1:1").close()
    turn_read_only(small)
    with pytest.raises(StorageFull, match=str(layout.root)):
        Services.open(layout, server_id="s", address="http://127.0.0.1:1")
