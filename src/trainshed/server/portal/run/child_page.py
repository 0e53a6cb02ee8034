"""The page of a run's children."""

from __future__ import annotations

from dataclasses import dataclass

from trainshed.server.portal.run.head import RunHead
from trainshed.server.portal.run_lines import RunLine


@dataclass(frozen=True)
class ChildPage:
    """The page; ``older``: where the next of them are."""

    title: str
    id: str
    head: RunHead
    children: tuple[RunLine, ...]
    older: str


@dataclass(frozen=True)
class CancelPage:
    """Asks whether a run is really to be canceled. ``children``: it has some, which end with it."""

    title: str
    id: str
    head: RunHead
    grace: str
    children: bool
