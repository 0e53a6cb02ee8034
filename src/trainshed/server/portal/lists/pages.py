"""What the lists show."""

from __future__ import annotations

from dataclasses import dataclass

from trainshed.server.portal.framing import Choice
from trainshed.server.portal.run_lines import RunLine


@dataclass(frozen=True)
class RunsPage:
    """The list of runs, newest first. ``narrowed``: a filter is set, so that none found does not mean none there."""

    title: str
    runs: tuple[RunLine, ...]
    workspaces: tuple[Choice, ...]
    experiments: tuple[Choice, ...]
    statuses: tuple[Choice, ...]
    narrowed: bool
    older: str = ""
