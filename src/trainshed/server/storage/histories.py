"""Whole histories: as records for JSON, and as bytes for those who want millions of points."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence, Tuple

from trainshed.contract import columns
from trainshed.contract.api import MetricSeries
from trainshed.contract.columns import FLOAT, FLOATS, OTHER, OTHERS, TYPED
from trainshed.server.storage import metric_rows
from trainshed.server.storage import series as packing
from trainshed.server.storage.columns import json_text
from trainshed.server.storage.metric_rows import SeriesRow, Values
from trainshed.server.storage.writer import Reading


def series(connection: Reading, row: SeriesRow, *, detail: bool) -> MetricSeries:
    """A series as it goes over the wire; with ``detail`` also each point's time and step."""
    chunks = list(metric_rows.chunks(connection, row.id))
    values = tuple(value for chunk in chunks for value in packing.wire_values(chunk))
    times: Tuple[float, ...] = ()
    steps: Tuple[Optional[int], ...] = ()
    if detail:
        times = tuple(time for chunk in chunks for time in packing.times_of(chunk))
        if any(chunk.steps is not None for chunk in chunks):
            steps = tuple(step for chunk in chunks for step in packing.steps_of(chunk))
    return MetricSeries(row.name, row.kind, values, steps, times, row.description)


def packed(connection: Reading, wanted: Sequence[Tuple[str, Sequence[SeriesRow]]]) -> bytes:
    """The series of runs in the form of contract/columns.py."""
    pieces: List[bytes] = []
    heads = [(run_id, [_packed(connection, row, pieces) for row in rows]) for run_id, rows in wanted]
    line = json_text(columns.head(heads)).encode() + b"\n"
    return b"".join([line, *pieces])


def _packed(connection: Reading, row: SeriesRow, pieces: List[bytes]) -> Dict[str, Any]:
    chunks = metric_rows.values(connection, row.id)
    form = _form(chunks)
    if form != OTHERS:
        pieces += map(_numbers, chunks)
    if form == TYPED:
        pieces += map(_types, chunks)
    others = [other for chunk in chunks for other in chunk.others or ()]
    # Counted here: points may have come since the row was read.
    count = sum(chunk.count for chunk in chunks)
    return columns.series_head(row.name, row.kind, row.description, count, form, others)


def _form(chunks: Sequence[Values]) -> str:
    if all(chunk.types is None for chunk in chunks):
        return FLOATS
    return OTHERS if all(chunk.types is not None and min(chunk.types) == OTHER for chunk in chunks) else TYPED


def _numbers(chunk: Values) -> bytes:
    return chunk.numbers or bytes(8 * chunk.count)


def _types(chunk: Values) -> bytes:
    if chunk.types is None:
        return bytes((FLOAT,)) * chunk.count
    return chunk.types if len(chunk.types) == chunk.count else chunk.types * chunk.count
