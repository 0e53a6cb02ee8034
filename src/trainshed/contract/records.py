"""What is kept about a run: the run itself, its attempts, their nodes, and the ranks (processes) on each node."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, Optional, Tuple

from trainshed.contract.frozen import dataclass, field
from trainshed.contract.status import RunStatus


@dataclass(frozen=True)
class WorkspaceRecord:
    """A workspace: v1's three names are kept as names; ``id`` is what the wire uses."""

    id: str
    name: str
    subscription_id: str
    resource_group: str
    location: str
    created_at: datetime


@dataclass(frozen=True)
class RunError:
    """Why a run failed: a code for programs, words for people, the facts behind them.

    Codes: ``exit_code``, ``signal``, ``out_of_memory``, ``max_duration``, ``supervisor_killed``, ``lost``, ``prepare``,
    ``user`` (``run.fail``). ``log_tail`` holds the last lines of the driver log, oldest first.
    """

    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    log_tail: Tuple[str, ...] = ()


@dataclass(frozen=True)
class RunEvent:
    """One change of a run's status, stored in the transaction that made it. ``seq`` counts from 1 within the run."""

    run_id: str
    seq: int
    old: RunStatus
    new: RunStatus
    reason: str
    at: datetime
    actor: str


@dataclass(frozen=True)
class RunRecord:
    """A run. Times are aware UTC; ``number`` counts from 1 within the experiment; ``attempt`` is the newest (0: none
    yet).
    """

    id: str
    workspace_id: str
    experiment: str
    number: int
    status: RunStatus
    created_at: datetime
    event_seq: int = 0
    type: Optional[str] = None
    parent_id: Optional[str] = None
    root_id: Optional[str] = None
    name: Optional[str] = None
    description: Optional[str] = None
    target: Optional[str] = None
    created_by: str = "user"
    started_at: Optional[datetime] = None
    ended_at: Optional[datetime] = None
    attempt: int = 0
    cancel_requested: bool = False
    status_reason: Optional[str] = None
    status_before_silence: Optional[RunStatus] = None
    error: Optional[RunError] = None
    warnings: Tuple[str, ...] = ()
    tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    snapshot_id: Optional[str] = None


@dataclass(frozen=True)
class ProcessName:
    """A process as people know it: left over when its run's entry process ended, or ended with it."""

    pid: int
    command: str


@dataclass(frozen=True)
class ExitReport:
    """How a rank's entry process ended; the form of ``exit.json``. ``at``: when the last process of its tree was gone.

    ``code`` is the exit code (None when a signal ended it), ``signal`` the signal's name such as ``SIGSEGV``.
    ``out_of_memory``: the kernel's own count of out-of-memory kills rose while the process died by SIGKILL.
    ``stopped``: the shim was asked to stop the rank before it ended. ``left_over``: what the entry process left
    running and was ended. ``failure``: why the command could not be started (then ``code`` and ``signal`` are None).
    """

    code: Optional[int]
    signal: Optional[str]
    at: datetime
    out_of_memory: bool = False
    stopped: bool = False
    core_dumped: bool = False
    left_over: Tuple[ProcessName, ...] = ()
    failure: Optional[str] = None


@dataclass(frozen=True)
class RankReport:
    """One process of a node, as its agent sees it."""

    rank: int
    status: RunStatus
    exit: Optional[ExitReport] = None


@dataclass(frozen=True)
class PhaseChange:
    """A node reached a status at a time. Reports carry all of them, so that a lost message loses none."""

    status: RunStatus
    at: datetime
    reason: str = ""


@dataclass(frozen=True)
class NodeReport:
    """All that a node says about itself; cumulative, so the newest report replaces all before it.

    ``seq`` rises with each change and survives the agent (an adopter goes on counting): a report with a lower ``seq``
    than the one known is old news and is dropped. ``properties``: what became known on the node; the run's, unless it
    has one of that name.
    """

    node: int
    seq: int
    phases: Tuple[PhaseChange, ...]
    ranks: Tuple[RankReport, ...] = ()
    error: Optional[RunError] = None
    warnings: Tuple[str, ...] = ()
    host: str = ""
    address: str = ""
    metrics_dropped: int = 0
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> RunStatus:
        """Where the node stands now."""
        return self.phases[-1].status if self.phases else RunStatus.QUEUED


@dataclass(frozen=True)
class AttemptRecord:
    """One try at a run. Given up (``given_up_reason``): fenced; an agent that still speaks for it is refused."""

    id: str
    run_id: str
    workspace_id: str
    number: int
    status: RunStatus
    created_at: datetime
    nodes: Tuple[NodeReport, ...] = ()
    given_up_reason: Optional[str] = None
    last_sync_at: Optional[datetime] = None


@dataclass(frozen=True)
class FileEntry:
    """A file of a run. ``provisional``: still being written; ``sha256`` is None until the file is sealed."""

    path: str
    size_bytes: int
    sha256: Optional[str]
    provisional: bool
    updated_at: datetime
