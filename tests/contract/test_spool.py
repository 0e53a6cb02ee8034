"""The metric spool's lines: what was written is read, what was torn is counted."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from trainshed.contract import spool

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other and type(one) is type(other)


@given(st.text(max_size=30), SCALARS, st.none() | st.integers(), st.text(max_size=10))
def test_a_scalar_is_read_as_it_was_logged(name: str, value: spool.Scalar, step: int | None, description: str) -> None:
    line = spool.encode(4, 12.5, spool.SCALAR, name, spool.plain(value), step, description)
    (record,) = spool.parse(line)
    assert isinstance(record, spool.SpoolRecord)
    assert (record.seq, record.time, record.kind, record.name) == (4, 12.5, "s", name)
    assert same(record.value, value)
    assert (record.step, record.description) == (step, description)


@given(st.dictionaries(st.text(max_size=5), st.lists(SCALARS, max_size=4), max_size=3))
def test_a_table_is_read_as_it_was_logged(table: dict[str, list[spool.Scalar]]) -> None:
    value = {column: [spool.plain(cell) for cell in cells] for column, cells in table.items()}
    (record,) = spool.parse(spool.encode(0, 0.0, spool.TABLE, "t", value))
    assert isinstance(record, spool.SpoolRecord)
    assert list(record.value) == list(table)
    assert all(same(a, b) for column in table for a, b in zip(record.value[column], table[column], strict=True))


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_line_cut_anywhere_is_counted_and_its_neighbours_survive(cut: int, flip: int) -> None:
    lines = [spool.encode(n, 1.0, spool.SCALAR, "loss", n) for n in range(3)]
    torn = lines[1][: cut % (len(lines[1]) - 1)] + b"\n"
    got = list(spool.parse(lines[0] + torn + lines[2]))
    values = [record.value for record in got if isinstance(record, spool.SpoolRecord)]
    assert values == [0, 2]
    assert sum(isinstance(record, spool.TornLine) for record in got) == (1 if torn != b"\n" else 0)


@given(st.binary(max_size=200))
def test_noise_never_raises(noise: bytes) -> None:
    assert all(isinstance(record, spool.TornLine) for record in spool.parse(noise.replace(b"\r", b"") + b"\n"))


def test_the_head_names_the_run() -> None:
    (record,) = spool.parse(spool.head("exp_1_ab", 12, 3, 9.0))
    assert isinstance(record, spool.SpoolRecord)
    assert spool.read_head(record) == ("exp_1_ab", 3)


def test_whole_lines_leaves_the_tail() -> None:
    assert spool.whole_lines(b"a\nb\nc") == 4
    assert spool.whole_lines(b"abc") == 0
