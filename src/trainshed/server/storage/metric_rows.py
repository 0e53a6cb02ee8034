"""Series and their chunks in the database: append points, read histories, read what a chart needs."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from sqlalchemy import insert, select, update

from trainshed.server.storage import series
from trainshed.server.storage import tables as t
from trainshed.server.storage.series import Chunk
from trainshed.server.storage.spooled import Points
from trainshed.server.storage.writer import Reading, Transaction

_CHUNK_COLUMNS = tuple(t.metric_chunks.c[name] for name in Chunk.__dataclass_fields__)


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
    known = {(row.kind, row.name): row for row in of_run(tx, run_uid)}
    for item in prepared:
        key = (item.points.kind, item.points.name)
        row = known.get(key) or _add_series(tx, run_uid, item.points)
        known[key] = _append(tx, row, item)


def _add_series(tx: Transaction, run_uid: int, points: Points) -> SeriesRow:
    values = {"run_uid": run_uid, "name": points.name, "kind": points.kind, "description": points.description}
    number = int(tx.execute(insert(t.metric_series), values).inserted_primary_key[0])
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
    values = {"count": count, "description": description}
    tx.execute(update(t.metric_series).where(t.metric_series.c.id == row.id), values)
    return SeriesRow(row.id, row.name, row.kind, description, count)


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
    c = t.metric_chunks.c
    query = select(c.first, *_CHUNK_COLUMNS).where(c.series_id == series_id).order_by(c.first.desc()).limit(1)
    row = tx.execute(query).first()
    return None if row is None else (row[0], Chunk(*row[1:]))


def _put_chunk(tx: Transaction, series_id: int, first: int, chunk: Chunk) -> None:
    values: Dict[str, Any] = {"series_id": series_id, "first": first, **chunk.__dict__}
    tx.execute(insert(t.metric_chunks).prefix_with("OR REPLACE"), values)


# --- reading


def of_run(connection: Reading, run_uid: int, name: Optional[str] = None) -> List[SeriesRow]:
    """A run's series in the order of their first points."""
    c = t.metric_series.c
    query = select(c.id, c.name, c.kind, c.description, c.count).where(c.run_uid == run_uid).order_by(c.id)
    if name is not None:
        query = query.where(c.name == name)
    return [SeriesRow(*row) for row in connection.execute(query)]


def chunks(connection: Reading, series_id: int) -> Iterator[Chunk]:
    """All chunks of a series, in order."""
    c = t.metric_chunks.c
    query = select(*_CHUNK_COLUMNS).where(c.series_id == series_id).order_by(c.first)
    for row in connection.execute(query):
        yield Chunk(*row)


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
        found = [_whole(chunk) for chunk in _extents(connection, row.id, first, last)]
    elif span > width * series.BUCKET // 4:
        found = [b for at, chunk in _within(connection, row.id, first, last) for b in _pyramid(at, chunk)]
    else:
        found = [b for at, chunk in _within(connection, row.id, first, last) for b in _single(at, chunk)]
    wanted = [b for b in found if b.first + b.count > first and b.first < last and b.low == b.low]
    return _merged(wanted, width)


def _extents(connection: Reading, series_id: int, first: int, last: int) -> List[Any]:
    c = t.metric_chunks.c
    # The first eight bytes of `times` are the time of the first point: no need to read the rest.
    from sqlalchemy import func

    query = select(c.first, c.count, c.low, c.high, func.substr(c.times, 1, 8)).where(
        c.series_id == series_id, c.first < last, c.first + c.count > first, c.low.is_not(None)
    )
    return list(connection.execute(query.order_by(c.first)).all())


def _whole(row: Any) -> Bucket:
    return Bucket(row[0], row[1], row[2], row[3], array("d", row[4])[0])


def _within(connection: Reading, series_id: int, first: int, last: int) -> Iterator[Tuple[int, Any]]:
    c = t.metric_chunks.c
    query = select(c.first, c.count, c.numbers, c.times, c.pyramid).where(
        c.series_id == series_id, c.first < last, c.first + c.count > first, c.pyramid.is_not(None)
    )
    for row in connection.execute(query.order_by(c.first)):
        yield row[0], row


def _pyramid(first: int, row: Any) -> Iterator[Bucket]:
    pairs, times = array("d", row[4]), array("d", row[3])
    for number in range(len(pairs) // 2):
        at = number * series.BUCKET
        count = min(series.BUCKET, row[1] - at)
        yield Bucket(first + at, count, pairs[2 * number], pairs[2 * number + 1], times[at])


def _single(first: int, row: Any) -> Iterator[Bucket]:
    for offset, (number, time) in enumerate(zip(array("d", row[2]), array("d", row[3]))):
        yield Bucket(first + offset, 1, number, number, time)


def _merged(buckets: List[Bucket], width: int) -> List[Bucket]:
    """Neighbours together until there are at most ``2 * width``."""
    size = -(-len(buckets) // max(1, 2 * width))
    if size <= 1:
        return buckets
    groups = [buckets[start : start + size] for start in range(0, len(buckets), size)]
    return [
        Bucket(g[0].first, sum(b.count for b in g), min(b.low for b in g), max(b.high for b in g), g[0].time)
        for g in groups
    ]
