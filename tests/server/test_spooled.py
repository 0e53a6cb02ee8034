"""The quick parser of spools against the plain one of contract/spool.py."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainshed.contract import spool
from trainshed.server.storage import metric_rows, series, spooled

SCALARS = st.one_of(
    st.floats(), st.integers(-(2**70), 2**70), st.booleans(), st.none(), st.text(max_size=5), st.just("\ud800")
)
NAMES = st.sampled_from(["loss", "acc", "name with ü", ""])


@st.composite
def lines(draw: Any) -> bytes:
    kind = draw(st.sampled_from("slrtdh"))
    value: Any = draw(SCALARS.map(spool.plain))
    if kind == "l":
        value = draw(st.lists(SCALARS.map(spool.plain), max_size=3))
    elif kind == "r":
        value = draw(st.dictionaries(NAMES, SCALARS.map(spool.plain), max_size=3))
    elif kind == "t":
        value = {name: [1, 2.5] for name in draw(st.lists(NAMES, max_size=2))}
    elif kind == "d":
        value = draw(st.integers(0, 5))
    elif kind == "h":
        value = {"pid": 1, "rank": 0}
    step = draw(st.one_of(st.none(), st.integers(0, 9)))
    line = spool.encode(1, draw(st.floats(0, 2e9)), kind, draw(NAMES), value, step, draw(st.sampled_from(["", "text"])))
    if draw(st.integers(0, 9)) == 0:
        line = line[: draw(st.integers(0, len(line)))] + b"\n"
    return line


@settings(max_examples=400, deadline=None)
@given(st.lists(lines(), max_size=30))
def test_same_points_as_the_plain_parser(parts: list[bytes]) -> None:
    data = b"".join(parts)
    found = spooled.parse(data)
    plain = list(spool.parse(data))
    assert found.torn_lines == sum(isinstance(record, spool.TornLine) for record in plain)
    expected: dict[tuple[int, str], list[Any]] = {}
    kinds: dict[tuple[int, str], str] = {}
    stretch, dropped = 0, 0
    for record in plain:
        if isinstance(record, spool.TornLine):
            continue
        if record.kind == "h":
            stretch += 1
        elif record.kind == "d":
            dropped += record.value
        else:
            values = record.value if record.kind == "l" else [record.value]
            key = (stretch, record.name)
            kind = spooled.KINDS[record.kind]
            kinds[key] = spooled.common_kind(kinds.get(key, kind), kind)
            expected.setdefault(key, []).extend((repr(value), record.time, record.step) for value in values)
    got: dict[tuple[int, str], list[Any]] = {}
    heads = 0
    for part in found.parts:
        heads += part.run_id is not None
        for name, points in part.points.items():
            assert kinds[heads, name] == points.kind
            got[heads, name] = [(repr(v), t, s) for v, t, s in zip(points.values, points.times, points.steps)]
    assert got == expected or {k: v for k, v in expected.items() if v} == {k: v for k, v in got.items() if v}
    assert sum(part.dropped for part in found.parts) == dropped


def test_cut_anywhere_the_tail_is_kept() -> None:
    data = spool.head("run", 1, 0, 1.0) + b"".join(spool.encode(i, 1.0, "s", "x", i * 0.5) for i in range(1, 20))
    for cut in range(len(data) + 1):
        first = spooled.parse(data[:cut])
        second = spooled.parse(first.tail + data[cut:])
        values = [
            v for found in (first, second) for part in found.parts for p in part.points.values() for v in p.values
        ]
        assert values == [i * 0.5 for i in range(1, 20)]
        assert first.torn_lines == second.torn_lines == 0 and second.tail == b""


def test_lines_with_a_right_check_value_that_are_nothing() -> None:
    bodies = [
        b"[]",
        b"17",
        b"{",
        b'[1,2,"s"]',
        b'[1,"x","s","n",1]',
        b'[1,2,"?","n",1]',
        b'[1,2,"l","n",5]',
        b"\xff\xff",
    ]
    good = spool.encode(1, 1.0, "s", "x", 1)
    found = spooled.parse(good + b"".join(map(spool.frame, bodies)) + good)
    assert found.torn_lines == len(bodies)
    assert found.point_count == 2


def test_a_line_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled, "TAIL_LIMIT_BYTES", 100)
    found = spooled.parse(b"x" * 101)
    assert (found.tail, found.torn_lines) == (b"", 1)


@given(st.lists(SCALARS, min_size=1, max_size=200), st.lists(st.one_of(st.none(), st.integers(0, 2**40)), min_size=1))
@settings(max_examples=300, deadline=None)
def test_a_chunk_gives_back_what_was_logged(values: list[Any], steps: list[Any]) -> None:
    steps = [steps[i % len(steps)] for i in range(len(values))]
    chunk = series.pack(values, [float(i) for i in range(len(values))], steps)
    back = json.loads(json.dumps(chunk.others)) if chunk.others is not None else None
    chunk = series.Chunk(**{**chunk.__dict__, "others": back})
    got = series.values_of(chunk)
    assert [(type(v), repr(v)) for v in got] == [(type(v), repr(v)) for v in values]
    assert series.steps_of(chunk) == steps
    assert [repr(spool.unplain(v)) for v in series.wire_values(chunk)] == [repr(v) for v in values]
    finite = [float(v) for v in values if type(v) in (int, float, bool) and abs(v) <= 2**53 and math.isfinite(v)]
    finite += [v for v in values if type(v) is float and math.isfinite(v) and abs(v) > 2**53]
    outline = series.outline(chunk)
    assert (outline and (outline.low, outline.high)) == ((min(finite), max(finite)) if finite else None)
    assert outline is None or (outline.count, outline.time, outline.step) == (len(values), 0.0, steps[0])


def test_two_hundred_thousand_points_are_parsed_and_packed() -> None:
    chance = random.Random(1)
    lines = [spool.encode(i, 1e9 + i, "s", "loss" if i % 2 else "acc", chance.random(), i) for i in range(200_000)]
    data = spool.head("run", 1, 0, 1.0) + b"".join(lines)
    found = spooled.parse(data)
    prepared = [metric_rows.prepare(points) for part in found.parts for points in part.points.values()]
    assert sum(packed.chunk.count for item in prepared for packed in item.packed) == 200_000
