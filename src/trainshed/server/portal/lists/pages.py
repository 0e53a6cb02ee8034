"""What the lists show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainshed.server.portal.framing import Choice, Link
from trainshed.server.portal.run_lines import RunLine


@dataclass(frozen=True)
class RunsFilter:
    """The list's filters as its form shows them. ``statuses``, ``tags`` are links: to that list, to the one without.

    ``path``, ``workspace``: where the form leads. ``metrics``: whose last values can be shown; none: they are not.
    """

    path: str
    workspace: str
    statuses: tuple[Link, ...]
    status: str
    experiments: tuple[Choice, ...]
    targets: tuple[Choice, ...]
    ages: tuple[Choice, ...]
    tags: tuple[Link, ...]
    words: str
    first: str
    last: str
    metrics: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class RunsPage:
    """The list of runs, newest first.

    Args:
        here: the page's own address; what changes is asked for there.
        events: where it is told that something has changed.
        narrowed: a filter is set, so that none found does not mean none there.
        all_href: the list without filters.
        tag_href: the list narrowed further to a tag, which is to be added at its end.
        metrics: names of the columns of last values; each run has one for each.
        older, newest: addresses of the next page and the first one; empty: this is the last, the first.
    """

    title: str
    here: str
    events: str
    runs: tuple[RunLine, ...]
    filter: RunsFilter
    narrowed: bool
    all_href: str
    tag_href: str
    metrics: tuple[str, ...] = ()
    older: str = ""
    newest: str = ""


@dataclass(frozen=True)
class Strip:
    """The last runs of an experiment, oldest first: their words for the eye, their links."""

    status: str
    href: str
    title: str


@dataclass(frozen=True)
class ExperimentLine:
    """An experiment in a list. ``last_at`` None: it has no run."""

    name: str
    href: str
    runs: int
    last_at: datetime | None
    last_status: str
    strip: tuple[Strip, ...]
    tags: tuple[tuple[str, str], ...] = ()
    archived: bool = False


@dataclass(frozen=True)
class ExperimentsPage:
    """All experiments, those with the newest runs first. ``more``: not all are shown."""

    title: str
    here: str
    events: str
    experiments: tuple[ExperimentLine, ...]
    shown: tuple[Link, ...]
    archived: bool = False


@dataclass(frozen=True)
class ExperimentPage:
    """One experiment with its runs."""

    title: str
    experiment: ExperimentLine
    created_at: datetime
    list_href: str
    runs: RunsPage
