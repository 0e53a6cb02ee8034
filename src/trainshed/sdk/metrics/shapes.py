"""From series, as the server keeps them, to what v1's ``get_metrics`` gives.

Works on the plain JSON values: a run may have millions of points, and each would otherwise become an object twice.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from trainshed.contract.spool import unplain

Series = Mapping[str, Any]  # contract.api.MetricSeries as JSON


def v1_metrics(series: Sequence[Series]) -> Dict[str, Any]:
    """Metrics by name, in the order first logged.

    A scalar logged once is the scalar, repeated it is a list; a list is a list; one row is a dict of scalars, several
    rows and tables are dicts of lists.
    """
    return {one["name"]: _value(one) for one in series}


def _value(series: Series) -> Any:
    if series["kind"] in ("scalar", "list"):
        values = _scalars(series["values"])
        return values[0] if len(values) == 1 and series["kind"] == "scalar" else values
    return _columns(series)


def _scalars(values: Sequence[Any]) -> Sequence[Any]:
    return unplain(list(values)) if any(value.__class__ is dict for value in values) else values


def _columns(series: Series) -> Dict[str, Any]:
    rows = unplain(list(series["values"]))
    if len(rows) == 1 and series["kind"] == "row":
        return dict(rows[0])
    columns: Dict[str, List[Any]] = {}
    for row in rows:
        # A name that was also used for scalars: they have no column, so they are kept under the metric's own name.
        for column, value in row.items() if isinstance(row, dict) else ((series["name"], row),):
            into = columns.setdefault(column, [])
            into.extend(value) if isinstance(value, list) else into.append(value)
    return columns
