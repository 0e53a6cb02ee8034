"""What is said between the processes of a run: server and agent over HTTP, agent and shim by files, anyone and the
forker by a socket.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional, Tuple

from trainshed.contract.frozen import dataclass, field
from trainshed.contract.records import NodeReport, WorkspaceRecord
from trainshed.contract.spec import RunSpec
from trainshed.contract.version import WIRE_VERSION
from trainshed.contract.wire import from_wire, to_wire


@dataclass(frozen=True)
class ServerFacts:
    """``server.json``: how to reach the server of a home. ``started``: /proc start time of ``pid``, so that a reused
    pid is not taken for it.
    """

    pid: int
    started: str
    version: str
    wire: int
    schema: str
    server_id: str
    url: str
    socket: Optional[str]


@dataclass(frozen=True)
class AgentConfig:
    """``agent.json``: all that an agent needs to know. Holds tokens: mode 0600, never logged.

    ``addresses``: the server's, best first (``unix:///path``, ``http://host:port``). ``store``: the content store's
    folder when it lies on this
    machine (the agent still compares file systems), else None. ``runtime``: the folder for the training process's path.
    ``uv``: the program that builds environments; None: the node's own, if any. ``building``: variables for that alone.
    """

    run_id: str
    experiment: str
    workspace: WorkspaceRecord
    attempt_id: str
    attempt: int
    node: int
    addresses: Tuple[str, ...]
    agent_token: str
    run_token: str
    run_token_expiry: str
    runtime: str
    spec: RunSpec
    store: Optional[str] = None
    forker_socket: Optional[str] = None
    inherited: Mapping[str, str] = field(default_factory=dict)
    uv: Optional[str] = None
    building: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EnvironmentUse:
    """A file of ``environments/<hash>/uses/``: the node folder that uses this build."""

    node_folder: str
    build: int


@dataclass(frozen=True)
class Mount:
    """What a command sees at ``target``, which exists and is of ``source``'s kind (folder or file). Both absolute."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class ShimCommand:
    """``command.json``: what a shim executes. ``environment`` is complete; ``log`` is opened O_APPEND for stdout and
    stderr; ``mounts`` are made in this order, in a mount namespace of the command's own.
    """

    argv: Tuple[str, ...]
    environment: Mapping[str, str]
    cwd: str
    log: str
    mark: str
    grace_s: float
    mounts: Tuple[Mount, ...] = ()


@dataclass(frozen=True)
class StartedReport:
    """``started.json``: pids with their /proc start times (a pid alone may have been reused).

    ``since_boot_s``: when the command began, by the clock that runs from the machine's start, asleep or not. The
    process itself may be older: it was forked ahead.
    """

    shim_pid: int
    shim_started: str
    pid: int
    pid_started: str
    at: str
    since_boot_s: Optional[float] = None


@dataclass(frozen=True)
class StopOrder:
    """``stop.json``: end the rank's whole tree: SIGTERM, then SIGKILL after ``grace_s``."""

    grace_s: float
    reason: str


@dataclass(frozen=True)
class Append:
    """Bytes of a growing file or spool; they follow in the body. ``kind``: ``log`` (azureml-logs/), ``file``
    (outputs/, logs/) or ``spool``.
    """

    path: str
    kind: str
    offset: int
    size: int


@dataclass(frozen=True)
class WholeFile:
    """A finished file, already in the store (``incoming`` None) or lying under this name in ``store/incoming``."""

    path: str
    size: int
    sha256: str
    incoming: Optional[str] = None
    provisional: bool = False


@dataclass(frozen=True)
class SyncRequest:
    """An agent's message; idempotent. ``agent``: random per agent process. ``final``: nothing more will come; make
    everything durable.
    """

    wire: int
    attempt: int
    node: int
    agent: str
    report: NodeReport
    appends: Tuple[Append, ...] = ()
    files: Tuple[WholeFile, ...] = ()
    removed: Tuple[str, ...] = ()
    final: bool = False


@dataclass(frozen=True)
class SyncAnswer:
    """``acked``: for each stream of the node (by path) how many bytes the server has. ``durable``: the same, of what
    survives a power loss.

    ``stored``: paths whose whole content is recorded. ``missing``: paths whose content the store lacks (send it, then
    say it again).
    ``watched``: somebody follows the run. ``last_order``: number of the newest order. ``finished``: answer to
    ``final``: all is durable.
    """

    wire: int = WIRE_VERSION
    acked: Mapping[str, int] = field(default_factory=dict)
    durable: Mapping[str, int] = field(default_factory=dict)
    stored: Tuple[str, ...] = ()
    missing: Tuple[str, ...] = ()
    watched: bool = False
    last_order: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Order:
    """What an agent shall do. ``kind``: ``cancel`` or ``drop`` (the attempt was given up: end the processes, keep
    the folder as ``stale/``).
    """

    number: int
    kind: str
    grace_s: float = 10.0
    reason: str = ""


@dataclass(frozen=True)
class OrdersAnswer:
    """All orders after the number asked for."""

    orders: Tuple[Order, ...] = ()
    last: int = 0
    watched: bool = False


def pack_sync(request: SyncRequest, payload: bytes) -> bytes:
    """The body of a sync: one line of JSON, then the bytes of ``appends`` in their order."""
    head = json.dumps(to_wire(request), separators=(",", ":")).encode("utf-8", "surrogatepass")
    return head + b"\n" + payload


def unpack_sync(body: bytes) -> Tuple[SyncRequest, memoryview]:
    """The reverse of :func:`pack_sync`. ValueError when the payload's length is not the sum of the appends."""
    end = body.index(b"\n")
    request = from_wire(SyncRequest, json.loads(body[:end]))
    payload = memoryview(body)[end + 1 :]
    if len(payload) != sum(append.size for append in request.appends):
        raise ValueError("sync: the payload has %d bytes, its header promises others" % len(payload))
    return request, payload


@dataclass(frozen=True)
class ForkerRequest:
    """One line of JSON on the forker's socket, answered by one line.

    ``op``: ``agent`` or ``shim`` (``folder`` is the node's or the rank's folder), ``status``, ``retire`` (leave when
    the last child has ended).
    """

    op: str
    folder: str = ""


@dataclass(frozen=True)
class ForkerAnswer:
    ok: bool
    pid: int = 0
    error: str = ""
    children: Tuple[int, ...] = ()
    runtime: str = ""


def json_line(value: Any) -> bytes:
    """A record as one line of JSON."""
    return json.dumps(to_wire(value), separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def as_dict(line: bytes) -> Dict[str, Any]:
    """One line of JSON as a dict; ValueError if it is anything else."""
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("expected a JSON object, got %r" % (data,))
    return data
