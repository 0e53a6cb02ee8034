"""What the page of a run shows. Templates choose and loop over these classes, no more; the JSON twins are the same in
their wire forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainshed.server.portal.run_lines import RunLine


@dataclass(frozen=True)
class Fact:
    """A name with its value, both as text."""

    name: str
    value: str


@dataclass(frozen=True)
class HistoryLine:
    """One change of status."""

    status: str
    at: datetime
    reason: str
    actor: str


@dataclass(frozen=True)
class Sparkline:
    """A series drawn small: ``points`` of an SVG polyline in a box of 120 by 24, with what the box spans."""

    points: str
    low: str
    high: str


@dataclass(frozen=True)
class MetricLine:
    """A metric's last value. ``sparkline`` None: nothing to draw."""

    name: str
    kind: str
    last: str
    count: int
    sparkline: Sparkline | None = None


@dataclass(frozen=True)
class FileLine:
    """A file of the run. ``href`` downloads it."""

    path: str
    size: str
    href: str
    provisional: bool


@dataclass(frozen=True)
class LogTail:
    """The end of a log. ``skipped``: it is longer than what is shown."""

    path: str
    text: str
    href: str
    skipped: bool


@dataclass(frozen=True)
class Problem:
    """Why the run failed."""

    code: str
    message: str
    log_tail: tuple[str, ...]


@dataclass(frozen=True)
class RunPage:
    """One run. ``ended``: nothing on the page will change by itself; ``more_children``: not all are in ``children``."""

    title: str
    id: str
    experiment: str
    status: str
    status_reason: str
    ended: bool
    created_at: datetime
    duration: str
    problem: Problem | None
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]
    arguments: tuple[str, ...]
    history: tuple[HistoryLine, ...]
    metrics: tuple[MetricLine, ...]
    metrics_dropped: int
    files: tuple[FileLine, ...]
    log: LogTail | None
    tags: tuple[Fact, ...]
    properties: tuple[Fact, ...]
    git: tuple[Fact, ...]
    children: tuple[RunLine, ...]
    more_children: bool
    list_href: str
    parent: RunLine | None = None
    description: str = ""
