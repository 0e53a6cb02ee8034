"""From series, as the server keeps them, to what v1's ``get_metrics`` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, List

if TYPE_CHECKING:
    from trainshed.contract.columns import Column


def v1_metrics(series: Iterable[Column]) -> Dict[str, Any]:
    """Metrics by name, in the order first logged.

    A scalar logged once is the scalar, repeated it is a list; a list is a list; one row is a dict of scalars, several
    rows and tables are dicts of lists.
    """
    return {one.name: _value(one) for one in series}


def _value(series: Column) -> Any:
    if series.kind in ("scalar", "list"):
        return series.values[0] if len(series.values) == 1 and series.kind == "scalar" else series.values
    return _columns(series)


def _columns(series: Column) -> Dict[str, Any]:
    if len(series.values) == 1 and series.kind == "row":
        return dict(series.values[0])
    columns: Dict[str, List[Any]] = {}
    for row in series.values:
        # A name that was also used for scalars: they have no column, so they are kept under the metric's own name.
        for column, value in row.items() if isinstance(row, dict) else ((series.name, row),):
            into = columns.setdefault(column, [])
            into.extend(value) if isinstance(value, list) else into.append(value)
    return columns
