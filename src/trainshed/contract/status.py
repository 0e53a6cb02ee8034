"""The life of a run: its statuses, the one table of allowed changes and the one function that makes a change."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, FrozenSet, Mapping, Tuple, TypeVar

from trainshed.contract.errors import IllegalTransition
from trainshed.contract.frozen import replace

if TYPE_CHECKING:
    from datetime import datetime

    from trainshed.contract.records import RunEvent, RunRecord


class RunStatus(str, enum.Enum):
    """v1's status words, plus ``NotResponding`` (a node is silent; not an ending)."""

    NOT_STARTED = "NotStarted"
    QUEUED = "Queued"
    PROVISIONING = "Provisioning"
    PREPARING = "Preparing"
    STARTING = "Starting"
    RUNNING = "Running"
    FINALIZING = "Finalizing"
    CANCEL_REQUESTED = "CancelRequested"
    NOT_RESPONDING = "NotResponding"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"

    def __str__(self) -> str:
        return str(self.value)


S = RunStatus

#: A run in one of these never changes its status again.
ENDED: FrozenSet[RunStatus] = frozenset({S.COMPLETED, S.FAILED, S.CANCELED})

#: The statuses a node goes through while its attempt is alive, in order.
PROGRESS: Tuple[RunStatus, ...] = (S.QUEUED, S.PROVISIONING, S.PREPARING, S.STARTING, S.RUNNING, S.FINALIZING)

_ANY_MOMENT = frozenset({S.CANCEL_REQUESTED, S.FAILED, S.CANCELED})
_RETRY = frozenset({S.QUEUED})
_SILENT = frozenset({S.NOT_RESPONDING})

ALLOWED: Mapping[RunStatus, FrozenSet[RunStatus]] = {
    # Runs without a command (start_logging, child_run) go from NotStarted to Running and end from there.
    S.NOT_STARTED: frozenset({S.QUEUED, S.RUNNING, S.CANCELED, S.FAILED}),
    S.QUEUED: frozenset({S.PROVISIONING, S.PREPARING}) | _ANY_MOMENT,
    S.PROVISIONING: frozenset({S.PREPARING}) | _ANY_MOMENT | _SILENT | _RETRY,
    S.PREPARING: frozenset({S.STARTING, S.FINALIZING}) | _ANY_MOMENT | _SILENT | _RETRY,
    S.STARTING: frozenset({S.RUNNING, S.FINALIZING}) | _ANY_MOMENT | _SILENT | _RETRY,
    S.RUNNING: frozenset({S.FINALIZING, S.COMPLETED}) | _ANY_MOMENT | _SILENT | _RETRY,
    S.FINALIZING: frozenset({S.COMPLETED, S.FAILED, S.CANCELED}) | _SILENT | _RETRY,
    # The script may end by itself before the order to stop arrives: then its own ending counts.
    S.CANCEL_REQUESTED: frozenset({S.FINALIZING, S.CANCELED, S.COMPLETED, S.FAILED}) | _SILENT,
    # Back to the status before the silence, or given up (cancel, retry, proof of death, lost_after_s).
    S.NOT_RESPONDING: frozenset(
        {S.QUEUED, S.PROVISIONING, S.PREPARING, S.STARTING, S.RUNNING, S.FINALIZING} | _ANY_MOMENT
    ),
    S.COMPLETED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELED: frozenset(),
}

R = TypeVar("R", bound="RunRecord")


def advance(run: RunRecord, to: RunStatus, reason: str, at: datetime, actor: str) -> Tuple[RunRecord, RunEvent]:
    """Change a run's status; nothing else in the project assigns one.

    Args:
        run: the record as it stands.
        to: the status wanted.
        reason: one sentence for people; kept with the event.
        at: when, aware UTC.
        actor: who asked (``user``, ``agent``, ``control``, ``run <id>``).

    Returns:
        The changed record and the event to be stored in the same transaction.

    Raises:
        IllegalTransition: the table does not allow the change.
    """
    from trainshed.contract.records import RunEvent

    if to not in ALLOWED[run.status]:
        raise IllegalTransition(run_id=run.id, old=run.status.value, new=to.value)
    event = RunEvent(run_id=run.id, seq=run.event_seq + 1, old=run.status, new=to, reason=reason, at=at, actor=actor)
    started_at = at if to is S.RUNNING and run.started_at is None else run.started_at
    changed = replace(
        run,
        status=to,
        event_seq=event.seq,
        started_at=started_at,
        ended_at=at if to in ENDED else None,
        status_before_silence=run.status if to is S.NOT_RESPONDING else None,
    )
    return changed, event
