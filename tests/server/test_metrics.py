"""Metrics: what comes back is what was logged, as a whole and as a chart."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from tests.server.lab import Lab, spool_of
from trainshed.contract import columns, spool
from trainshed.contract.api import MetricSeries
from trainshed.contract.errors import BadFileName, BrokenOffset, RunNotFound
from trainshed.server.storage.metric_rows import Bucket

pytestmark = pytest.mark.anyio


async def series(lab: Lab, run_id: str, **options: Any) -> dict[tuple[str, str], MetricSeries]:
    answer = await lab.services.metrics.get(lab.ws, run_id, **options)
    return {(one.name, one.kind): one for one in answer.runs[0].series}


async def test_kinds_types_order_and_descriptions(lab: Lab) -> None:
    run = await lab.record()
    logged: list[tuple[str, str, Any]] = [
        ("s", "z", 1.5),
        ("s", "a", 1),
        ("s", "z", math.nan),
        ("s", "a", True),
        ("s", "a", None),
        ("s", "a", "text"),
        ("s", "a", 2**60),
        ("l", "list", [1, 2.5]),
        ("r", "row", {"x": 1, "y": math.inf}),
        ("r", "row", {"x": 2, "y": "b"}),
        ("t", "table", {"x": [1, 2], "y": [0.5, 1.5]}),
    ]
    lines = [spool.head(run.id, 1, 0, 1.0)]
    for number, (kind, name, value) in enumerate(logged):
        plain: Any = spool.plain(value)
        if isinstance(value, dict) and kind == "r":
            plain = {key: spool.plain(item) for key, item in value.items()}
        lines.append(
            spool.encode(number, 10.0 + number, kind, name, plain, number if name == "z" else None, "about " + name)
        )
    await lab.services.metrics.take_spool(lab.ws, run.id, "one", 0, b"".join(lines))
    found = await series(lab, run.id, detail=True)
    assert list(found) == [("z", "scalar"), ("a", "scalar"), ("list", "list"), ("row", "row"), ("table", "table")]
    z = found["z", "scalar"]
    assert (z.values, z.steps, z.times, z.description) == ((1.5, {"f": "nan"}), (0, 2), (10.0, 12.0), "about z")
    assert [(type(v), v) for v in found["a", "scalar"].values] == [
        (int, 1),
        (bool, True),
        (type(None), None),
        (str, "text"),
        (int, 2**60),
    ]
    assert found["a", "scalar"].steps == ()
    assert found["list", "list"].values == (1, 2.5)
    assert found["row", "row"].values == ({"x": 1, "y": {"f": "inf"}}, {"x": 2, "y": "b"})
    assert found["table", "table"].values == ({"x": [1, 2], "y": [0.5, 1.5]},)
    assert list(await series(lab, run.id, name="row")) == [("row", "row")]


async def test_one_name_is_one_series_in_the_order_of_arrival(lab: Lab) -> None:
    run = await lab.record()
    calls: list[tuple[str, Any]] = [
        ("s", 1),
        ("l", [2, 3]),
        ("s", 4.5),
        ("r", {"x": 1}),
        ("t", {"x": [2]}),
        ("s", None),
    ]
    lines = [spool.encode(number, 10.0 + number, kind, "a", value) for number, (kind, value) in enumerate(calls)]
    kinds = []
    offset = 0
    for line in [b"".join(lines[:2]), *lines[2:]]:
        await lab.services.metrics.take_spool(lab.ws, run.id, "one", offset, line)
        offset += len(line)
        kinds.append((await lab.services.metrics.names(lab.ws, run.id))[0].kind)
    assert kinds == ["list", "list", "table", "table", "table"]
    ((key, found),) = (await series(lab, run.id, detail=True)).items()
    assert key == ("a", "table")
    assert found.values == (1, 2, 3, 4.5, {"x": 1}, {"x": [2]}, None)
    assert found.times == (10.0, 11.0, 11.0, 12.0, 13.0, 14.0, 15.0)


@pytest.mark.parametrize("seed", range(4))
async def test_points_in_any_portions(lab: Lab, seed: int) -> None:
    chance = random.Random(seed)
    run = await lab.record()
    pool: list[Any] = [1.0, 2, True, None, "x", math.nan, -0.0]
    pool = pool if seed % 2 else [0.5]
    logged = [chance.choice(pool) if chance.random() < 0.5 else chance.random() for _ in range(6000)]
    data = spool_of(run.id, logged)
    offset = 0
    while offset < len(data):
        size = chance.choice([10, 500, 5000, 60_000])
        await lab.services.metrics.take_spool(lab.ws, run.id, "s", offset, data[offset : offset + size])
        offset = min(offset + size, len(data))
    found = await series(lab, run.id)
    assert [repr(spool.unplain(v)) for v in found["loss", "scalar"].values] == [repr(v) for v in logged]
    names = await lab.services.metrics.names(lab.ws, run.id)
    assert [(row.name, row.count) for row in names] == [("loss", 6000)]


async def test_the_same_values_as_columns(lab: Lab) -> None:
    """All forms, and each again with further chunks of another sort behind it."""
    run = await lab.record()
    mixed = [1, 2.5, True, None, "x", math.nan, 2**60, -0.0, -math.inf]
    long = [0.5] * 2000
    for number, (name, values) in enumerate(
        [
            ("floats", [0.1, math.inf, -0.0, 5e-324, math.nan]),
            ("ints", [1, 2, -(2**53)]),
            ("words", ["a", "nan", ""]),
            ("mixed", mixed),
            ("first floats", long + mixed),
            ("first ints", list(range(2000)) + long),
            ("first words", ["w"] * 2000 + [1]),
            ("none", [None]),
        ]
    ):
        lines = [spool.encode(i, 1.0, "s", name, spool.plain(value)) for i, value in enumerate(values)]
        for part, data in enumerate((b"".join(lines[:2000]), b"".join(lines[2000:]))):
            await lab.services.metrics.take_spool(lab.ws, run.id, "%d.%d" % (number, part), 0, data)
    rows = [("r", {"x": 1}), ("r", {"x": {"f": "inf"}}), ("t", {"x": [2, 3]}), ("s", 4), ("l", [5, 6.5])]
    data = b"".join(spool.encode(i, 1.0, kind, "rows", value, None, "some") for i, (kind, value) in enumerate(rows))
    await lab.services.metrics.take_spool(lab.ws, run.id, "rows", 0, data)
    await lab.services.metrics.take_spool(lab.ws, run.id, "none", 0, spool.encode(0, 1.0, "l", "empty", []))
    child = await lab.record(parent_id=run.id, type="mine")
    await lab.services.metrics.take_spool(lab.ws, child.id, "s", 0, spool_of(child.id, [1.5]))
    plain = await lab.services.metrics.get(lab.ws, run.id, recursive=True)
    expected = [
        (one.run_id, [(s.name, s.kind, s.description, repr(spool.unplain(list(s.values)))) for s in one.series])
        for one in plain.runs
    ]
    found = columns.unpack(await lab.services.metrics.columns(lab.ws, run.id, recursive=True))
    assert [(run_id, [(*one[:3], repr(one.values)) for one in series]) for run_id, series in found] == expected
    assert [len(series) for _, series in expected] == [10, 1]
    body = await lab.services.metrics.columns(lab.ws, run.id, name="loss", recursive=True, run_type="mine")
    assert list(columns.unpack(body)) == [(child.id, [columns.Column("loss", "scalar", "", [1.5])])]
    for broken in (body[:-1], body + b"x"):
        with pytest.raises(ValueError, match="bytes of metrics"):
            list(columns.unpack(broken))


async def test_a_notebooks_spool(lab: Lab) -> None:
    run = await lab.record()
    data = spool_of(run.id, [1.0, 2.0, 3.0])
    take = lab.services.metrics.take_spool
    assert (await take(lab.ws, run.id, "n", 0, data[:70])).acked == 70
    with pytest.raises(BrokenOffset, match="70"):
        await take(lab.ws, run.id, "n", 80, data[80:])
    for _ in range(2):
        assert (await take(lab.ws, run.id, "n", 0, data)).acked == len(data)
    await lab.services.durability.flush()
    assert (await take(lab.ws, run.id, "n", 0, b"")).durable == len(data)
    assert (await series(lab, run.id))["loss", "scalar"].values == (1.0, 2.0, 3.0)
    with pytest.raises(BadFileName):
        await take(lab.ws, run.id, "../n", 0, data)
    with pytest.raises(RunNotFound):
        await take(lab.ws, "nobody", "n", 0, data)


@pytest.mark.parametrize("count", [1, 100, 5000, 60_000])
@pytest.mark.parametrize("portion", [300, 100_000])
async def test_a_chart_shows_every_peak(lab: Lab, count: int, portion: int) -> None:
    """By whole chunks, by their pyramids, by single points; of chunks that are full, and of such that filled slowly."""
    run = await lab.record()
    chance = random.Random(count)
    values = [chance.choice([chance.random(), chance.gauss(0, 100), math.nan, "no"]) for _ in range(count)]
    lines = spool_of(run.id, values).splitlines(keepends=True)
    offset = 0
    for start in range(0, len(lines), portion):
        data = b"".join(lines[start : start + portion])
        await lab.services.metrics.take_spool(lab.ws, run.id, "s", offset, data)
        offset += len(data)
    (row,) = await lab.services.metrics.names(lab.ws, run.id)
    for first, last in ((0, count), (count // 3, count // 2 + 1), (count - 1, count + 5), (count, count + 5)):
        for width in (1, 2, 10, 300, 3000):
            chart = await lab.services.metrics.chart(lab.ws, run.id, row, width=width, first=first, last=last)
            check_chart(list(chart), values, first, min(last, count), width)


def check_chart(buckets: list[Bucket], values: list[Any], first: int, last: int, width: int) -> None:
    assert len(buckets) <= 2 * width
    assert all(a.first + a.count <= b.first for a, b in zip(buckets, buckets[1:]))
    for bucket in buckets:
        inside = numbers(values[bucket.first : bucket.first + bucket.count])
        assert (bucket.low, bucket.high) == (min(inside), max(inside))
        assert (bucket.time, bucket.step) == (1e9 + bucket.first, None)
    shown = {i for bucket in buckets for i in range(bucket.first, bucket.first + bucket.count)}
    assert all(i in shown for i in range(first, last) if numbers([values[i]]))
    spare = max(8192, (last - first) // width)  # a bucket is that wide at most
    assert all(first - spare < i < last + spare for i in shown)


def numbers(values: list[Any]) -> list[float]:
    return [value for value in values if isinstance(value, float) and math.isfinite(value)]


async def test_a_chart_tells_steps(lab: Lab) -> None:
    run = await lab.record()
    lines = [spool.encode(i, 1e9, "s", "loss", 0.5, None if i % 1000 == 7 else 10 * i) for i in range(20_000)]
    await lab.services.metrics.take_spool(lab.ws, run.id, "s", 0, b"".join(lines[:9000]))
    await lab.services.metrics.take_spool(lab.ws, run.id, "s", len(b"".join(lines[:9000])), b"".join(lines[9000:]))
    (row,) = await lab.services.metrics.names(lab.ws, run.id)
    for width, last in ((1, 20_000), (100, 20_000), (3000, 3000)):
        chart = await lab.services.metrics.chart(lab.ws, run.id, row, width=width, last=last)
        assert chart.steps == tuple(None if first % 1000 == 7 else 10 * first for first in chart.firsts)
    assert len(chart) == 3000 and chart[7].step is None and chart[8].step == 80


async def test_a_chart_of_what_is_no_number(lab: Lab) -> None:
    run = await lab.record()
    data = spool.encode(0, 1.0, "r", "row", {"x": 1}) + spool.encode(1, 1.0, "s", "word", "a")
    await lab.services.metrics.take_spool(lab.ws, run.id, "s", 0, data)
    for row in await lab.services.metrics.names(lab.ws, run.id):
        for width in (1, 1000):
            assert not await lab.services.metrics.chart(lab.ws, run.id, row, width=width)
