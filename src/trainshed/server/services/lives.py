"""How a run's status changes: every change with its event, in the transaction of what caused it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Optional, Sequence

import msgspec
from sqlalchemy import bindparam, select, update

from trainshed.contract.api import Ending
from trainshed.contract.errors import IllegalTransition
from trainshed.contract.folding import first_error, fold_attempt, fold_nodes, node_history
from trainshed.contract.records import NodeReport, PhaseChange, RunError, RunRecord
from trainshed.contract.status import ALLOWED, ENDED, PROGRESS, RunStatus, advance
from trainshed.contract.wire import now, to_wire
from trainshed.server.services.news import CancelAsked, OrdersChanged, RunChanged, RunEnded, RunQueued
from trainshed.server.storage import attempt_rows, run_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.attempt_rows import AttemptRow
from trainshed.server.storage.run_rows import RunRow
from trainshed.server.storage.writer import Transaction

#: Causes after which a run may be tried again: it was not the script that failed.
RETRIED = frozenset({"supervisor_killed", "lost"})

DEFAULT_GRACE_S = 10.0

_SPEC = select(t.run_specs.c.spec).where(t.run_specs.c.run_uid == bindparam("uid"))
_WISH = select(t.runs.c.wished_ending).where(t.runs.c.uid == bindparam("uid"))


def change(
    tx: Transaction,
    row: RunRow,
    to: RunStatus,
    reason: str,
    actor: str,
    *,
    at: Optional[datetime] = None,
    error: Optional[RunError] = None,
) -> RunRow:
    """Give a run another status, store the event with it, and announce both.

    Raises:
        IllegalTransition: the table does not allow it; nothing is stored.
    """
    changed, event = advance(row.run, to, reason, at or now(), actor)
    changed = run_rows.put_with_event(tx, row.uid, replace(changed, error=error or changed.error), event)
    announce(tx, row)
    if to in ENDED:
        tx.announce(RunEnded(changed.workspace_id, changed.id, to, changed.target))
        _end_records_below(tx, RunRow(row.uid, changed))
    if to is RunStatus.QUEUED and changed.target is not None:
        tx.announce(RunQueued(changed.workspace_id, changed.id, changed.target))
    return RunRow(row.uid, changed)


def _end_records_below(tx: Transaction, row: RunRow) -> None:
    """Child runs that a script made and left open: nobody else will end them. Those of a notebook's run only if they
    were never started: on the others somebody may be at work.
    """
    if row.run.target is None:
        for child in run_rows.unstarted_records(tx, row.uid):
            change(tx, child, RunStatus.CANCELED, "never started, and %s has ended" % row.run.id, "control")
        return
    to = RunStatus.COMPLETED if row.run.status is RunStatus.COMPLETED else RunStatus.CANCELED
    for child in run_rows.open_records(tx, row.uid, "run %s" % row.run.id):
        if to in ALLOWED[child.run.status]:
            change(tx, child, to, "%s, which made it, ended as %s" % (row.run.id, row.run.status), "control")
        elif RunStatus.CANCELED in ALLOWED[child.run.status]:  # it was never started
            change(tx, child, RunStatus.CANCELED, "%s, which made it, has ended" % row.run.id, "control")


def announce(tx: Transaction, row: RunRow) -> None:
    """Something of the run is different."""
    tx.announce(RunChanged(row.run.workspace_id, row.run.id))


def live_attempt(tx: Transaction, row: RunRow) -> Optional[AttemptRow]:
    """The attempt that may still have processes, or None."""
    attempt = attempt_rows.newest(tx, row.uid)
    if attempt is None or attempt.record.given_up_reason is not None or attempt.record.status in ENDED:
        return None
    return attempt


def is_interactive(tx: Transaction, row: RunRow) -> bool:
    """Whether the run is only a record (``start_logging``, ``child_run``): no spec, no processes of ours."""
    return tx.execute(_SPEC, {"uid": row.uid}).first() is None


# --- asked for from outside


def ask_to_cancel(tx: Transaction, row: RunRow, grace_s: Optional[float], reason: str, actor: str) -> RunRow:
    """Want a run stopped.

    Without a live attempt it ends at once; else its agent gets the order. Twice, or too late: no change.
    """
    if row.run.status in ENDED or row.run.cancel_requested:
        return row
    reason = reason or "canceled by %s" % actor
    row = RunRow(row.uid, replace(row.run, cancel_requested=True))
    attempt = live_attempt(tx, row)
    if attempt is None:
        return change(tx, row, RunStatus.CANCELED, reason, actor)
    return _order_to_stop(tx, row, attempt, grace_s, reason, actor)


def ask_to_cancel_all(tx: Transaction, row: RunRow, grace_s: Optional[float], reason: str, actor: str) -> RunRow:
    """:func:`ask_to_cancel` for a run and all below it; a run that has ended keeps what is below it as it is."""
    if row.run.status not in ENDED:
        for below in run_rows.descendants(tx, row.uid):
            ask_to_cancel(tx, below, grace_s, "canceled with %s" % row.run.id, actor)
    return ask_to_cancel(tx, row, grace_s, reason, actor)


def _order_to_stop(
    tx: Transaction, row: RunRow, attempt: AttemptRow, grace_s: Optional[float], reason: str, actor: str
) -> RunRow:
    grace = _grace(tx, row) if grace_s is None else grace_s
    attempt_rows.order(tx, attempt.record.id, "cancel", grace, reason)
    tx.announce(OrdersChanged(attempt.record.id))
    tx.announce(CancelAsked(row.run.workspace_id, row.run.id))
    if RunStatus.CANCEL_REQUESTED in ALLOWED[row.run.status]:
        return change(tx, row, RunStatus.CANCEL_REQUESTED, reason, actor)
    run_rows.put(tx, row.uid, row.run)
    announce(tx, row)
    return row


def _grace(tx: Transaction, row: RunRow) -> float:
    limits = spec_part(tx, row, "limits")
    return float(limits.get("grace_s", DEFAULT_GRACE_S))


def spec_part(tx: Transaction, row: RunRow, name: str) -> Any:
    """A mapping within the stored RunSpec; empty where there is none."""
    spec = tx.execute(_SPEC, {"uid": row.uid}).scalar()
    return (spec or {}).get(name) or {}


def end_as_asked(tx: Transaction, row: RunRow, ending: Ending, actor: str) -> RunRow:
    """``run.complete()``, ``run.fail()``, ``run.start()``.

    Processes that live are stopped first; the run then ends as wished.

    Raises:
        IllegalTransition: the run has ended otherwise, or cannot take that status.
    """
    wanted = RunStatus(ending.status)
    if row.run.status is wanted:
        return row
    attempt = live_attempt(tx, row)
    reason = ending.error.message if ending.error is not None else "%s by %s" % (wanted.value.lower(), actor)
    if attempt is None or wanted not in ENDED:
        return change(tx, row, wanted, reason, actor, error=ending.error)
    if row.run.status in ENDED:
        raise IllegalTransition(run_id=row.run.id, old=row.run.status.value, new=wanted.value)
    tx.execute(update(t.runs).where(t.runs.c.uid == row.uid).values(wished_ending=to_wire(ending)))
    return _order_to_stop(tx, row, attempt, None, reason, actor)


# --- heard from nodes


def hear(tx: Transaction, row: RunRow, attempt: AttemptRow, reports: Sequence[NodeReport]) -> RunRow:
    """Bring a run to where its newest attempt's nodes say they are."""
    present = row.run.status
    if present is RunStatus.NOT_RESPONDING:
        present = row.run.status_before_silence or RunStatus.PREPARING
        row = change(tx, row, present, "heard again", "control")
    row = _with_warnings(tx, row, reports)
    row = _with_properties(tx, row, reports)
    status = fold_nodes((*reports, *(_unheard(node) for node in _missing(reports, attempt.node_count))))
    if status is not attempt.record.status:
        attempt_rows.put_status(tx, replace(attempt.record, status=status, last_sync_at=now()))
    for step in fold_attempt(row.run.status, node_history(reports, attempt.node_count)):
        row = _follow(tx, row, step, reports)
    return row


def _missing(reports: Sequence[NodeReport], node_count: int) -> Sequence[int]:
    heard = {report.node for report in reports}
    return [node for node in range(node_count) if node not in heard]


def _unheard(node: int) -> NodeReport:
    return NodeReport(node=node, seq=0, phases=())


def _with_warnings(tx: Transaction, row: RunRow, reports: Sequence[NodeReport]) -> RunRow:
    told = tuple(dict.fromkeys((*row.run.warnings, *(warning for report in reports for warning in report.warnings))))
    if told == row.run.warnings:
        return row
    row = RunRow(row.uid, replace(row.run, warnings=told))
    run_rows.put(tx, row.uid, row.run)
    announce(tx, row)
    return row


def _when(run: RunRecord, at: datetime) -> datetime:
    """A node's time as far as it can be believed: not ahead of this clock, not before the run's start.

    It may lie before an event that was recorded meanwhile (a cancel that came too late): ``seq`` tells the order.
    """
    return max(min(at, now()), run.started_at or run.created_at)


def _with_properties(tx: Transaction, row: RunRow, reports: Sequence[NodeReport]) -> RunRow:
    """What became known on the nodes. Properties keep their first value."""
    known = row.run.properties
    found = {name: value for report in reports for name, value in report.properties.items() if name not in known}
    if not found:
        return row
    run_rows.add_properties(tx, row.uid, found)
    announce(tx, row)
    return RunRow(row.uid, replace(row.run, properties={**known, **found}))


def _follow(tx: Transaction, row: RunRow, step: PhaseChange, reports: Sequence[NodeReport]) -> RunRow:
    to, reason, error = step.status, step.reason, None
    at = _when(row.run, step.at)
    if to in ENDED:
        wish = _wish(tx, row)
        if wish is not None:
            to, reason, error = RunStatus(wish.status), "as asked", wish.error
        elif to is RunStatus.FAILED:
            error = first_error(reports)
            if _may_retry(tx, row, error):
                return change(tx, row, RunStatus.QUEUED, "retry", "control", at=at)
    row = _through(tx, row, to, at)
    return change(tx, row, to, reason, "agent", at=at, error=error)


def _through(tx: Transaction, row: RunRow, to: RunStatus, at: datetime) -> RunRow:
    """Pass the statuses that an agent left out on its way, so that the table is kept."""
    goal = PROGRESS.index(to) if to in PROGRESS else len(PROGRESS)
    while to not in ALLOWED[row.run.status]:
        between = [
            status for status in PROGRESS[:goal] if status in ALLOWED[row.run.status] and status is not RunStatus.QUEUED
        ]
        if not between:
            break
        row = change(tx, row, between[-1], "passed", "agent", at=at)
    return row


def _wish(tx: Transaction, row: RunRow) -> Optional[Ending]:
    wish = tx.execute(_WISH, {"uid": row.uid}).scalar()
    return None if wish is None else msgspec.convert(wish, Ending)


def _may_retry(tx: Transaction, row: RunRow, error: Optional[RunError]) -> bool:
    if error is None or error.code not in RETRIED or row.run.cancel_requested:
        return False
    retries = int(spec_part(tx, row, "limits").get("retries", 0))
    return row.run.attempt <= retries and RunStatus.QUEUED in ALLOWED[row.run.status]


# --- decided by the control loop


def give_up(
    tx: Transaction,
    row: RunRow,
    attempt: AttemptRow,
    reason: str,
    error: Optional[RunError],
    ending: Optional[RunStatus],
) -> RunRow:
    """Fence an attempt.

    ``ending`` None, or an error after which it may be tried again: the run goes back to its queue, unless it was to be
    stopped anyway: then it ends so.
    """
    record = attempt.record
    if record.given_up_reason is None:
        attempt_rows.put_status(tx, replace(record, given_up_reason=reason))
        attempt_rows.order(tx, record.id, "drop", DEFAULT_GRACE_S, reason)
        tx.announce(OrdersChanged(record.id))
    if record.number != row.run.attempt or row.run.status in ENDED:
        return row
    wish = _wish(tx, row)
    if wish is not None:
        return change(tx, row, RunStatus(wish.status), reason, "control", error=wish.error)
    if ending is RunStatus.FAILED and _may_retry(tx, row, error):
        ending = None
    if ending is None and row.run.cancel_requested:
        ending = RunStatus.CANCELED
    if ending is not None:
        return change(tx, row, ending, reason, "control", error=error)
    if row.run.status is RunStatus.QUEUED:  # it never got further: it waits again, without a change to be told
        tx.announce(RunQueued(row.run.workspace_id, row.run.id, row.run.target or ""))
        return row
    return change(tx, row, RunStatus.QUEUED, reason, "control")
