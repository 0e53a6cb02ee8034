"""Whole histories of metrics as bytes: numbers travel as they lie in the database, not as text.

One line of JSON, then for each series named there, in this order: the numbers (float64, little-endian, one per point)
and, unless all are floats, one byte per point that tells its type. A series whose values are no numbers at all (rows,
tables, text) has neither; its values are in the line.
"""

from __future__ import annotations

import json
import sys
from array import array
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from trainshed.contract.spool import unplain
from trainshed.contract.tuples import NamedTuple

#: What a point is. OTHER: its value stands in ``others``, in the spool's plain form (text, large integers, rows).
FLOAT, INT, BOOL, NONE, OTHER = 0, 1, 2, 3, 4
#: What follows the line for a series: numbers; numbers and types; nothing.
FLOATS, TYPED, OTHERS = "floats", "typed", "others"


class Column(NamedTuple):
    """All that a run logged under one name, in order. ``kind`` as of contract.api.MetricSeries."""

    name: str
    kind: str
    description: str
    values: Sequence[Any]


def head(runs: Sequence[Tuple[str, Sequence[Dict[str, Any]]]]) -> Dict[str, Any]:
    """The line for runs by their ids; see :func:`series_head`."""
    return {"runs": [{"run_id": run_id, "series": series} for run_id, series in runs]}


def series_head(name: str, kind: str, description: str, count: int, form: str, others: Sequence[Any]) -> Dict[str, Any]:
    """What the line says of one series."""
    return {
        "name": name,
        "kind": kind,
        "description": description,
        "count": count,
        "form": form,
        "others": others,
    }


def unpack(body: bytes) -> Iterator[Tuple[str, List[Column]]]:
    """Each run's id with its series. ValueError: the bytes are fewer or more than their line says."""
    end = body.index(b"\n") + 1
    said = json.loads(body[:end])
    rest = memoryview(body)[end:]
    for run in said["runs"]:
        columns = []
        for series in run["series"]:
            values, rest = _values(series, rest)
            columns.append(Column(series["name"], series["kind"], series["description"], values))
        yield run["run_id"], columns
    if len(rest):
        raise ValueError("%d bytes of metrics belong to no series" % len(rest))


def _values(series: Dict[str, Any], rest: memoryview) -> Tuple[List[Any], memoryview]:
    count, form = series["count"], series["form"]
    if form == OTHERS:
        return _others(series), rest
    numbers, rest = _taken(rest, 8 * count)
    values = array("d", numbers)
    if sys.byteorder != "little":
        values.byteswap()
    if form == FLOATS:
        return values.tolist(), rest
    types, rest = _taken(rest, count)
    return _typed(values, types, _others(series)), rest


def _taken(rest: memoryview, size: int) -> Tuple[bytes, memoryview]:
    if len(rest) < size:
        raise ValueError("%d bytes of metrics are missing" % (size - len(rest)))
    return bytes(rest[:size]), rest[size:]


def _others(series: Dict[str, Any]) -> List[Any]:
    return [unplain(other) for other in series["others"]]


def _typed(numbers: Sequence[float], types: bytes, others: List[Any]) -> List[Any]:
    if types.count(INT) == len(types):
        return list(map(int, numbers))
    further = iter(others)
    return [value_of(kind, number, further) for kind, number in zip(types, numbers)]


def value_of(kind: int, number: float, further: Iterator[Any]) -> Any:
    """The value as it was logged. ``further``: gives the next of those that are no numbers."""
    if kind == FLOAT:
        return number
    if kind == INT:
        return int(number)
    if kind == BOOL:
        return bool(number)
    return None if kind == NONE else next(further)
