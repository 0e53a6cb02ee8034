"""The last values of many runs side by side: what a list compares them by."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from sqlalchemy import bindparam, func, select

from trainshed.server.storage import metric_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading

_m, _c, _r = t.metric_series.c, t.metric_chunks.c, t.runs.c
_FLOAT_BYTES = 8
#: So many names are looked at for those with numbers.
_LOOKED_AT = 24
#: The last number of the last chunk; the chunk itself stays on the disk.
_LAST = (
    select(func.substr(_c.numbers, -_FLOAT_BYTES), _c.types)
    .where(_c.series_id == bindparam("series"))
    .order_by(_c.first.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Compared:
    """``names``: of all scalar metrics that the runs have, those of most runs first. ``values``: the last ones of the
    chosen names, by run.
    """

    names: Tuple[str, ...]
    chosen: Tuple[str, ...]
    values: Mapping[str, Mapping[str, Any]]


#: Of no runs.
NOTHING = Compared((), (), {})


def compare(
    connection: Reading, workspace_id: str, run_ids: Sequence[str], chosen: Sequence[str], most: int
) -> Compared:
    """The last values of some runs.

    Args:
        chosen: names that are asked for; none: those of most runs whose last values are numbers, then the others.
        most: so many names at most, if none is asked for.
    """
    series = _series(connection, workspace_id, run_ids)
    runs_with: Dict[str, int] = {}
    for one in series.values():
        for name in one:
            runs_with[name] = runs_with.get(name, 0) + 1
    names = tuple(sorted(runs_with, key=lambda name: -runs_with[name]))
    wanted = tuple(chosen) or _numbers_first(connection, series, names, most)
    values = {
        run_id: {name: _last(connection, one[name]) for name in wanted if name in one} for run_id, one in series.items()
    }
    return Compared(names, wanted, values)


def _numbers_first(
    connection: Reading, series: Mapping[str, Mapping[str, int]], names: Sequence[str], most: int
) -> Tuple[str, ...]:
    """The first ``most`` names that any run has a number for, then others. Only the first names are looked at."""
    numeric: List[str] = []
    for name in names[:_LOOKED_AT]:
        if len(numeric) == most:
            break
        if any(_is_number(_last(connection, one[name])) for one in series.values() if name in one):
            numeric.append(name)
    return (*numeric, *(name for name in names if name not in numeric))[:most]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _series(connection: Reading, workspace_id: str, run_ids: Sequence[str]) -> Dict[str, Dict[str, int]]:
    """Numbers of scalar series, by run and name, in the order first logged."""
    query = select(_r.id, _m.name, _m.id).join_from(t.runs, t.metric_series, _m.run_uid == _r.uid)
    query = query.where(_r.workspace_id == workspace_id, _r.id.in_(run_ids), _m.kind == "scalar").order_by(_m.id)
    found: Dict[str, Dict[str, int]] = {}
    for run_id, name, number in connection.execute(query):
        found.setdefault(run_id, {})[name] = number
    return found


def _last(connection: Reading, series_id: int) -> Any:
    row = connection.execute(_LAST, {"series": series_id}).first()
    if row is None:
        return None
    number, types = row
    if types is not None or len(number) < _FLOAT_BYTES:  # not all of them are floats
        return metric_rows.last(connection, series_id)
    return array("d", number)[0]
