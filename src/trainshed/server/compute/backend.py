"""What a compute back-end is: it puts node agents on machines, and nothing else.

Calls may be repeated and never wait for the job. They block (files, sockets): the control loop calls them on a thread.
"""

from __future__ import annotations

import abc
import enum
from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

from trainshed.contract.api import TargetView
from trainshed.contract.messages import AgentConfig
from trainshed.contract.records import AttemptRecord, WorkspaceRecord
from trainshed.contract.spec import RunSpec


@dataclass(frozen=True)
class Assignment:
    """An attempt that shall be started, with its tokens. Never logged."""

    attempt: AttemptRecord
    experiment: str
    workspace: WorkspaceRecord
    spec: RunSpec
    agent_token: str
    run_token: str
    run_token_expiry: str
    addresses: Tuple[str, ...]


@dataclass(frozen=True)
class NodePlan:
    """One agent: where its folder is made, and what it will know."""

    folder: str
    config: AgentConfig


@dataclass(frozen=True)
class LaunchPlan:
    """What ``start`` will do. ``key``: the same key starts the same thing, once."""

    key: str
    nodes: Tuple[NodePlan, ...]


@dataclass(frozen=True)
class Handle:
    """An attempt's place on a back-end; another process can take it up. ``folders``: one per node."""

    key: str
    folders: Tuple[str, ...]


class Observed(enum.Enum):
    """What a back-end sees of an attempt.

    ``ATTENDED``: every node has an agent. ``UNATTENDED``: one lacks its agent, which can be started again.
    ``ABSENT``: the attempt was
    never put there, or its folder is gone. ``UNKNOWN``: the back-end cannot tell now.
    """

    ATTENDED = "attended"
    UNATTENDED = "unattended"
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
    def stop(self, handle: Handle) -> None:
        """See to it that what was given up is ended; already gone: returns."""


class Adopting(abc.ABC):
    """A back-end that can give a node a new agent which takes up where the old one was killed."""

    @abc.abstractmethod
    def handle(self, attempt: AttemptRecord, node_count: int) -> Handle:
        """The handle of an attempt that an earlier server started."""

    @abc.abstractmethod
    def adopt(self, handle: Handle) -> None:
        """Start agents for the nodes that lack one; OSError as in ``start``."""
