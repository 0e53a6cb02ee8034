"""Series and their chunks in the database: append points, read histories. What charts read: storage/charts.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from sqlalchemy import bindparam, insert, select, update

from trainshed.server.storage import series
from trainshed.server.storage import tables as t
from trainshed.server.storage.series import Chunk, Outline
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
_VALUES = (
    select(*(t.metric_chunks.c[name] for name in ("count", "numbers", "types", "others")))
    .where(t.metric_chunks.c.series_id == bindparam("series"))
    .order_by(t.metric_chunks.c.first)
)
_PUT_CHUNK = insert(t.metric_chunks).prefix_with("OR REPLACE")
_PUT_OUTLINE = insert(t.metric_outlines).prefix_with("OR REPLACE")


@dataclass(frozen=True)
class SeriesRow:
    """A series without its points."""

    id: int
    name: str
    kind: str
    description: str
    count: int


@dataclass(frozen=True)
class Bucket:
    """A stretch of a chart: ``count`` points from ``first`` on, their extent, time and step of the first."""

    first: int
    count: int
    low: float
    high: float
    time: float
    step: Optional[int] = None


class Packed(NamedTuple):
    """A chunk with its outline."""

    chunk: Chunk
    outline: Optional[Outline]


@dataclass(frozen=True)
class Prepared:
    """Points of one series, packed aside from the writer; nothing packed: so few points that they join a chunk."""

    points: Points
    packed: Tuple[Packed, ...]


def prepare(points: Points) -> Prepared:
    """Pack what is certain to need chunks of its own. Few points are packed when it is known which chunk they join."""
    if len(points.values) < series.OPEN_CHUNK:
        return Prepared(points, ())
    return Prepared(points, tuple(_packed(points)))


def _packed(points: Points) -> Iterator[Packed]:
    for first in range(0, len(points.values), series.CHUNK):
        end = first + series.CHUNK
        yield _pack(points.values[first:end], points.times[first:end], points.steps[first:end])


def _pack(values: Sequence[Any], times: Sequence[float], steps: Sequence[Optional[int]]) -> Packed:
    chunk = series.pack(values, times, steps)
    return Packed(chunk, series.outline(chunk))


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
    if item.packed:
        for packed in item.packed:
            _put(tx, row.id, count, packed)
            count += packed.chunk.count
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
    _put(tx, row.id, first, _pack(values, times, steps))
    return row.count + len(points.values)


def _last_chunk(tx: Reading, series_id: int) -> Optional[Tuple[int, Chunk]]:
    row = tx.execute(_LAST_CHUNK, {"series": series_id}).first()
    return None if row is None else (row[0], Chunk(*row[1:]))


def _put(tx: Transaction, series_id: int, first: int, packed: Packed) -> None:
    place = {"series_id": series_id, "first": first}
    tx.execute(_PUT_CHUNK, {**place, **packed.chunk.__dict__})
    if packed.outline is not None:
        tx.execute(_PUT_OUTLINE, {**place, **packed.outline.__dict__})


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


@dataclass(frozen=True)
class Values:
    """The values of a chunk, as it keeps them."""

    count: int
    numbers: bytes
    types: Optional[bytes]
    others: Optional[List[Any]]


def values(connection: Reading, series_id: int) -> List[Values]:
    """All values of a series, chunk by chunk. Times and steps stay on the disk."""
    return [Values(*row) for row in connection.execute(_VALUES, {"series": series_id})]


def last(connection: Reading, series_id: int) -> Any:
    """The value logged last, as it was logged; None for a series without points."""
    found = _last_chunk(connection, series_id)
    return None if found is None else series.values_of(found[1])[-1]
