"""Attempts, the reports of their nodes, and the orders for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

import msgspec
from sqlalchemy import bindparam, func, insert, select, update

from trainshed.contract.messages import Order
from trainshed.contract.records import AttemptRecord, NodeReport
from trainshed.contract.wire import to_wire
from trainshed.server.storage import tables as t
from trainshed.server.storage.run_rows import ENDED_WORDS, STATUS
from trainshed.server.storage.writer import Reading, Transaction

_BY_ID = select(t.attempts).where(t.attempts.c.id == bindparam("id"))
_REPORTS = (
    select(t.node_reports.c.report, t.node_reports.c.final)
    .where(t.node_reports.c.attempt_id == bindparam("id"))
    .order_by(t.node_reports.c.node)
)
_ORDERS = (
    select(t.orders)
    .where(t.orders.c.attempt_id == bindparam("id"), t.orders.c.number > bindparam("after"))
    .order_by(t.orders.c.number)
)


_NEWEST = (
    select(t.attempts).where(t.attempts.c.run_uid == bindparam("uid")).order_by(t.attempts.c.number.desc()).limit(1)
)
_LAST_ORDER = select(func.max(t.orders.c.number)).where(t.orders.c.attempt_id == bindparam("id"))
_PUT_STATUS = update(t.attempts).where(t.attempts.c.id == bindparam("b_id"))
_PUT_REPORT = insert(t.node_reports).prefix_with("OR REPLACE")
_STANDING = (
    select(t.attempts.c.given_up_reason, t.runs.c.attempt, t.runs.c.status)
    .join(t.runs, t.runs.c.uid == t.attempts.c.run_uid)
    .where(t.attempts.c.id == bindparam("id"))
)


@dataclass(frozen=True)
class AttemptRow:
    """An attempt, its run's number in the database, how many nodes it has, which of them have no more to send."""

    record: AttemptRecord
    run_uid: int
    node_count: int
    final_nodes: Tuple[int, ...]


def find(connection: Reading, attempt_id: str) -> Optional[AttemptRow]:
    """The attempt of that id with its nodes' newest reports, or None."""
    row = connection.execute(_BY_ID, {"id": attempt_id}).first()
    return None if row is None else _record(connection, row)


def _record(connection: Reading, row: Any) -> AttemptRow:
    reports = connection.execute(_REPORTS, {"id": row.id}).all()
    nodes = tuple(msgspec.convert(report.report, NodeReport) for report in reports)
    record = AttemptRecord(
        id=row.id,
        run_id=row.run_id,
        workspace_id=row.workspace_id,
        number=row.number,
        status=STATUS[row.status],
        created_at=row.created_at,
        nodes=nodes,
        given_up_reason=row.given_up_reason,
        last_sync_at=row.last_sync_at,
    )
    final = tuple(node.node for node, report in zip(nodes, reports) if report.final)
    return AttemptRow(record, row.run_uid, row.node_count, final)


def is_current(connection: Reading, record: AttemptRecord) -> bool:
    """Whether an attempt may speak and its run is not held for silent: the cheap look for messages of bytes alone."""
    given_up, newest_number, status = connection.execute(_STANDING, {"id": record.id}).one()
    return given_up is None and newest_number == record.number and status != "NotResponding"


def of_run(connection: Reading, run_uid: int) -> List[AttemptRow]:
    """All attempts of a run, oldest first."""
    rows = connection.execute(
        select(t.attempts).where(t.attempts.c.run_uid == run_uid).order_by(t.attempts.c.number)
    ).all()
    return [_record(connection, row) for row in rows]


def newest(connection: Reading, run_uid: int) -> Optional[AttemptRow]:
    """A run's newest attempt, or None before the first."""
    row = connection.execute(_NEWEST, {"uid": run_uid}).first()
    return None if row is None else _record(connection, row)


def alive(connection: Reading) -> List[AttemptRow]:
    """Attempts that were neither given up nor have ended, oldest first."""
    query = select(t.attempts).where(t.NOT_GIVEN_UP, t.NOT_ENDED)
    return [_record(connection, row) for row in connection.execute(query.order_by(t.attempts.c.created_at)).all()]


def unfinished(connection: Reading) -> List[str]:
    """Ids of attempts that have ended and were not given up, but of which a node may have more to send."""
    a, n = t.attempts.c, t.node_reports.c
    final = select(func.count()).where(n.attempt_id == a.id, n.final).scalar_subquery()
    query = select(a.id).where(a.given_up_reason.is_(None), a.status.in_(ENDED_WORDS), final < a.node_count)
    return [row.id for row in connection.execute(query).all()]


def by_token(connection: Reading, sha256: str) -> Optional[Tuple[str, str, str, str, int]]:
    """Whose token has that hash: kind (agent or run), attempt id, workspace id, run id, run uid; None for nobody's."""
    a = t.attempts.c
    chosen = (a.id, a.workspace_id, a.run_id, a.run_uid)
    for kind, column in (("agent", a.agent_token_sha256), ("run", a.run_token_sha256)):
        row = connection.execute(select(*chosen).where(column == sha256)).first()
        if row is not None:
            return kind, row[0], row[1], row[2], row[3]
    return None


# --- writing


@dataclass(frozen=True)
class TokenHashes:
    """sha256 of an attempt's two tokens; the tokens themselves are never kept."""

    agent: str
    run: str


def add(tx: Transaction, record: AttemptRecord, run_uid: int, node_count: int, tokens: TokenHashes) -> None:
    """Store a new attempt; it has no reports yet."""
    values = {
        "id": record.id,
        "run_uid": run_uid,
        "run_id": record.run_id,
        "workspace_id": record.workspace_id,
        "number": record.number,
        "status": record.status.value,
        "created_at": record.created_at,
        "node_count": node_count,
        "agent_token_sha256": tokens.agent,
        "run_token_sha256": tokens.run,
    }
    tx.execute(insert(t.attempts), values)


def put_status(tx: Transaction, record: AttemptRecord) -> None:
    """Store where an attempt stands, when it was heard, and whether it was given up."""
    values = {
        "status": record.status.value,
        "given_up_reason": record.given_up_reason,
        "last_sync_at": record.last_sync_at,
    }
    tx.execute(_PUT_STATUS, {"b_id": record.id, **values})


def put_report(tx: Transaction, attempt_id: str, report: NodeReport, *, final: bool) -> None:
    """Store a node's newest report."""
    values = {"attempt_id": attempt_id, "node": report.node, "report": to_wire(report), "final": final}
    tx.execute(_PUT_REPORT, values)


def order(tx: Transaction, attempt_id: str, kind: str, grace_s: float, reason: str) -> Order:
    """Add an order with the next number; one of the same kind that is there already stays the only one."""
    for known in orders(tx, attempt_id):
        if known.kind == kind:
            return known
    number = last_order(tx, attempt_id) + 1
    values = {"attempt_id": attempt_id, "number": number, "kind": kind, "grace_s": grace_s, "reason": reason}
    tx.execute(insert(t.orders), values)
    return Order(number, kind, grace_s, reason)


def orders(connection: Reading, attempt_id: str, after: int = 0) -> Tuple[Order, ...]:
    """The orders after a number, oldest first."""
    rows = connection.execute(_ORDERS, {"id": attempt_id, "after": after})
    return tuple(Order(row.number, row.kind, row.grace_s, row.reason) for row in rows)


def last_order(connection: Reading, attempt_id: str) -> int:
    """The number of the newest order, 0 without any."""
    return connection.execute(_LAST_ORDER, {"id": attempt_id}).scalar() or 0
