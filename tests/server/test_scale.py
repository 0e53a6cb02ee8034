"""Many runs and many points: right answers at the size that users reach. How long they take, benchmarks/ say."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.server.lab import Lab
from trainshed.contract import columns, spool
from trainshed.server.storage import tables as t
from trainshed.server.storage.run_rows import RunFilter

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_the_newest_100_of_100_000_runs(lab: Lab) -> None:
    first_at = (await lab.record()).created_at

    def fill(tx: object) -> None:
        row = dict(tx.execute(t.runs.select()).mappings().one())  # type: ignore[attr-defined]
        rows = [
            {
                **row,
                "uid": 10 + i,
                "id": "r%d" % i,
                "status": ("Completed", "Failed")[i % 2],
                "target": "gpu" if i < 1000 else "cpu",
                "created_at": row["created_at"] + timedelta(seconds=i),
            }
            for i in range(100_000)
        ]
        tx.execute(insert(t.runs), rows)  # type: ignore[attr-defined]
        pairs = [{"run_uid": 10 + i, "name": "k", "value": str(i)} for i in range(100_000)]
        tx.execute(insert(t.tags), pairs)  # type: ignore[attr-defined]

    await lab.services.ground.database.write(fill)
    newest = ["r%d" % i for i in range(99_999, 99_899, -1)]
    for narrowed in (RunFilter(), RunFilter(experiment="exp"), RunFilter(tags=(("k", None),))):
        assert [run.id for run in (await lab.services.runs.list(lab.ws, narrowed)).runs] == newest, narrowed
    failed = await lab.services.runs.list(lab.ws, RunFilter(statuses=("Failed",)))
    assert [run.id for run in failed.runs] == ["r%d" % i for i in range(99_999, 99_799, -2)]
    first = first_at + timedelta(seconds=1)
    for narrowed, expected in (
        (RunFilter(target="gpu"), range(999, 899, -1)),
        (RunFilter(created_before=first), (0,)),
        (RunFilter(tags=(("k", "5"),), target="gpu"), (5,)),
        (RunFilter(tags=(("k", None),), target="gpu", statuses=("Failed",)), range(999, 799, -2)),
        (RunFilter(statuses=("Running",), experiment="exp"), ()),
        (RunFilter(prefix="r9999", created_since=first), (*range(99_999, 99_989, -1), 9999)),
    ):
        found = await lab.services.runs.list(lab.ws, narrowed)
        ids = [run.id for run in found.runs if run.id.startswith("r")]  # the first one is called otherwise
        assert ids == ["r%d" % i for i in expected], narrowed


async def test_a_million_points_to_the_database_and_back(lab: Lab) -> None:
    agent = await lab.agent()
    chance = random.Random(1)
    values = [chance.random() for _ in range(1_000_000)]
    lines = [spool.encode(i, 1e9 + i, "s", "loss", value) for i, value in enumerate(values)]
    offset = 0
    for i in range(0, len(lines), 60_000):
        block = b"".join(lines[i : i + 60_000])
        offset += len(block)
        assert (await agent.send([("s", "spool", offset - len(block), block)])).acked == {"s": offset}
    (row,) = await lab.services.metrics.names(lab.ws, agent.run.id)
    answer = await lab.services.metrics.get(lab.ws, agent.run.id)
    assert list(answer.runs[0].series[0].values) == values
    ((_, (column,)),) = columns.unpack(await lab.services.metrics.columns(lab.ws, agent.run.id))
    assert column.values == values
    for width, first, last in ((500, 0, 1_000_000), (50, 0, 1_000_000), (1000, 700_000, 710_000)):
        chart = await lab.services.metrics.chart(lab.ws, agent.run.id, row, width=width, first=first, last=last)
        inside = values[chart.firsts[0] : chart.firsts[-1] + chart.counts[-1]]
        assert len(chart) <= 2 * width and sum(chart.counts) == len(inside) >= last - first
        assert (min(chart.lows), max(chart.highs)) == (min(inside), max(inside))
