"""How a list of runs is narrowed: which runs, and along which index SQLite shall walk to them, newest first.

SQLite has no statistics here, and of two indexes that seem equally good takes the one that was made last. So the index
is chosen by what is known about runs, and all other conditions are written in a form that no index can answer (``+
column``). The wide indexes hold all columns that lists are narrowed by: runs that don't match are not even read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Iterator, List, Optional, Tuple

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from trainshed.contract.status import ENDED, RunStatus
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading

#: Up to so many runs with a tag are looked at one by one, whatever else is asked.
FEW = 2000
_LIVE = frozenset(status.value for status in RunStatus if status not in ENDED)
_LAST_CHARACTER = "\U0010ffff"
_PLUS: Any = custom_op("+")

_r = t.runs.c


@dataclass(frozen=True)
class RunFilter:
    """What a list of runs is narrowed to. ``tags`` and ``properties``: a value None asks only that the name is there.

    ``parent``: direct children; ``below``: all descendants; with neither, children are left out unless
    ``include_children``. ``since`` takes the time itself in, ``before`` does not; a run that goes on has not ended.
    ``prefix``: how the id begins; ``words``: part of the id or the name.
    """

    experiment: Optional[str] = None
    parent: Optional[str] = None
    below: Optional[str] = None
    type: Optional[str] = None
    statuses: Tuple[str, ...] = ()
    target: Optional[str] = None
    tags: Tuple[Tuple[str, Optional[str]], ...] = ()
    properties: Tuple[Tuple[str, Optional[str]], ...] = ()
    include_children: bool = False
    created_since: Optional[datetime] = None
    created_before: Optional[datetime] = None
    ended_since: Optional[datetime] = None
    ended_before: Optional[datetime] = None
    prefix: Optional[str] = None
    words: Optional[str] = None


@dataclass(frozen=True)
class _Label:
    """A tag or a property that runs must have."""

    table: Any
    name: str
    value: Optional[str]

    def of(self, table: Any) -> ColumnElement[bool]:
        """The condition in terms of the table's own columns or an alias's."""
        named: ColumnElement[bool] = table.c.name == self.name
        return named if self.value is None else named & (table.c.value == self.value)

    def count(self, connection: Reading) -> int:
        """How many runs have it, of any workspace; counted up to :data:`FEW`."""
        some = select(literal(1)).select_from(self.table).where(self.of(self.table)).limit(FEW).subquery()
        return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def uids(
    connection: Reading,
    workspace_id: str,
    narrowed: RunFilter,
    limit: int,
    below_uid: Optional[int],
    *,
    oldest_first: bool = False,
) -> Select[Any]:
    """The newest ``limit`` runs older than ``below_uid``. Their uids alone: where SQLite must sort, it sorts those."""
    chosen, newest = _chosen(connection, workspace_id, narrowed)
    if below_uid is not None:
        chosen = chosen.where(newest < below_uid)
    return chosen.order_by(newest.asc() if oldest_first else newest.desc()).limit(limit)


def number(connection: Reading, workspace_id: str, narrowed: RunFilter) -> int:
    """How many runs there are."""
    chosen, _ = _chosen(connection, workspace_id, narrowed)
    return int(connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one())


def _chosen(connection: Reading, workspace_id: str, narrowed: RunFilter) -> Tuple[Select[Any], Any]:
    """The uids of the runs in no order, and the column that orders them by age."""
    labels = [_Label(t.tags, *tag) for tag in narrowed.tags]
    labels += [_Label(t.properties, *item) for item in narrowed.properties]
    along = _leading(connection, labels, alone=_asks_only_labels(narrowed))
    chosen: Select[Any] = select(_r.uid)
    newest: Any = aside("uid") if narrowed.prefix else _r.uid
    if along is not None:
        labels.remove(along)
        table = along.table.alias("along")
        chosen = chosen.select_from(table).join(t.runs, _r.uid == table.c.run_uid).where(along.of(table))
        newest = table.c.run_uid
    leads = () if along is not None else _lead_columns(narrowed)
    for condition in _conditions(connection, workspace_id, narrowed, leads):
        chosen = chosen.where(condition)
    for label in labels:
        there = select(literal(1)).where(label.table.c.run_uid == _r.uid, label.of(label.table))
        chosen = chosen.where(there.exists())
    return chosen, newest


def _asks_only_labels(narrowed: RunFilter) -> bool:
    return narrowed == RunFilter(
        tags=narrowed.tags, properties=narrowed.properties, include_children=narrowed.include_children
    )


def _leading(connection: Reading, labels: List[_Label], *, alone: bool) -> Optional[_Label]:
    """The label along which to walk: the rarest if it is rare; one whose runs lie in order when nothing else helps."""
    if not labels:
        return None
    counts = {label: label.count(connection) for label in labels}
    rarest = min(labels, key=lambda label: counts[label])
    if counts[rarest] < FEW:
        return rarest
    return next((label for label in labels if alone and label.value is not None), None)


def _lead_columns(narrowed: RunFilter) -> Tuple[str, ...]:
    """The columns by which an index begins that leads to few runs, or else to all of them in order."""
    if narrowed.prefix:
        return ("workspace_id", "id")
    if narrowed.parent is not None or narrowed.below is not None:
        return ("parent_uid", "uid")
    if narrowed.statuses and _LIVE.issuperset(narrowed.statuses):
        return ("status",)
    if narrowed.experiment is not None:
        return ("experiment_id",)
    if narrowed.target is not None:
        return ("target",)
    return ("workspace_id", "parent_uid")


def _conditions(
    connection: Reading, workspace_id: str, narrowed: RunFilter, leads: Tuple[str, ...]
) -> Iterator[ColumnElement[bool]]:
    def column(name: str) -> Any:
        return _r[name] if name in leads else aside(name)

    yield column("workspace_id") == workspace_id
    if narrowed.experiment is not None:
        # A number instead of a subquery, which SQLite would take for the better way into the list.
        yield column("experiment_id") == (_experiment_id(connection, workspace_id, narrowed.experiment) or -1)
    if narrowed.parent is not None:
        yield column("parent_uid") == (_uid(connection, workspace_id, narrowed.parent) or -1)
    elif narrowed.below is not None:
        yield column("uid").in_(descendants_of(_uid(connection, workspace_id, narrowed.below) or -1))
    elif not narrowed.include_children:
        yield column("parent_uid").is_(None)
    if narrowed.type is not None:
        yield column("type") == narrowed.type
    if narrowed.statuses:
        yield column("status").in_(narrowed.statuses)
    if narrowed.target is not None:
        yield column("target") == narrowed.target
    if narrowed.prefix:
        yield column("id") >= narrowed.prefix
        yield column("id") < narrowed.prefix + _LAST_CHARACTER
    if narrowed.words:
        words = narrowed.words
        yield _r.id.contains(words, autoescape=True) | _r.name.contains(words, autoescape=True)
    if narrowed.created_since is not None:
        yield column("created_at") >= narrowed.created_since
    if narrowed.created_before is not None:
        yield column("created_at") < narrowed.created_before
    if narrowed.ended_since is not None:
        yield column("ended_at") >= narrowed.ended_since
    if narrowed.ended_before is not None:
        yield column("ended_at") < narrowed.ended_before


def aside(name: str) -> Any:
    """A column of runs in a form that no index can answer."""
    return UnaryExpression(_r[name], operator=_PLUS, type_=_r[name].type)


def _experiment_id(connection: Reading, workspace_id: str, name: str) -> Optional[int]:
    known = select(t.experiments.c.id).where(t.experiments.c.workspace_id == workspace_id, t.experiments.c.name == name)
    return connection.execute(known).scalar()


def _uid(connection: Reading, workspace_id: str, run_id: str) -> Optional[int]:
    known = select(_r.uid).where(_r.workspace_id == workspace_id, _r.id == run_id)
    return connection.execute(known).scalar()


def descendants_of(uid: int) -> Select[Any]:
    """The uids of all runs below one."""
    tree = select(_r.uid.label("uid")).where(_r.parent_uid == uid).cte("tree", recursive=True)
    tree = tree.union_all(select(_r.uid).where(_r.parent_uid == tree.c.uid))
    return select(tree.c.uid)
