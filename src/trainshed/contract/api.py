"""What goes over ``/api/v1`` besides the records themselves: request bodies and answers of the REST interface.

docs/architecture.md ("The wire") lists every path. Bodies are :mod:`~trainshed.contract.wire` forms of these classes.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional, Tuple

from trainshed.contract.frozen import dataclass, field
from trainshed.contract.records import AttemptRecord, FileEntry, RunError, RunEvent, RunRecord
from trainshed.contract.snapshot import Manifest
from trainshed.contract.spec import RunSpec


@dataclass(frozen=True)
class Health:
    """Answer of ``GET /health`` (no token needed)."""

    server_id: str
    version: str
    wire: int
    oldest_wire: int
    schema: str


@dataclass(frozen=True)
class WorkspaceAsk:
    """Body of ``POST /workspaces``. Without ``create`` a missing workspace is WorkspaceNotFound."""

    name: str
    subscription_id: str
    resource_group: str
    location: str = "local"
    create: bool = False


@dataclass(frozen=True)
class ExperimentAsk:
    """Body of ``POST /workspaces/{ws}/experiments``."""

    name: str


@dataclass(frozen=True)
class RunCreate:
    """Body of ``POST /workspaces/{ws}/runs``. With ``spec`` the run is queued; without, it is a record
    (``start_logging``, ``child_run``).

    ``start``: a run without a spec goes to Running at once. ``run_id`` None: the server makes one.
    """

    experiment: str
    run_id: Optional[str] = None
    spec: Optional[RunSpec] = None
    start: bool = True
    type: Optional[str] = None
    parent_id: Optional[str] = None
    name: Optional[str] = None
    tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    snapshot_id: Optional[str] = None


@dataclass(frozen=True)
class RunPatch:
    """Body of ``PATCH /runs/{id}``. A property that has another value already is PropertyExists; nothing is changed
    then. ``snapshot_id``: for runs that were not submitted; theirs was frozen with the spec.
    """

    name: Optional[str] = None
    description: Optional[str] = None
    set_tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    remove_tags: Tuple[str, ...] = ()
    add_properties: Mapping[str, str] = field(default_factory=dict)
    snapshot_id: Optional[str] = None


@dataclass(frozen=True)
class Ending:
    """Body of ``POST /runs/{id}/ending``: ``run.complete()`` and ``run.fail()``. ``status``: Completed, Failed or
    Running (``run.start()``).
    """

    status: str
    error: Optional[RunError] = None


@dataclass(frozen=True)
class CancelAsk:
    """Body of ``POST /runs/{id}/cancellation``."""

    reason: str = ""
    grace_s: Optional[float] = None


@dataclass(frozen=True)
class RunPage:
    """Answer of ``GET /workspaces/{ws}/runs``: newest first; ``next`` goes into ``?after=`` for the following page,
    None at the end.
    """

    runs: Tuple[RunRecord, ...]
    next: Optional[str] = None
    total: Optional[int] = None


@dataclass(frozen=True)
class RunDetails:
    """Answer of ``GET /runs/{id}/details``."""

    run: RunRecord
    spec: Optional[RunSpec]
    files: Tuple[FileEntry, ...]
    events: Tuple[RunEvent, ...]
    attempts: Tuple[AttemptRecord, ...]
    metrics_dropped: int = 0
    torn_lines: int = 0


@dataclass(frozen=True)
class FilePage:
    """Answer of ``GET /runs/{id}/files``."""

    files: Tuple[FileEntry, ...]


@dataclass(frozen=True)
class FileAsk:
    """Body of ``POST /runs/{id}/files``: record contents that the store has (or that lie in ``incoming``) as files of
    the run.

    ``replace`` False: a name that is taken is FileExists.
    """

    path: str
    sha256: str
    size: int
    incoming: Optional[str] = None
    replace: bool = False


@dataclass(frozen=True)
class HaveAsk:
    """Body of ``POST /blobs/have``. Asking refreshes the age of those that are there, so that no sweep takes them
    within 24 h.
    """

    sha256: Tuple[str, ...]


@dataclass(frozen=True)
class HaveAnswer:
    missing: Tuple[str, ...]


@dataclass(frozen=True)
class AdoptAsk:
    """Body of ``POST /blobs/adopt``: files written to ``store/incoming`` on the server's own file system become
    contents.
    """

    blobs: Tuple[Adopted, ...]


@dataclass(frozen=True)
class Adopted:
    incoming: str
    sha256: str
    size: int


@dataclass(frozen=True)
class BlobPart:
    """Answer of ``PUT /blobs/{sha256}``: how many bytes are there; ``complete``: all, and the hash is right."""

    have: int
    complete: bool


@dataclass(frozen=True)
class SnapshotAnswer:
    """Answer of ``PUT /snapshots/{id}``: recorded when ``missing`` is empty."""

    missing: Tuple[str, ...]


@dataclass(frozen=True)
class SnapshotView:
    id: str
    manifest: Manifest


@dataclass(frozen=True)
class MetricSeries:
    """All that a run logged under one name, in order. ``kind``: ``scalar``, ``list`` (also scalars and lists), ``row``
    or ``table`` (also rows, and any other mixture).

    ``values``: for scalar and list, scalars (nan and inf as in :mod:`~trainshed.contract.spool`); for row and table,
    mappings as logged; scalars that were logged under a table's name are between them.
    """

    name: str
    kind: str
    values: Tuple[Any, ...]
    steps: Tuple[Optional[int], ...] = ()
    times: Tuple[float, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class MetricsAnswer:
    """Answer of ``GET /runs/{id}/metrics``: names in the order first logged; ``run_id`` tells the children's apart
    when recursive.
    """

    runs: Tuple[RunMetrics, ...]


@dataclass(frozen=True)
class RunMetrics:
    run_id: str
    series: Tuple[MetricSeries, ...]


@dataclass(frozen=True)
class SpoolAnswer:
    """Answer of ``POST /runs/{id}/spool/{name}?offset=N`` (interactive runs)."""

    acked: int
    durable: int


@dataclass(frozen=True)
class TargetView:
    """A compute target. ``waiting``: runs in its queue; ``why``: one sentence when they wait."""

    name: str
    type: str
    state: str
    running: int = 0
    waiting: int = 0
    why: str = ""


@dataclass(frozen=True)
class TargetPage:
    targets: Tuple[TargetView, ...]


@dataclass(frozen=True)
class LinkAsk:
    """Body of ``POST /portal/links``: a link that opens ``path`` of the portal logged in, once, within 24 h."""

    path: str


@dataclass(frozen=True)
class LinkAnswer:
    url: str


@dataclass(frozen=True)
class ServerStatus:
    """Answer of ``GET /server``."""

    server_id: str
    version: str
    pid: int
    url: str
    home: str
    uptime_s: float
    running: int
    waiting: int
    rss_bytes: int
    forkers: Tuple[int, ...] = ()


@dataclass(frozen=True)
class Stopping:
    """Answer of ``POST /server/stop``: how many runs go on without the server."""

    running: int


@dataclass(frozen=True)
class Usage:
    """Answer of ``GET /usage``: bytes on disk by what holds them."""

    database_bytes: int
    store_bytes: int
    growing_bytes: int
    node_folders_bytes: int
    runtimes_bytes: int
    backups_bytes: int
    unreferenced_bytes: int
    environments_bytes: int = 0
    fetched_bytes: int = 0
    datastores_bytes: int = 0


@dataclass(frozen=True)
class PruneAsk:
    """Body of ``POST /prune``: node folders of ended runs, unreferenced contents older than ``older_than_s``,
    runtimes not in use, environments that no run uses, files fetched from URLs that nobody asked for in so long.
    """

    older_than_s: float = 86400.0
    dry_run: bool = False


@dataclass(frozen=True)
class PruneAnswer:
    freed_bytes: int
    removed: Tuple[str, ...]
