"""A run as every list shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainshed.contract import words
from trainshed.contract.records import RunRecord
from trainshed.contract.status import ENDED
from trainshed.server.portal.addresses import page_of


@dataclass(frozen=True)
class RunLine:
    """A run in a list. ``href``: its page. ``running_since``: its duration still grows.
    ``values``: the last ones of the metrics that the list compares.
    """

    id: str
    experiment: str
    number: int
    status: str
    created_at: datetime
    duration: str
    target: str
    href: str
    experiment_href: str
    name: str = ""
    running_since: datetime | None = None
    why: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()


def run_line(run: RunRecord, now: datetime) -> RunLine:
    """A run as a list shows it; ``now``, aware UTC, is what durations of runs that go on count up to."""
    return RunLine(
        id=run.id,
        experiment=run.experiment,
        number=run.number,
        status=run.status.value,
        created_at=run.created_at,
        duration=run_duration(run, now),
        target=run.target or "",
        href=run_href(run),
        experiment_href=page_of("experiments", run.workspace_id, run.experiment),
        name=run.name or "",
        running_since=run.started_at if run.status not in ENDED else None,
        why=_why(run),
        tags=tuple((name, value or "") for name, value in run.tags.items()),
    )


def _why(run: RunRecord) -> str:
    """What a reader of a list asks of such a run: why it failed, why it waits."""
    if run.error is not None:
        return run.error.message
    return "" if run.started_at is not None else run.status_reason or ""


def run_href(run: RunRecord) -> str:
    """The path of a run's page."""
    return href_of(run.workspace_id, run.id)


def href_of(workspace_id: str, run_id: str) -> str:
    """The path of the page of a run of that id."""
    return page_of("runs", workspace_id, run_id)


def run_duration(run: RunRecord, now: datetime) -> str:
    """How long the run has been Running, up to now or to its end; empty before that."""
    if run.started_at is None:
        return ""
    return words.duration(((run.ended_at or now) - run.started_at).total_seconds())
