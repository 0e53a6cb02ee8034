"""Series and their chunks in the database: append points, read histories, read what a chart needs."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from sqlalchemy import bindparam, func, insert, select, update

from trainshed.server.storage import series
from trainshed.server.storage import tables as t
from trainshed.server.storage.series import Chunk
from trainshed.server.storage.spooled import Points, common_kind
from trainshed.server.storage.writer import Reading, Transaction

_CHUNK_COLUMNS = tuple(t.metric_chunks.c[name] for name in Chunk.__dataclass_fields__)

_m = t.metric_series.c
_SERIES = (
    select(_m.id, _m.name, _m.kind, _m.description, _m.count).where(_m.run_uid == bindparam("uid")).order_by(_m.id)
)
_SERIES_NAMED = _SERIES.where(_m.name == bindparam("name"))
_ADD_SERIES = insert(t.metric_series)
_PUT_SERIES = update(t.metric_series).where(_m.id == bindparam("series"))
_OF_SERIES = select(t.metric_chunks.c.first, *_CHUNK_COLUMNS).where(t.metric_chunks.c.series_id == bindparam("series"))
_LAST_CHUNK = _OF_SERIES.order_by(t.metric_chunks.c.first.desc()).limit(1)
_CHUNKS = _OF_SERIES.order_by(t.metric_chunks.c.first)
_PUT_CHUNK = insert(t.metric_chunks).prefix_with("OR REPLACE")


@dataclass(frozen=True)
class SeriesRow:
    """A series without its points."""

    id: int
    name: str
    kind: str
    description: str
    count: int


@dataclass(frozen=True)
class Prepared:
    """Points of one series, packed aside from the writer; no chunks: so few points that they join an open one."""

    points: Points
    chunks: Tuple[Chunk, ...]


def prepare(points: Points) -> Prepared:
    """Pack what is certain to need chunks of its own. Few points are packed when it is known which chunk they join."""
    if len(points.values) < series.OPEN_CHUNK:
        return Prepared(points, ())
    return Prepared(points, tuple(_packed(points, 0)))


def _packed(points: Points, start: int) -> Iterator[Chunk]:
    for first in range(start, len(points.values), series.CHUNK):
        end = first + series.CHUNK
        yield series.pack(points.values[first:end], points.times[first:end], points.steps[first:end])


def append(tx: Transaction, run_uid: int, prepared: Sequence[Prepared]) -> None:
    """Add points to a run's series; a new name comes after those known."""
    if not prepared:
        return
    known = {row.name: row for row in of_run(tx, run_uid)}
    for item in prepared:
        name = item.points.name
        known[name] = _append(tx, known.get(name) or _add_series(tx, run_uid, item.points), item)


def _add_series(tx: Transaction, run_uid: int, points: Points) -> SeriesRow:
    values = {"run_uid": run_uid, "name": points.name, "kind": points.kind, "description": points.description}
    number = int(tx.execute(_ADD_SERIES, values).inserted_primary_key[0])
    return SeriesRow(number, points.name, points.kind, points.description, 0)


def _append(tx: Transaction, row: SeriesRow, item: Prepared) -> SeriesRow:
    count = row.count
    if item.chunks:
        for chunk in item.chunks:
            _put_chunk(tx, row.id, count, chunk)
            count += chunk.count
    else:
        count = _append_few(tx, row, item.points)
    description = item.points.description or row.description
    kind = common_kind(row.kind, item.points.kind)
    tx.execute(_PUT_SERIES, {"series": row.id, "kind": kind, "count": count, "description": description})
    return SeriesRow(row.id, row.name, kind, description, count)


def _append_few(tx: Transaction, row: SeriesRow, points: Points) -> int:
    """Join the last chunk while it is small, so that a slow series doesn't end as a row per point."""
    values, times, steps, first = points.values, points.times, points.steps, row.count
    last = _last_chunk(tx, row.id) if row.count else None
    if last is not None and last[1].count < series.OPEN_CHUNK:
        first, chunk = last
        values = series.values_of(chunk) + values
        times = series.times_of(chunk) + times
        steps = series.steps_of(chunk) + steps
    _put_chunk(tx, row.id, first, series.pack(values, times, steps))
    return row.count + len(points.values)


def _last_chunk(tx: Reading, series_id: int) -> Optional[Tuple[int, Chunk]]:
    row = tx.execute(_LAST_CHUNK, {"series": series_id}).first()
    return None if row is None else (row[0], Chunk(*row[1:]))


def _put_chunk(tx: Transaction, series_id: int, first: int, chunk: Chunk) -> None:
    values: Dict[str, Any] = {"series_id": series_id, "first": first, **chunk.__dict__}
    tx.execute(_PUT_CHUNK, values)


# --- reading


def of_run(connection: Reading, run_uid: int, name: Optional[str] = None) -> List[SeriesRow]:
    """A run's series in the order of their first points."""
    if name is None:
        return [SeriesRow(*row) for row in connection.execute(_SERIES, {"uid": run_uid})]
    return [SeriesRow(*row) for row in connection.execute(_SERIES_NAMED, {"uid": run_uid, "name": name})]


def chunks(connection: Reading, series_id: int) -> Iterator[Chunk]:
    """All chunks of a series, in order."""
    for row in connection.execute(_CHUNKS, {"series": series_id}):
        yield Chunk(*row[1:])


def last(connection: Reading, series_id: int) -> Any:
    """The value logged last, as it was logged; None for a series without points."""
    found = _last_chunk(connection, series_id)
    return None if found is None else series.values_of(found[1])[-1]


@dataclass(frozen=True)
class Bucket:
    """A stretch of a chart: ``count`` points from ``first`` on, their extent, and the time of the first."""

    first: int
    count: int
    low: float
    high: float
    time: float


def chart(connection: Reading, row: SeriesRow, first: int, last: int, width: int) -> List[Bucket]:
    """The points ``first`` to ``last`` (exclusive) in at most about ``2 * width`` buckets, as coarse as will do.

    Single points where they are few, the pyramid's buckets where they are many, whole chunks where they are very many.
    """
    span = max(1, last - first)
    if span > width * series.CHUNK // 4:
        found = _whole_chunks(connection, row.id, first, last)
    elif span > width * series.BUCKET // 4:
        found = _pyramids(connection, row.id, first, last)
    else:
        found = _single_points(connection, row.id, first, last)
    return _merged(found, first, last, width)


@dataclass
class _Course:
    """Buckets as columns: quick to slice. ``nan`` where a bucket holds no number."""

    firsts: List[int] = field(default_factory=list)
    counts: List[int] = field(default_factory=list)
    lows: List[float] = field(default_factory=list)
    highs: List[float] = field(default_factory=list)
    times: List[float] = field(default_factory=list)


def _stretch(connection: Reading, series_id: int, first: int, last: int, *columns: Any) -> Any:
    c = t.metric_chunks.c
    inside = (c.series_id == series_id) & (c.first < last) & (c.first + c.count > first) & c.low.is_not(None)
    return connection.execute(select(c.first, c.count, *columns).where(inside).order_by(c.first))


def _whole_chunks(connection: Reading, series_id: int, first: int, last: int) -> _Course:
    c = t.metric_chunks.c
    course = _Course()
    # The first eight bytes of `times` are the time of the first point: no need to read the rest.
    columns = (c.low, c.high, func.substr(c.times, 1, 8))
    for start, count, low, high, time in _stretch(connection, series_id, first, last, *columns):
        course.firsts.append(start)
        course.counts.append(count)
        course.lows.append(low)
        course.highs.append(high)
        course.times.append(array("d", time)[0])
    return course


def _pyramids(connection: Reading, series_id: int, first: int, last: int) -> _Course:
    course = _Course()
    for start, count, pyramid in _stretch(connection, series_id, first, last, t.metric_chunks.c.pyramid):
        numbers = array("d", pyramid)
        starts = range(start, start + count, series.BUCKET)
        course.firsts.extend(starts)
        course.counts.extend([series.BUCKET] * (len(starts) - 1) + [start + count - starts[-1]])
        course.lows.extend(numbers[0::3])
        course.highs.extend(numbers[1::3])
        course.times.extend(numbers[2::3])
    return course


def _single_points(connection: Reading, series_id: int, first: int, last: int) -> _Course:
    c = t.metric_chunks.c
    course = _Course()
    for start, count, numbers, times in _stretch(connection, series_id, first, last, c.numbers, c.times):
        values = [value if math.isfinite(value) else math.nan for value in array("d", numbers)]
        course.firsts.extend(range(start, start + count))
        course.counts.extend([1] * count)
        course.lows.extend(values)
        course.highs.extend(values)
        course.times.extend(array("d", times))
    return course


def _merged(course: _Course, first: int, last: int, width: int) -> List[Bucket]:
    """Neighbours together until there are at most ``2 * width``; without those outside, and those without a number."""
    begin = bisect_left([start + count for start, count in zip(course.firsts, course.counts)], first + 1)
    end = bisect_left(course.firsts, last)
    size = max(1, -(-(end - begin) // max(1, 2 * width)))
    buckets = []
    for at in range(begin, end, size):
        to = min(at + size, end)
        lows = [low for low in course.lows[at:to] if low == low]
        if lows:
            high = max(high for high in course.highs[at:to] if high == high)
            count = course.firsts[to - 1] + course.counts[to - 1] - course.firsts[at]
            buckets.append(Bucket(course.firsts[at], count, min(lows), high, course.times[at]))
    return buckets
