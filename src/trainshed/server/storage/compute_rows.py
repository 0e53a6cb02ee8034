"""Compute targets in the database, and who holds or waits for their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

from sqlalchemy import bindparam, exists, func, insert, select, update

from trainshed.contract.compute import DELETED, ClusterRecord, ClusterSettings
from trainshed.contract.wire import from_wire, to_wire
from trainshed.server.storage import tables as t
from trainshed.server.storage.compute_tables import compute_targets
from trainshed.server.storage.run_lists import aside
from trainshed.server.storage.run_rows import ENDED_WORDS
from trainshed.server.storage.writer import Reading, Transaction

_c = compute_targets.c
_r = t.runs.c
_a = t.attempts.c

_HERE = (_c.workspace_id == bindparam("ws"), _c.name == bindparam("name"))
_FIND = select(compute_targets).where(*_HERE)
_ALL = select(compute_targets).where(_c.workspace_id == bindparam("ws"), _c.state != DELETED).order_by(_c.name)
_PUT = insert(compute_targets).prefix_with("OR REPLACE")

_ALIVE = exists().where(
    _a.run_uid == _r.uid,
    _a.number == _r.attempt,
    _a.given_up_reason.is_(None),
    _a.status.not_in(ENDED_WORDS),
)
#: Few runs wait or live, and many were once on a target: no index may lead to those.
_ON_TARGET = (aside("workspace_id") == bindparam("ws"), aside("target") == bindparam("name"))
_WAITS = (_r.status == "Queued", *_ON_TARGET, ~_ALIVE)
_WAITING = select(_r.uid, _r.id).where(*_WAITS).order_by(_r.uid).limit(bindparam("limit"))
_COUNT_WAITING = select(func.count()).select_from(t.runs).where(*_WAITS)
_COUNT_BEFORE = _COUNT_WAITING.where(_r.uid < bindparam("uid"))
#: From the few attempts that live, not from the many runs that wait or have ended.
_LIVING = select(_a.run_uid).where(t.NOT_GIVEN_UP, t.NOT_ENDED)
_HOLDING = select(_r.id).where(_r.uid.in_(_LIVING), _ALIVE, *_ON_TARGET).order_by(_r.uid)
_LINES = (
    select(_r.workspace_id, _r.target)
    .join(compute_targets, (_c.workspace_id == aside("workspace_id")) & (_c.name == aside("target")))
    .where(_r.status == "Queued")
    .distinct()
)
_LEAVING = select(_c.workspace_id, _c.name).where(_c.state == "Deleting")


@dataclass(frozen=True)
class Line:
    """Who holds a place of a target, and how many wait for one."""

    holding: Tuple[str, ...]
    waiting: int


def find(connection: Reading, workspace_id: str, name: str) -> Optional[ClusterRecord]:
    """The target of that name, also when it was deleted; None when there never was one."""
    row = connection.execute(_FIND, {"ws": workspace_id, "name": name}).first()
    return None if row is None else _record(row)


def of_workspace(connection: Reading, workspace_id: str) -> List[ClusterRecord]:
    """All targets but the deleted ones, by name."""
    return [_record(row) for row in connection.execute(_ALL, {"ws": workspace_id})]


def _record(row: Any) -> ClusterRecord:
    return ClusterRecord(
        name=row.name,
        type=row.type,
        state=row.state,
        settings=from_wire(ClusterSettings, row.settings),
        created_at=row.created_at,
        modified_at=row.modified_at,
        description=row.description,
        tags=row.tags or {},
    )


def put(tx: Transaction, workspace_id: str, record: ClusterRecord) -> None:
    """Store a target; one of that name is replaced."""
    values = {
        "workspace_id": workspace_id,
        "name": record.name,
        "type": record.type,
        "state": record.state,
        "settings": to_wire(record.settings),
        "created_at": record.created_at,
        "modified_at": record.modified_at,
        "description": record.description,
        "tags": dict(record.tags) or None,
    }
    tx.execute(_PUT, values)


def put_state(tx: Transaction, workspace_id: str, name: str, state: str) -> None:
    """Store where a target stands."""
    tx.execute(update(compute_targets).where(_c.workspace_id == workspace_id, _c.name == name).values(state=state))


def line(connection: Reading, workspace_id: str, name: str) -> Line:
    """Who holds a place of the target and who waits."""
    here = {"ws": workspace_id, "name": name}
    holding = tuple(row.id for row in connection.execute(_HOLDING, here))
    return Line(holding, connection.execute(_COUNT_WAITING, here).scalar() or 0)


def waiting(connection: Reading, workspace_id: str, name: str, limit: int) -> List[str]:
    """Ids of the first that wait, oldest first."""
    return [row.id for row in connection.execute(_WAITING, {"ws": workspace_id, "name": name, "limit": limit})]


def waiting_before(connection: Reading, workspace_id: str, name: str, uid: int) -> int:
    """How many wait before a run."""
    return connection.execute(_COUNT_BEFORE, {"ws": workspace_id, "name": name, "uid": uid}).scalar() or 0


def lines(connection: Reading) -> List[Tuple[str, str]]:
    """Workspace and name of the targets for which runs wait (or are just being started)."""
    return [(row[0], row[1]) for row in connection.execute(_LINES)]


def leaving(connection: Reading) -> List[Tuple[str, str]]:
    """Workspace and name of the targets that are gone once nothing runs there."""
    return [(row[0], row[1]) for row in connection.execute(_LEAVING)]
