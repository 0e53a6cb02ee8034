"""How the points of a series lie in a chunk, and what a chunk knows about them without being unpacked.

numbers  float64, one per point (0 where ``types`` says that the value is no number); empty for rows and tables
times    float64, seconds since the epoch
steps    int64, one per point, :data:`NO_STEP` where there is none; NULL when no point has one
types    NULL: all are floats; one byte: all are of that type; else one byte per point
others   the values that no float64 can hold, in order (strings, large integers, rows, tables)
pyramid  float64 triples (lowest, highest, time of the first) of each :data:`BUCKET` points; nan: it has no number
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Tuple

from trainshed.contract.spool import plain, unplain

FLOAT, INT, BOOL, NONE, OTHER = 0, 1, 2, 3, 4
NO_STEP = -(2**63)
BUCKET = 64

#: Points of a chunk that is written at once, and up to where a chunk that was written with few points is filled.
CHUNK, OPEN_CHUNK = 8192, 1024

_EXACT = 2**53  # integers up to here are float64 as they are


@dataclass(frozen=True)
class Chunk:
    """Packed points; see the module's text."""

    count: int
    low: Optional[float]
    high: Optional[float]
    numbers: bytes
    times: bytes
    steps: Optional[bytes]
    types: Optional[bytes]
    others: Optional[List[Any]]
    pyramid: Optional[bytes]


def pack(values: Sequence[Any], times: Sequence[float], steps: Sequence[Optional[int]]) -> Chunk:
    """One chunk of all points given; scalars of any type v1 allows, or mappings (rows, tables)."""
    types, numbers, others = _split(values)
    packed_times = array("d", times)
    low, high, pyramid = None, None, None
    if numbers and (types is None or any(kind < NONE for kind in types)):
        low, high, pyramid = _extent(numbers, packed_times)
    packed_steps = None
    if any(step is not None for step in steps):
        packed_steps = array("q", [NO_STEP if step is None else step for step in steps]).tobytes()
    return Chunk(
        count=len(values),
        low=low,
        high=high,
        numbers=numbers.tobytes(),
        times=packed_times.tobytes(),
        steps=packed_steps,
        types=types,
        others=others or None,
        pyramid=pyramid,
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


def _extent(numbers: array[float], times: array[float]) -> Tuple[Optional[float], Optional[float], bytes]:
    if math.isfinite(sum(numbers)):
        buckets = [numbers[start : start + BUCKET] for start in range(0, len(numbers), BUCKET)]
        lows, highs = list(map(min, buckets)), list(map(max, buckets))
    else:
        kept = [[v for v in numbers[i : i + BUCKET] if math.isfinite(v)] for i in range(0, len(numbers), BUCKET)]
        lows = [min(bucket, default=math.nan) for bucket in kept]
        highs = [max(bucket, default=math.nan) for bucket in kept]
    pyramid = array("d", [item for triple in zip(lows, highs, times[::BUCKET]) for item in triple]).tobytes()
    low = min((value for value in lows if value == value), default=None)
    high = max((value for value in highs if value == value), default=None)
    return low, high, pyramid


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
    return [_value(kind, number, others) for kind, number in zip(types, numbers)]


def _value(kind: int, number: float, others: Any) -> Any:
    if kind == FLOAT:
        return number
    if kind == INT:
        return int(number)
    if kind == BOOL:
        return bool(number)
    return None if kind == NONE else next(others)


def wire_values(chunk: Chunk) -> List[Any]:
    """The values as JSON can say them: nan and inf in the spool's form."""
    if chunk.types == bytes((OTHER,)):
        return chunk.others or []  # they are stored in that form
    values = values_of(chunk)
    if chunk.pyramid is None or not math.isfinite(sum(array("d", chunk.numbers))):
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
