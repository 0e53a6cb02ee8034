"""What the pages of compute show."""

from __future__ import annotations

from dataclasses import dataclass

from trainshed.server.portal.run_lines import RunLine


@dataclass(frozen=True)
class ComputeFact:
    """A name with its value."""

    name: str
    value: str


@dataclass(frozen=True)
class TargetLine:
    """A target. ``places`` None: as many runs at once as come. ``why``: why runs wait, in a sentence."""

    name: str
    type: str
    state: str
    href: str
    busy: int
    places: int | None
    waiting: int
    why: str
    size: str
    runs_href: str


@dataclass(frozen=True)
class NodeLine:
    """A node of a run that lives: the machine, what it does."""

    run: RunLine
    node: int
    node_count: int
    host: str
    address: str
    status: str
    ranks: int


@dataclass(frozen=True)
class ComputePage:
    """All targets, and the machine that the server is on."""

    title: str
    here: str
    events: str
    targets: tuple[TargetLine, ...]
    machine: tuple[ComputeFact, ...]


@dataclass(frozen=True)
class TargetPage:
    """One target. ``nodes``: what runs there, oldest first; ``queue``: the first that wait, in their order."""

    title: str
    here: str
    events: str
    target: TargetLine
    facts: tuple[ComputeFact, ...]
    tags: tuple[tuple[str, str], ...]
    nodes: tuple[NodeLine, ...]
    queue: tuple[RunLine, ...]
    list_href: str
    code: str
