"""Parts of series and lists of files that a page asks for instead of all of them."""

from __future__ import annotations

import pytest

from tests.server.lab import Lab
from trainshed.contract import spool
from trainshed.server.storage import series

pytestmark = pytest.mark.anyio


async def logged(lab: Lab, count: int, step: int | None) -> str:
    run = await lab.record()
    lines = [spool.head(run.id, 1, 0, 1.0)]
    for number in range(count):
        at = None if step is None else number * step
        lines.append(spool.encode(number + 1, 1e9, spool.SCALAR, "loss", float(number), at))
    await lab.services.metrics.take_spool(lab.ws, run.id, "one", 0, b"".join(lines))
    return run.id


async def test_the_newest_values_come_oldest_first(lab: Lab) -> None:
    run = await logged(lab, series.CHUNK + 10, None)
    (row,) = await lab.services.metrics.names(lab.ws, run)
    last = series.CHUNK + 9
    assert await lab.services.metrics.newest(row, 3) == [last - 2.0, last - 1.0, float(last)]
    assert await lab.services.metrics.newest(row, 20) == [float(n) for n in range(last - 19, last + 1)]
    assert len(await lab.services.metrics.newest(row, 10**6)) == series.CHUNK + 10


async def test_an_outline_leaves_folders_out_and_counts_all(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log("azureml-logs/70_driver_log.txt", b"x")
    for name in ("outputs/a", "outputs/b", "outputs/c", "logs/d", "logsx"):
        await agent.whole(name, name.encode())
    files, run = lab.services.files, agent.run
    entries, count = await files.outline(lab.ws, run.id, without=("azureml-logs/", "logs/"), limit=3)
    assert ([entry.path for entry in entries], count) == (["logsx", "outputs/a", "outputs/b"], 6)
    details = await lab.services.runs.details(lab.ws, run.id, files=False)
    assert details.files == () and details.run.id == run.id


async def test_the_events_of_a_run(lab: Lab) -> None:
    run = await lab.record()
    assert [event.new.value for event in await lab.services.runs.events(lab.ws, run.id)] == ["Running"]
