"""A run at a glance, as text and as a notebook's table: status, newest metrics, children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.tuples import NamedTuple

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.records import RunRecord

#: A metric with more values is told by how many it has, and its last.
_VALUES_AT_MOST = 6
_LINE_CHARACTERS = 100
_METRICS = 40
_CHILDREN = 20


class Glance(NamedTuple):
    """What was seen. ``more``: there are further children; ``problem``: why it may be out of date."""

    run: RunRecord
    metrics: Mapping[str, Any] = {}
    children: Sequence[RunRecord] = ()
    more: bool = False
    problem: str = ""


def take(api: Api, run: RunRecord, metrics: Mapping[str, Any]) -> Glance:
    """A run with its children as they are now. One request."""
    page = api.list_runs(run.workspace_id, parent=run.id, limit=_CHILDREN)
    return Glance(run, metrics, page.runs, page.next is not None)


def as_text(seen: Glance, page: str) -> str:
    """Lines. ``page``: the address of the run's page."""
    lines = ["%s: %s" % (seen.run.id, _status(seen))]
    if seen.run.error is not None:
        lines.append("  %s" % _short(seen.run.error.message))
    lines.append("  %s" % page)
    lines += ["  %s: %s" % pair for pair in _values(seen.metrics)]
    lines += ["  child %s: %s" % (child.id, child.status.value) for child in seen.children]
    return "\n".join(lines + ["  and more children"] * seen.more) + "\n"


def as_html(seen: Glance, page: Optional[str]) -> str:
    """Tables. ``page``: a link that opens the run's page."""
    from trainshed.sdk.notebook import Row, grid, portal, table

    rows: List[Row] = [("Experiment", seen.run.experiment), ("Id", seen.run.id), ("Status", _status(seen))]
    if seen.run.error is not None:
        rows.append(("Error", _short(seen.run.error.message)))
    tables = [table([*rows, ("Details Page", portal(page))])]
    if seen.metrics:
        tables.append(grid(("Metric", "Value"), _values(seen.metrics)))
    if seen.children:
        lines = [(child.id, child.status.value) for child in seen.children] + [("and more", "")] * seen.more
        tables.append(grid(("Child run", "Status"), lines))
    return "".join(tables)


def _status(seen: Glance) -> str:
    # An error has a place of its own.
    reason = seen.problem or ("" if seen.run.error is not None else seen.run.status_reason)
    return "%s (%s)" % (seen.run.status.value, _short(reason)) if reason else seen.run.status.value


def _values(metrics: Mapping[str, Any]) -> List[Tuple[str, str]]:
    pairs = [(name, _value(value)) for name, value in list(metrics.items())[:_METRICS]]
    more = len(metrics) - len(pairs)
    return pairs + [("and more", "%d further metrics" % more)] * (more > 0)


def _value(value: Any) -> str:
    if isinstance(value, list) and len(value) > _VALUES_AT_MOST:
        return "%d values, the last %s" % (len(value), _short(str(value[-1])))
    if isinstance(value, dict) and any(isinstance(column, list) for column in value.values()):
        return "a table with the columns %s" % _short(", ".join(value))
    return _short(str(value))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE_CHARACTERS else line[: _LINE_CHARACTERS - 3] + "..."
