"""What the first page shows."""

from __future__ import annotations

from dataclasses import dataclass

from trainshed.server.portal.lists.pages import ExperimentLine
from trainshed.server.portal.run_lines import RunLine


@dataclass(frozen=True)
class HomePage:
    """What goes on.

    Args:
        running, waiting: newest first, oldest first; only some, where there are many.
        running_count, waiting_count: all of them.
        latest: the newest that have ended.
        experiments: those with the newest runs first.
    """

    title: str
    here: str
    events: str
    running: tuple[RunLine, ...]
    running_count: int
    waiting: tuple[RunLine, ...]
    waiting_count: int
    latest: tuple[RunLine, ...]
    experiments: tuple[ExperimentLine, ...]
    running_href: str
    waiting_href: str
    runs_href: str
    experiments_href: str
