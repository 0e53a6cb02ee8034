"""What is at the top of every page of a run: how it stands, how long it took, the ways to its other pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from trainshed.contract.records import RunEvent, RunRecord
from trainshed.contract.status import ENDED, RunStatus
from trainshed.server.portal.run.phases import Phase, phases
from trainshed.server.portal.run_lines import RunLine, run_duration, run_href, run_line

#: Name and last part of the path of each page of a run. Children are shown where there are any.
OVERVIEW, METRICS, LOGS, FILES, CODE, ENVIRONMENT, CHILDREN = (
    "Overview",
    "Metrics",
    "Logs",
    "Files",
    "Code",
    "Environment",
    "Children",
)
_PATHS = {
    OVERVIEW: "",
    METRICS: "/metrics",
    LOGS: "/logs",
    FILES: "/files",
    CODE: "/code",
    ENVIRONMENT: "/environment",
    CHILDREN: "/children",
}


@dataclass(frozen=True)
class Tab:
    """A page of the run. ``here``: the one that is shown."""

    text: str
    href: str
    here: bool


@dataclass(frozen=True)
class RunHead:
    """The top of a page.

    Args:
        reason: why it waits, or how it ended.
        ended: nothing about it changes by itself any more.
        running_since: its duration still grows.
        cancel_href: where it can be canceled; empty: it has ended, or was asked to.
        href: of the first of its pages.
        events: where changes are told; empty for a run that has ended.
    """

    id: str
    name: str
    experiment: str
    number: int
    status: str
    reason: str
    ended: bool
    created_at: datetime
    duration: str
    running_since: datetime | None
    phases: tuple[Phase, ...]
    tabs: tuple[Tab, ...]
    list_href: str
    href: str
    cancel_href: str
    events: str
    parent: RunLine | None


def _reason(run: RunRecord) -> str:
    """Why it waits, or how it ended; why it failed is told at length elsewhere."""
    if run.error is not None or run.status is RunStatus.RUNNING:
        return ""
    return reason_besides(run.status, run.status_reason or "")


def reason_besides(status: RunStatus, reason: str) -> str:
    """What a reason says that the status does not say already."""
    return "" if reason.lower() == status.value.lower() else reason


def run_head(
    run: RunRecord,
    events: Sequence[RunEvent],
    parent: RunRecord | None,
    here: str,
    now: datetime,
    *,
    has_children: bool,
    told: Mapping[str, str] | None = None,
) -> RunHead:
    """The top of the page ``here``; ``told``: what else its stream of events is to tell."""
    ended, href = run.status in ENDED, run_href(run)
    names = [name for name in _PATHS if name != CHILDREN or has_children]
    return RunHead(
        id=run.id,
        name=run.name or "",
        experiment=run.experiment,
        number=run.number,
        status=run.status.value,
        reason=_reason(run),
        ended=ended,
        created_at=run.created_at,
        duration=run_duration(run, now),
        running_since=None if ended else run.started_at,
        phases=phases(run.created_at, events, now),
        tabs=tuple(Tab(name, href + _PATHS[name], name == here) for name in names),
        list_href="/runs?" + urlencode({"workspace": run.workspace_id, "experiment": run.experiment}),
        href=href,
        cancel_href="" if ended or run.cancel_requested else f"{href}/cancel",
        events="" if ended else f"{href}/events?{urlencode({'known': run.event_seq, **(told or {})})}",
        parent=run_line(parent, now) if parent else None,
    )
