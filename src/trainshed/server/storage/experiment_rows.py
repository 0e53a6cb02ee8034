"""Experiments in the database: one row each, its tags beside it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, select, update

from trainshed.contract.history import ALL, ARCHIVED_ONLY, ExperimentView
from trainshed.contract.wire import now
from trainshed.server.storage import tables as t
from trainshed.server.storage.history_tables import experiment_tags
from trainshed.server.storage.writer import Reading, Transaction

_e = t.experiments.c
_g = experiment_tags.c
_TAGS = select(func.json_group_object(_g.name, _g.value)).where(_g.experiment_id == _e.id).scalar_subquery()
_VIEW = select(_e.name, _e.created_at, _e.run_count, _e.archived_at, _TAGS)
_BY_ID = _VIEW.where(_e.id == bindparam("id"))
_FIND = select(_e.id, _e.archived_at).where(_e.workspace_id == bindparam("ws"), _e.name == bindparam("name"))
_COUNT_RUN = (
    update(t.experiments)
    .where(_e.id == bindparam("experiment"))
    .values(run_count=_e.run_count + 1)
    .returning(_e.run_count)
)


def _view(row: Any) -> ExperimentView:
    return ExperimentView(row[0], row[1], row[2], row[3], json.loads(row[4]))


def find(connection: Reading, workspace_id: str, name: str) -> Optional[Tuple[int, Optional[datetime]]]:
    """Its number in the database and when it was archived; None: there is none of that name."""
    row = connection.execute(_FIND, {"ws": workspace_id, "name": name}).first()
    return None if row is None else (int(row[0]), row[1])


def view(connection: Reading, number: int) -> ExperimentView:
    """An experiment that is known to be there."""
    return _view(connection.execute(_BY_ID, {"id": number}).one())


def listed(
    connection: Reading,
    workspace_id: str,
    view_type: str,
    name: Optional[str],
    tags: Sequence[Tuple[str, Optional[str]]],
) -> List[ExperimentView]:
    """By name; those that have all ``tags`` (a value None asks only that the name is there)."""
    query = _VIEW.where(_e.workspace_id == workspace_id).order_by(_e.name)
    if view_type != ALL:
        query = query.where(_e.archived_at.is_not(None) if view_type == ARCHIVED_ONLY else _e.archived_at.is_(None))
    if name is not None:
        query = query.where(_e.name == name)
    for tag, value in tags:
        query = query.where(_has(tag, value))
    return [_view(row) for row in connection.execute(query)]


def lately(connection: Reading, workspace_id: str, limit: int) -> List[ExperimentView]:
    """The active ones, those with the newest runs first."""
    # A subquery for each looks into the index of its runs once; grouping would walk all runs.
    newest = select(func.max(t.runs.c.uid)).where(t.runs.c.experiment_id == _e.id).scalar_subquery()
    query = _VIEW.where(_e.workspace_id == workspace_id, _e.archived_at.is_(None)).order_by(newest.desc(), _e.id.desc())
    return [_view(row) for row in connection.execute(query.limit(limit))]


def _has(tag: str, value: Optional[str]) -> ColumnElement[bool]:
    there = select(literal(1)).where(_g.experiment_id == _e.id, _g.name == tag)
    return (there if value is None else there.where(_g.value == value)).exists()


def add(tx: Transaction, workspace_id: str, name: str) -> int:
    """Store a new one; its number."""
    values = {"workspace_id": workspace_id, "name": name, "created_at": now(), "run_count": 0}
    return int(tx.execute(insert(t.experiments), values).inserted_primary_key[0])


def count_run(tx: Transaction, number: int) -> int:
    """Count one more run; which one it is, from 1."""
    return int(tx.execute(_COUNT_RUN, {"experiment": number}).scalar_one())


def archive(tx: Transaction, number: int, at: Optional[datetime]) -> None:
    """Archive it, or make it active again (None)."""
    tx.execute(update(t.experiments).where(_e.id == number).values(archived_at=at))


def rename(tx: Transaction, number: int, name: str) -> None:
    """Give it and its runs another name, which is known to be free."""
    tx.execute(update(t.experiments).where(_e.id == number).values(name=name))
    tx.execute(update(t.runs).where(t.runs.c.experiment_id == number).values(experiment=name))


def set_tags(tx: Transaction, number: int, tags: Mapping[str, Optional[str]], removed: Sequence[str]) -> None:
    """Set some tags and remove others."""
    if removed:
        tx.execute(delete(experiment_tags).where(_g.experiment_id == number, _g.name.in_(removed)))
    if tags:
        rows = [{"experiment_id": number, "name": name, "value": value} for name, value in tags.items()]
        tx.execute(insert(experiment_tags).prefix_with("OR REPLACE"), rows)


def has_runs(connection: Reading, number: int) -> bool:
    """Whether a run of it is recorded."""
    return connection.execute(select(literal(1)).where(t.runs.c.experiment_id == number).limit(1)).first() is not None


def remove(tx: Transaction, number: int) -> None:
    """Forget an experiment without runs."""
    tx.execute(delete(experiment_tags).where(_g.experiment_id == number))
    tx.execute(delete(t.experiments).where(_e.id == number))
