"""Parts of a series that a page shows: the values logged last, and the steps that go with a chart's points."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import Any, List, Optional, Sequence

from sqlalchemy import bindparam, select

from trainshed.server.storage import series
from trainshed.server.storage import tables as t
from trainshed.server.storage.series import NO_STEP, Chunk
from trainshed.server.storage.writer import Reading

#: Chunks whose steps are read whole; between those of a longer stretch, steps are taken to be evenly spaced.
MOST_CHUNKS = 32

_c = t.metric_chunks.c
_COLUMNS = tuple(_c[name] for name in Chunk.__dataclass_fields__)
_NEWEST = select(*_COLUMNS).where(_c.series_id == bindparam("series")).order_by(_c.first.desc())
_HAS_STEPS = select(_c.first).where(_c.series_id == bindparam("series"), _c.steps.is_not(None)).limit(1)
_PLACES = (
    select(_c.first, _c.count)
    .where(_c.series_id == bindparam("series"), _c.first < bindparam("last"), _c.first + _c.count > bindparam("begin"))
    .order_by(_c.first)
)
_STEPS = select(_c.steps).where(_c.series_id == bindparam("series"), _c.first == bindparam("first"))


def newest(connection: Reading, series_id: int, limit: int) -> List[Any]:
    """The values logged last, oldest first; of its own type each."""
    found: List[Any] = []
    for row in connection.execute(_NEWEST, {"series": series_id}):
        found = series.values_of(Chunk(*row)) + found
        if len(found) >= limit:
            break
    return found[-limit:]


def has_steps(connection: Reading, series_id: int) -> bool:
    """Whether any point was logged with a step."""
    return connection.execute(_HAS_STEPS, {"series": series_id}).first() is not None


def steps_at(connection: Reading, series_id: int, points: Sequence[int]) -> List[float]:
    """The steps of some points (their numbers, rising); of a point that has none, its number.

    Where the points lie in more than MOST_CHUNKS chunks, only some are read: the first of a chunk and the last point
    are right, those between are spaced evenly.
    """
    if not points:
        return []
    stretch = {"series": series_id, "begin": points[0], "last": points[-1] + 1}
    places = list(connection.execute(_PLACES, stretch))
    every = -(-len(places) // MOST_CHUNKS)
    known: List[int] = []
    steps: List[float] = []
    for number, (first, count) in enumerate(places):
        if number % every and number < len(places) - 1:
            continue
        found = _of_chunk(connection, series_id, first, count)
        wanted = range(count) if every == 1 or number == len(places) - 1 else range(1)
        known.extend(first + index for index in wanted)
        steps.extend(found[index] for index in wanted)
    return [_between(known, steps, point) for point in points]


def _of_chunk(connection: Reading, series_id: int, first: int, count: int) -> List[float]:
    packed: Optional[bytes] = connection.execute(_STEPS, {"series": series_id, "first": first}).scalar()
    if packed is None:
        return [float(first + index) for index in range(count)]
    return [float(first + index if step == NO_STEP else step) for index, step in enumerate(array("q", packed))]


def _between(known: Sequence[int], steps: Sequence[float], point: int) -> float:
    right = bisect_right(known, point)
    if right == 0:
        return float(point)
    left = right - 1
    if known[left] == point or right == len(known):
        return steps[left]
    share = (point - known[left]) / (known[right] - known[left])
    return steps[left] + share * (steps[right] - steps[left])
