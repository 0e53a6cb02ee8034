"""What a compute back-end is: it puts node agents on machines, and nothing else.

Calls may be repeated and never wait for the job. They block (files, sockets): the control loop calls them on a thread.
"""

from __future__ import annotations

import abc
import enum
from dataclasses import dataclass, field
from typing import Mapping, Sequence, Tuple

from trainshed.contract.api import TargetView
from trainshed.contract.messages import AgentConfig
from trainshed.contract.records import AttemptRecord, WorkspaceRecord
from trainshed.contract.spec import RunSpec


@dataclass(frozen=True)
class Assignment:
    """An attempt that shall be started, with its tokens: never logged."""

    attempt: AttemptRecord
    experiment: str
    workspace: WorkspaceRecord
    spec: RunSpec
    agent_token: str = field(repr=False)
    run_token: str = field(repr=False)
    run_token_expiry: str
    addresses: Tuple[str, ...]


@dataclass(frozen=True)
class NodePlan:
    """One agent: where its folder is made, and what it will know (not printed: it holds tokens)."""

    folder: str
    config: AgentConfig = field(repr=False)


@dataclass(frozen=True)
class LaunchPlan:
    """What ``start`` will do; the same handle starts the same thing, once."""

    handle: Handle
    nodes: Tuple[NodePlan, ...]


@dataclass(frozen=True)
class Handle:
    """An attempt's place on a back-end; any server can make it anew from the records."""

    key: str
    workspace_id: str
    run_id: str
    number: int
    node_count: int


class Observed(enum.Enum):
    """What a back-end sees of an attempt.

    ``ATTENDED``: every node has an agent, or needs none any more. ``UNATTENDED``: a node lacks its agent, and something
    there still supervises processes. ``EMPTY``: a node lacks its agent, and nothing else of ours lives there.
    ``ABSENT``: the attempt was never put there, or its folder is gone. ``UNKNOWN``: the back-end can't tell now.
    """

    ATTENDED = "attended"
    UNATTENDED = "unattended"
    EMPTY = "empty"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class ComputeBackend(abc.ABC):
    """Puts node agents on machines."""

    @abc.abstractmethod
    def targets(self) -> Sequence[TargetView]:
        """The targets it serves, for people and for the check of a name."""

    @abc.abstractmethod
    def plan(self, assignment: Assignment) -> LaunchPlan:
        """What ``start`` would do; no side effect."""

    @abc.abstractmethod
    def start(self, plan: LaunchPlan) -> Handle:
        """Put the agents there; the same key again gives the same handle and starts nothing twice.

        Raises:
            OSError: a node takes no files (a full disk), or no agent can be started there.
        """

    @abc.abstractmethod
    def observe(self, handles: Sequence[Handle]) -> Mapping[Handle, Observed]:
        """How each attempt is attended."""

    @abc.abstractmethod
    def adopt(self, handle: Handle) -> None:
        """Give each node that lacks one an agent, which takes up where the old one was killed and hears the orders that
        wait; OSError as in ``start``. Nothing lacks one: returns.
        """

    def discard(self, handle: Handle) -> None:  # noqa: B027  most back-ends leave nothing
        """Remove what a ``start`` left that was cut off, so that no agent was started."""

    def handle(self, attempt: AttemptRecord, node_count: int) -> Handle:
        """The handle of an attempt, also of one that an earlier server started."""
        return Handle(attempt.id, attempt.workspace_id, attempt.run_id, attempt.number, node_count)
