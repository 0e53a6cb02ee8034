"""How the points of a series lie in a chunk, and what charts are drawn from without reading chunks.

A chunk:

numbers  float64, one per point (0 where ``types`` says that the value is no number); empty for rows and tables
times    float64, seconds since the epoch
steps    int64, one per point, :data:`NO_STEP` where there is none; NULL when no point has one
types    NULL: all are floats; one byte: all are of that type (contract/columns.py); else one byte per point
others   the values that no float64 can hold, in order (strings, large integers, rows, tables)

Its outline, in a table of its own (in that of the chunks SQLite would read through all that lies before it); a chunk
without a finite number has none:

low, high, time, step  the extent of all points, time and step of the first
pyramid                float64 triples (lowest, highest, time of the first) of each :data:`BUCKET` points; nan: it has
                       no number
steps                  int64, the step of the first of each :data:`BUCKET` points; NULL when no point has one
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

from trainshed.contract.columns import BOOL, FLOAT, INT, NONE, OTHER, value_of
from trainshed.contract.spool import plain, unplain

NO_STEP = -(2**63)
BUCKET = 64

#: Points of a chunk that is written at once, and up to where a chunk that was written with few points is filled.
CHUNK, OPEN_CHUNK = 8192, 1024

_EXACT = 2**53  # integers up to here are float64 as they are


@dataclass(frozen=True)
class Chunk:
    """Packed points; see the module's text."""

    count: int
    numbers: bytes
    times: bytes
    steps: Optional[bytes]
    types: Optional[bytes]
    others: Optional[List[Any]]


@dataclass(frozen=True)
class Outline:
    """What a chart needs to know of a chunk; see the module's text."""

    count: int
    low: float
    high: float
    time: float
    step: Optional[int]
    pyramid: bytes
    steps: Optional[bytes]


def pack(values: Sequence[Any], times: Sequence[float], steps: Sequence[Optional[int]]) -> Chunk:
    """One chunk of all points given; scalars of any type v1 allows, or mappings (rows, tables)."""
    types, numbers, others = _split(values)
    packed_steps = None
    if any(step is not None for step in steps):
        packed_steps = array("q", [NO_STEP if step is None else step for step in steps]).tobytes()
    return Chunk(
        count=len(values),
        numbers=numbers.tobytes(),
        times=array("d", times).tobytes(),
        steps=packed_steps,
        types=types,
        others=others or None,
    )


def _split(values: Sequence[Any]) -> Tuple[Optional[bytes], array[float], List[Any]]:
    classes = set(map(type, values))
    if classes == {float}:
        return None, array("d", values), []
    if classes == {int} and min(values) >= -_EXACT and max(values) <= _EXACT:
        return bytes((INT,)), array("d", values), []
    if not classes & {float, int, bool, type(None)}:
        return bytes((OTHER,)), array("d"), [_storable(value) for value in values]
    types = bytes(_type_of(value) for value in values)
    others = [_storable(value) for value, kind in zip(values, types) if kind == OTHER]
    numbers = array("d", [value if kind < NONE else math.nan for value, kind in zip(values, types)])
    return types, numbers, others


def _type_of(value: Any) -> int:
    if value.__class__ is float:
        return FLOAT
    if value.__class__ is int:
        return INT if -_EXACT <= value <= _EXACT else OTHER
    if value.__class__ is bool:
        return BOOL
    return NONE if value is None else OTHER


def _storable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    return plain(value)


def outline(chunk: Chunk) -> Optional[Outline]:
    """What charts are drawn from; None: the chunk has no finite number."""
    if not chunk.numbers or (chunk.types is not None and min(chunk.types) >= NONE):
        return None
    numbers, times = array("d", chunk.numbers), array("d", chunk.times)
    lows, highs = _extents(numbers)
    low = min((value for value in lows if value == value), default=None)
    high = max((value for value in highs if value == value), default=None)
    if low is None or high is None:
        return None
    pyramid = array("d", [item for triple in zip(lows, highs, times[::BUCKET]) for item in triple])
    steps = None if chunk.steps is None else array("q", chunk.steps)[::BUCKET]
    step = None if steps is None or steps[0] == NO_STEP else steps[0]
    packed_steps = None if steps is None else steps.tobytes()
    return Outline(chunk.count, low, high, times[0], step, pyramid.tobytes(), packed_steps)


def _extents(numbers: array[float]) -> Tuple[List[float], List[float]]:
    """The lowest and the highest finite number of each bucket; nan where it has none."""
    buckets = [numbers[start : start + BUCKET] for start in range(0, len(numbers), BUCKET)]
    if math.isfinite(sum(numbers)):
        return list(map(min, buckets)), list(map(max, buckets))
    kept = [[value for value in bucket if math.isfinite(value)] for bucket in buckets]
    return [min(bucket, default=math.nan) for bucket in kept], [max(bucket, default=math.nan) for bucket in kept]


def values_of(chunk: Chunk) -> List[Any]:
    """The values as they were logged, each of its own type."""
    numbers = array("d", chunk.numbers)
    if chunk.types is None:
        return numbers.tolist()
    if chunk.types == bytes((INT,)):
        return list(map(int, numbers))
    others = iter([unplain(other) for other in chunk.others or ()])
    if chunk.types == bytes((OTHER,)):
        return list(others)
    types = chunk.types if len(chunk.types) == chunk.count else chunk.types * chunk.count
    return [value_of(kind, number, others) for kind, number in zip(types, numbers)]


def wire_values(chunk: Chunk) -> List[Any]:
    """The values as JSON can say them: nan and inf in the spool's form."""
    if chunk.types == bytes((OTHER,)):
        return chunk.others or []  # they are stored in that form
    values = values_of(chunk)
    if chunk.others or not math.isfinite(sum(array("d", chunk.numbers))):
        return [_storable(value) for value in values]
    return values


def times_of(chunk: Chunk) -> List[float]:
    """Seconds since the epoch, one per point."""
    return array("d", chunk.times).tolist()


def steps_of(chunk: Chunk) -> List[Optional[int]]:
    """One per point; None where it has none."""
    if chunk.steps is None:
        return [None] * chunk.count
    return [None if step == NO_STEP else step for step in array("q", chunk.steps)]
