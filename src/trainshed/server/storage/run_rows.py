"""Runs in the database: one row each, its tags and properties beside it, every change of its status as an event."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, literal, select, update

from trainshed.contract.records import RunError, RunEvent, RunRecord
from trainshed.contract.status import ENDED, RunStatus
from trainshed.contract.wire import from_wire, to_wire
from trainshed.server.storage import run_lists
from trainshed.server.storage import tables as t
from trainshed.server.storage.run_lists import RunFilter as RunFilter  # what its callers narrow lists by
from trainshed.server.storage.writer import Reading, Transaction

ENDED_WORDS = tuple(sorted(status.value for status in ENDED))
STATUS: Mapping[str, RunStatus] = {status.value: status for status in RunStatus}

_PLAIN = tuple(
    field.name for field in fields(RunRecord) if field.name not in ("tags", "properties")
)  # the columns of a run have the names of its fields

#: What a run is made with and keeps: not written again, or SQLite would renew every index that holds it.
_KEPT = frozenset(
    ("id", "workspace_id", "experiment", "number", "created_at", "type", "parent_id", "root_id", "target")
)


def _pairs(table: Any) -> ColumnElement[str]:
    own = select(func.json_group_object(table.c.name, table.c.value)).where(table.c.run_uid == t.runs.c.uid)
    return own.scalar_subquery()


_COLUMNS = (
    t.runs.c.uid,
    _pairs(t.tags).label("tags"),
    _pairs(t.properties).label("properties"),
    *(t.runs.c[name] for name in _PLAIN),
)
_BY_ID = select(*_COLUMNS).where(t.runs.c.workspace_id == bindparam("ws"), t.runs.c.id == bindparam("id"))
_BY_UID = select(*_COLUMNS).where(t.runs.c.uid == bindparam("uid"))


_PUT = update(t.runs).where(t.runs.c.uid == bindparam("b_uid"))
_INSERT = insert(t.runs)
_INSERT_EVENT = insert(t.run_events)
_INSERT_PAIRS = {table: insert(table).prefix_with("OR REPLACE") for table in (t.tags, t.properties)}


@dataclass(frozen=True)
class RunRow:
    """A run and its number in the database."""

    uid: int
    run: RunRecord


def _record(row: Any) -> RunRow:
    values = dict(zip(_PLAIN, row[3:]))
    values["status"] = STATUS[values["status"]]
    if values["status_before_silence"] is not None:
        values["status_before_silence"] = STATUS[values["status_before_silence"]]
    if values["error"] is not None:
        values["error"] = from_wire(RunError, values["error"])
    values["warnings"] = tuple(values["warnings"] or ())
    values["tags"] = json.loads(row[1])
    values["properties"] = json.loads(row[2])
    return RunRow(row[0], RunRecord(**values))


def find(connection: Reading, workspace_id: str, run_id: str) -> Optional[RunRow]:
    """The run of that id in a workspace, or None."""
    row = connection.execute(_BY_ID, {"ws": workspace_id, "id": run_id}).first()
    return None if row is None else _record(row)


def by_uid(connection: Reading, uid: int) -> RunRow:
    """A run that is known to be there."""
    return _record(connection.execute(_BY_UID, {"uid": uid}).one())


def page(
    connection: Reading, workspace_id: str, narrowed: RunFilter, limit: int, below_uid: Optional[int] = None
) -> List[RunRow]:
    """Up to ``limit`` runs, newest first, older than the run ``below_uid``."""
    uids = run_lists.uids(connection, workspace_id, narrowed, limit, below_uid)
    query = select(*_COLUMNS).where(t.runs.c.uid.in_(uids)).order_by(t.runs.c.uid.desc())
    return [_record(row) for row in connection.execute(query)]


def oldest(connection: Reading, workspace_id: str, narrowed: RunFilter, limit: int) -> List[RunRow]:
    """The first ``limit`` runs that fit, oldest first."""
    uids = run_lists.uids(connection, workspace_id, narrowed, limit, None, oldest_first=True)
    query = select(*_COLUMNS).where(t.runs.c.uid.in_(uids)).order_by(t.runs.c.uid)
    return [_record(row) for row in connection.execute(query)]


def descendants(connection: Reading, uid: int) -> List[RunRow]:
    """All runs below one, oldest first."""
    query = select(*_COLUMNS).where(t.runs.c.uid.in_(run_lists.descendants_of(uid))).order_by(t.runs.c.uid)
    return [_record(row) for row in connection.execute(query)]


def open_records(connection: Reading, uid: int, made_by: str) -> List[RunRow]:
    """Runs without a spec below one that have not ended and were made by ``made_by``, newest first."""
    query = select(*_COLUMNS).where(
        t.runs.c.uid.in_(run_lists.descendants_of(uid)),
        t.NOT_ENDED,
        t.runs.c.target.is_(None),
        t.runs.c.created_by == made_by,
    )
    return [_record(row) for row in connection.execute(query.order_by(t.runs.c.uid.desc()))]


def unstarted_records(connection: Reading, uid: int) -> List[RunRow]:
    """Runs without a spec directly below one that were never started, newest first."""
    query = select(*_COLUMNS).where(
        t.runs.c.parent_uid == uid, t.runs.c.status == RunStatus.NOT_STARTED.value, t.runs.c.target.is_(None)
    )
    return [_record(row) for row in connection.execute(query.order_by(t.runs.c.uid.desc()))]


def is_within(connection: Reading, uid: int, ancestor_uid: int) -> bool:
    """Whether a run is ``ancestor_uid`` itself or below it."""
    present: Optional[int] = uid
    while present is not None and present != ancestor_uid:
        present = connection.execute(select(t.runs.c.parent_uid).where(t.runs.c.uid == present)).scalar()
    return present is not None


def waiting(connection: Reading, target: str) -> List[RunRow]:
    """The queue of a target, oldest first: Queued, and no attempt of theirs alive."""
    alive = select(literal(1)).where(
        t.attempts.c.run_uid == t.runs.c.uid,
        t.attempts.c.number == t.runs.c.attempt,
        t.attempts.c.given_up_reason.is_(None),
        t.attempts.c.status.not_in(ENDED_WORDS),
    )
    query = select(*_COLUMNS).where(
        t.runs.c.status == RunStatus.QUEUED.value, t.runs.c.target == target, ~alive.exists()
    )
    return [_record(row) for row in connection.execute(query.order_by(t.runs.c.uid))]


def counts(connection: Reading) -> Tuple[int, int]:
    """How many runs with a spec live on a node, and how many wait for one."""
    quiet = t.runs.c.status.in_([RunStatus.NOT_STARTED.value, RunStatus.QUEUED.value])
    query = select(quiet, func.count()).select_from(t.runs).where(t.NOT_ENDED, t.HAS_TARGET).group_by(quiet)
    found = {bool(row[0]): int(row[1]) for row in connection.execute(query)}
    return found.get(False, 0), found.get(True, 0)


def number(connection: Reading, workspace_id: str, statuses: Sequence[str]) -> int:
    """How many runs of a workspace have one of these statuses; children are not counted."""
    return run_lists.number(connection, workspace_id, RunFilter(statuses=tuple(statuses)))


# --- writing


def add(tx: Transaction, run: RunRecord, experiment_id: int, parent_uid: Optional[int]) -> int:
    """Store a new run with its tags and properties; returns its uid."""
    values = _values(run)
    values.update(experiment_id=experiment_id, parent_uid=parent_uid)
    uid = int(tx.execute(_INSERT, values).inserted_primary_key[0])
    _put_pairs(tx, t.tags, uid, run.tags)
    _put_pairs(tx, t.properties, uid, run.properties)
    return uid


def put(tx: Transaction, uid: int, run: RunRecord) -> None:
    """Store what changed of a run itself; tags and properties have functions of their own."""
    changed = {name: value for name, value in _values(run).items() if name not in _KEPT}
    tx.execute(_PUT, {"b_uid": uid, **changed})


def put_with_event(tx: Transaction, uid: int, run: RunRecord, event: RunEvent) -> RunRecord:
    """Store a status change and its event together. The run keeps the event's reason."""
    changed = replace(run, status_reason=event.reason or None)
    put(tx, uid, changed)
    tx.execute(
        _INSERT_EVENT,
        {
            "run_uid": uid,
            "seq": event.seq,
            "old": event.old.value,
            "new": event.new.value,
            "reason": event.reason,
            "at": event.at,
            "actor": event.actor,
        },
    )
    return changed


def _values(run: RunRecord) -> Dict[str, Any]:
    values = {name: getattr(run, name) for name in _PLAIN}
    values["status"] = run.status.value
    values["status_before_silence"] = None if run.status_before_silence is None else run.status_before_silence.value
    values["error"] = None if run.error is None else to_wire(run.error)
    values["warnings"] = list(run.warnings) or None
    return values


def _put_pairs(tx: Transaction, table: Any, uid: int, pairs: Mapping[str, Optional[str]]) -> None:
    if pairs:
        rows = [{"run_uid": uid, "name": name, "value": value} for name, value in pairs.items()]
        tx.execute(_INSERT_PAIRS[table], rows)


def set_tags(tx: Transaction, uid: int, tags: Mapping[str, Optional[str]], removed: Sequence[str] = ()) -> None:
    """Set some tags and remove others."""
    if removed:
        tx.execute(delete(t.tags).where(t.tags.c.run_uid == uid, t.tags.c.name.in_(removed)))
    _put_pairs(tx, t.tags, uid, tags)


def add_properties(tx: Transaction, uid: int, properties: Mapping[str, str]) -> None:
    """Store properties; whether they may be set is the caller's rule."""
    _put_pairs(tx, t.properties, uid, properties)


def events(connection: Reading, uid: int, run_id: str) -> Tuple[RunEvent, ...]:
    """Every status change of a run, oldest first."""
    rows = connection.execute(select(t.run_events).where(t.run_events.c.run_uid == uid).order_by(t.run_events.c.seq))
    return tuple(
        RunEvent(
            run_id=run_id, seq=r.seq, old=STATUS[r.old], new=STATUS[r.new], reason=r.reason, at=r.at, actor=r.actor
        )
        for r in rows
    )


def count_losses(tx: Transaction, uid: int, *, dropped: int = 0, torn: int = 0) -> None:
    """Add to what a run says was not kept."""
    if dropped or torn:
        run = t.runs.c
        changed = {"metrics_dropped": run.metrics_dropped + dropped, "torn_lines": run.torn_lines + torn}
        tx.execute(update(t.runs).where(run.uid == uid).values(changed))


def losses(connection: Reading, uid: int) -> Tuple[int, int]:
    """Points dropped and lines torn, as :func:`count_losses` added them."""
    row = connection.execute(select(t.runs.c.metrics_dropped, t.runs.c.torn_lines).where(t.runs.c.uid == uid)).one()
    return row[0], row[1]


_STATUS_OF = select(t.runs.c.status).where(t.runs.c.uid == bindparam("uid"))


def status(connection: Reading, uid: int) -> RunStatus:
    """Where a run stands; cheaper than the whole record."""
    return STATUS[connection.execute(_STATUS_OF, {"uid": uid}).scalar_one()]
