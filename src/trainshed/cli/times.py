"""Times as the command tells them: local time to the second."""

from __future__ import annotations

from datetime import datetime

from trainshed.contract import words
from trainshed.contract.records import RunRecord
from trainshed.contract.wire import now


def local(at: datetime | None) -> str:
    """``2026-11-24 02:11:37`` in the local time zone; empty for None."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def spent(run: RunRecord) -> str:
    """How long the run has been Running, up to now or to its end; empty before that."""
    if run.started_at is None:
        return ""
    return words.duration(((run.ended_at or now()) - run.started_at).total_seconds())
