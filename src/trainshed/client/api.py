"""One method for each path of the wire (docs/architecture.md, section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

from trainshed.client.answer import Answer
from trainshed.client.http import Body, Client, Stream
from trainshed.contract.api import (
    AdoptAsk,
    BlobPart,
    CancelAsk,
    Ending,
    FileAsk,
    FilePage,
    HaveAnswer,
    HaveAsk,
    Health,
    LinkAnswer,
    LinkAsk,
    MetricsAnswer,
    PruneAnswer,
    PruneAsk,
    RunCreate,
    RunDetails,
    RunPage,
    RunPatch,
    ServerStatus,
    SnapshotAnswer,
    SpoolAnswer,
    Stopping,
    TargetPage,
    Usage,
    WorkspaceAsk,
)
from trainshed.contract.errors import RunExists, ServerError, ServerUnreachable
from trainshed.contract.frozen import replace
from trainshed.contract.messages import OrdersAnswer, SyncAnswer, SyncRequest, pack_sync
from trainshed.contract.names import new_run_id
from trainshed.contract.records import FileEntry, RunRecord, WorkspaceRecord
from trainshed.contract.snapshot import Manifest
from trainshed.contract.tuples import NamedTuple
from trainshed.contract.wire import format_time, from_wire

if TYPE_CHECKING:
    from datetime import datetime

    from trainshed.client.compute_api import ComputeApi
    from trainshed.client.data_api import DataApi
    from trainshed.client.environments_api import EnvironmentsApi
    from trainshed.client.history_api import HistoryApi
    from trainshed.client.models_api import ModelsApi
    from trainshed.client.secrets_api import SecretsApi

#: How much longer than ``wait_s`` an answer may take.
_MARGIN_S = 60.0
#: Big bodies, and what makes the server work long.
_LONG_S = 600.0


class FilePart(NamedTuple):
    """Bytes of a run's file. ``size_bytes``: of the whole file at present; ``final``: it will not grow."""

    data: bytes
    size_bytes: int
    final: bool


class Api:
    """The server's paths as methods. Each makes one request (more only where it says so).

    Errors: those that the path's text in docs/architecture.md names, and ServerUnreachable.
    """

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def data(self) -> DataApi:
        """Datastores and datasets."""
        from trainshed.client.data_api import DataApi

        return DataApi(self.client)

    @property
    def environments(self) -> EnvironmentsApi:
        """Registered environments and private wheels."""
        from trainshed.client.environments_api import EnvironmentsApi

        return EnvironmentsApi(self.client)

    @property
    def compute(self) -> ComputeApi:
        """Compute targets that somebody makes."""
        from trainshed.client.compute_api import ComputeApi

        return ComputeApi(self.client)

    @property
    def models(self) -> ModelsApi:
        """Registered models."""
        from trainshed.client.models_api import ModelsApi

        return ModelsApi(self.client)

    @property
    def secrets(self) -> SecretsApi:
        """The key vault."""
        from trainshed.client.secrets_api import SecretsApi

        return SecretsApi(self.client)

    # --- the server

    def health(self, *, timeout_s: float = 10.0) -> Health:
        return self.client.request("GET", "/health", timeout_s=timeout_s).record(Health)

    def server(self) -> ServerStatus:
        return self.client.request("GET", "/server").record(ServerStatus)

    def stop(self) -> Stopping:
        """The server leaves; runs go on."""
        return self.client.request("POST", "/server/stop", idempotent=False, timeout_s=20.0).record(Stopping)

    def usage(self) -> Usage:
        return self.client.request("GET", "/usage", timeout_s=_LONG_S).record(Usage)

    def prune(self, ask: PruneAsk) -> PruneAnswer:
        return self.client.request("POST", "/prune", record=ask, idempotent=True, timeout_s=_LONG_S).record(PruneAnswer)

    def link(self, path: str) -> str:
        """A URL that opens ``path`` of the portal logged in, once, within 24 h."""
        answer = self.client.request("POST", "/portal/links", record=LinkAsk(path), idempotent=True)
        return answer.record(LinkAnswer).url

    def openapi(self) -> Mapping[str, Any]:
        description: Mapping[str, Any] = self.client.request("GET", "/openapi.json").json()
        return description

    @property
    def history(self) -> HistoryApi:
        """The paths of experiments, and what is said about workspaces."""
        from trainshed.client.history_api import HistoryApi

        return HistoryApi(self.client)

    # --- workspaces, targets

    def workspace(self, ask: WorkspaceAsk) -> WorkspaceRecord:
        """Find a workspace by its three names; with ``ask.create`` it comes to be."""
        return self.client.request("POST", "/workspaces", record=ask, idempotent=True).record(WorkspaceRecord)

    def workspaces(self) -> List[WorkspaceRecord]:
        return [from_wire(WorkspaceRecord, item) for item in self.client.request("GET", "/workspaces").json()]

    def targets(self, workspace: str) -> TargetPage:
        return self.client.request("GET", _ws(workspace) + "/targets").record(TargetPage)

    # --- runs

    def create_run(self, workspace: str, ask: RunCreate, *, patience_s: Optional[float] = None) -> RunRecord:
        """Make a run, once: the id is chosen here, so that a repetition after a lost answer finds the run.

        Requests: 1; 2 when an answer was lost.
        """
        path = _ws(workspace) + "/runs"
        if ask.run_id is not None:
            return self.client.request("POST", path, record=ask, patience_s=patience_s).record(RunRecord)
        ask = replace(ask, run_id=new_run_id(ask.experiment))
        try:
            return self.client.request("POST", path, record=ask, idempotent=True, patience_s=patience_s).record(
                RunRecord
            )
        except RunExists:
            return self.get_run(workspace, str(ask.run_id))

    def get_run(
        self, workspace: str, run: str, *, known: Optional[int] = None, wait_s: Optional[float] = None
    ) -> RunRecord:
        """The run; with ``known`` and ``wait_s``, as soon as its ``event_seq`` is above ``known`` or it has ended."""
        query = {"known": known, "wait_s": wait_s}
        return self.client.request("GET", _run(workspace, run), query=query, timeout_s=_waiting(wait_s)).record(
            RunRecord
        )

    def list_runs(
        self,
        workspace: str,
        *,
        experiment: Optional[str] = None,
        parent: Optional[str] = None,
        root: Optional[str] = None,
        type: Optional[str] = None,
        status: Union[str, Sequence[str], None] = None,
        tags: Sequence[str] = (),
        properties: Sequence[str] = (),
        target: Optional[str] = None,
        created_since: Optional[datetime] = None,
        created_before: Optional[datetime] = None,
        ended_since: Optional[datetime] = None,
        ended_before: Optional[datetime] = None,
        prefix: Optional[str] = None,
        limit: Optional[int] = None,
        after: Optional[str] = None,
        include_children: bool = False,
    ) -> RunPage:
        """One page, newest first. ``tags`` and ``properties`` are ``KEY`` or ``KEY=VALUE``; all must hold.

        Times are aware. ``since`` takes the time itself in, ``before`` does not. ``prefix``: how the id begins.
        """
        times = {
            "created_since": created_since,
            "created_before": created_before,
            "ended_since": ended_since,
            "ended_before": ended_before,
        }
        query = {
            "experiment": experiment,
            "parent": parent,
            "root": root,
            "type": type,
            "status": status,
            "tag": list(tags),
            "property": list(properties),
            "target": target,
            "prefix": prefix,
            "limit": limit,
            "after": after,
            "include_children": True if include_children else None,
            **{name: None if at is None else format_time(at) for name, at in times.items()},
        }
        return self.client.request("GET", _ws(workspace) + "/runs", query=query).record(RunPage)

    def details(self, workspace: str, run: str) -> RunDetails:
        return self.client.request("GET", _run(workspace, run) + "/details").record(RunDetails)

    def patch_run(self, workspace: str, run: str, patch: RunPatch) -> RunRecord:
        return self.client.request("PATCH", _run(workspace, run), record=patch, idempotent=True).record(RunRecord)

    def end_run(self, workspace: str, run: str, ending: Ending) -> RunRecord:
        path = _run(workspace, run) + "/ending"
        return self.client.request("POST", path, record=ending, idempotent=True).record(RunRecord)

    def cancel_run(self, workspace: str, run: str, ask: Optional[CancelAsk] = None) -> RunRecord:
        path = _run(workspace, run) + "/cancellation"
        return self.client.request("POST", path, record=ask or CancelAsk(), idempotent=True).record(RunRecord)

    def metrics(
        self,
        workspace: str,
        run: str,
        *,
        name: Optional[str] = None,
        recursive: bool = False,
        type: Optional[str] = None,
    ) -> MetricsAnswer:
        path = _run(workspace, run) + "/metrics"
        return self._values(path, name, recursive=recursive, kind=type).record(MetricsAnswer)

    def metric_columns(
        self,
        workspace: str,
        run: str,
        *,
        name: Optional[str] = None,
        recursive: bool = False,
        type: Optional[str] = None,
    ) -> bytes:
        """The same values in the form of contract/columns.py: quick for millions of points."""
        path = _run(workspace, run) + "/metrics/columns"
        return self._values(path, name, recursive=recursive, kind=type).body

    def _values(self, path: str, name: Optional[str], *, recursive: bool, kind: Optional[str]) -> Answer:
        query = {"name": name, "recursive": True if recursive else None, "type": kind}
        return self.client.request("GET", path, query=query, timeout_s=_LONG_S)

    def spool(self, workspace: str, run: str, name: str, offset: int, data: bytes) -> SpoolAnswer:
        """Whole lines of a notebook run's spool."""
        path = "%s/spool/%s" % (_run(workspace, run), _quote(name))
        return self.client.request("POST", path, query={"offset": offset}, body=data, idempotent=True).record(
            SpoolAnswer
        )

    # --- files of runs

    def files(self, workspace: str, run: str, prefix: Optional[str] = None) -> Tuple[FileEntry, ...]:
        answer = self.client.request("GET", _run(workspace, run) + "/files", query={"prefix": prefix})
        return answer.record(FilePage).files

    def read_file(
        self,
        workspace: str,
        run: str,
        path: str,
        *,
        offset: int = 0,
        limit: Optional[int] = None,
        wait_s: Optional[float] = None,
    ) -> FilePart:
        """Bytes from ``offset`` on, at most ``limit``; with ``wait_s`` not before there are any or it is final."""
        query = {"offset": offset, "limit": limit, "wait_s": wait_s}
        answer = self.client.request("GET", _file(workspace, run, path), query=query, timeout_s=_waiting(wait_s))
        size_bytes = int(answer.headers.get("X-Trainshed-Size") or offset + len(answer.body))
        return FilePart(answer.body, size_bytes, answer.headers.get("X-Trainshed-Final") == "1")

    def stream_file(self, workspace: str, run: str, path: str, *, offset: int = 0) -> Stream:
        """The file's bytes so far, piece by piece; close the stream."""
        return self.client.stream("GET", _file(workspace, run, path), query={"offset": offset})

    def put_file(self, workspace: str, run: str, path: str, body: Body, *, replace: bool = False) -> FileEntry:
        query = {"replace": replace}
        answer = self.client.request(
            "PUT", _file(workspace, run, path), query=query, body=body, idempotent=replace, timeout_s=_LONG_S
        )
        return answer.record(FileEntry)

    def post_files(self, workspace: str, run: str, files: Iterable[FileAsk]) -> Tuple[FileEntry, ...]:
        path = _run(workspace, run) + "/files"
        asks = list(files)
        repeatable = all(ask.replace for ask in asks)
        answer = self.client.request("POST", path, record=asks, idempotent=repeatable, timeout_s=_LONG_S)
        return answer.record(FilePage).files

    # --- contents and snapshots

    def have(self, hashes: Iterable[str]) -> Tuple[str, ...]:
        """Those contents that the store lacks."""
        answer = self.client.request("POST", "/blobs/have", record=HaveAsk(tuple(hashes)), idempotent=True)
        return answer.record(HaveAnswer).missing

    def blob_bytes_there(self, sha256: str, *, patience_s: Optional[float] = None) -> int:
        """How many bytes of a content the server has; 0 when it knows nothing of it."""
        try:
            answer = self.client.request("HEAD", "/blobs/" + sha256, patience_s=patience_s)
        except ServerError as error:
            if error.status_code == 404:
                return 0
            raise
        return int(answer.headers.get("X-Trainshed-Have") or 0)

    def put_blob(self, sha256: str, source: Union[bytes, BinaryIO], size_bytes: int, *, offset: int = 0) -> BlobPart:
        """Send a content's bytes from ``offset`` on in one request. A file is sent up to ``size_bytes``."""
        query = {"offset": offset, "size": size_bytes}
        if isinstance(source, (bytes, bytearray, memoryview)):
            body: Body = bytes(memoryview(source)[offset:])
        else:
            source.seek(offset)
            body = source
        answer = self.client.request(
            "PUT",
            "/blobs/" + sha256,
            query=query,
            body=body,
            size_bytes=size_bytes - offset,
            timeout_s=_LONG_S,
            patience_s=0.0,
        )
        return answer.record(BlobPart)

    def send_blob(
        self, sha256: str, source: Union[bytes, BinaryIO], size_bytes: int, *, patience_s: float = 30.0
    ) -> None:
        """Send a content; a broken upload goes on where it stopped.

        Requests: 1; 2 more for each time the connection broke.

        Raises:
            ServerUnreachable: it broke and the server took no further byte within ``patience_s``.
        """
        import time

        offset, deadline = 0, time.monotonic() + patience_s
        while True:
            try:
                part = self.put_blob(sha256, source, size_bytes, offset=offset)
                if part.complete:
                    return
                have = part.have
            except ServerUnreachable:
                if time.monotonic() > deadline:
                    raise
                have = self.blob_bytes_there(sha256, patience_s=patience_s)
            if have > offset:
                deadline = time.monotonic() + patience_s
            offset = have

    def adopt(self, ask: AdoptAsk) -> HaveAnswer:
        """Files in ``store/incoming`` become contents."""
        return self.client.request("POST", "/blobs/adopt", record=ask, idempotent=True, timeout_s=_LONG_S).record(
            HaveAnswer
        )

    def get_blob(self, sha256: str) -> Stream:
        """A content, piece by piece; close the stream."""
        return self.client.stream("GET", "/blobs/" + sha256)

    def put_snapshot(self, workspace: str, snapshot: str, manifest: Manifest) -> Tuple[str, ...]:
        """Record a snapshot; gives the contents that must be sent first, none when it is recorded."""
        path = "%s/snapshots/%s" % (_ws(workspace), snapshot)
        return self.client.request("PUT", path, record=manifest, timeout_s=_LONG_S).record(SnapshotAnswer).missing

    def get_snapshot(self, workspace: str, snapshot: str) -> Manifest:
        return self.client.request("GET", "%s/snapshots/%s" % (_ws(workspace), snapshot)).record(Manifest)

    # --- agents

    def sync(self, attempt: str, request: SyncRequest, payload: bytes = b"") -> SyncAnswer:
        answer = self.client.request(
            "POST", "/attempts/%s/sync" % attempt, body=pack_sync(request, payload), idempotent=True
        )
        return answer.record(SyncAnswer)

    def orders(self, attempt: str, after: int, *, watched: bool, wait_s: float) -> OrdersAnswer:
        """Orders after that number, as soon as there are any or ``watched`` is no longer so."""
        query = {"after": after, "watched": watched, "wait_s": wait_s}
        path = "/attempts/%s/orders" % attempt
        return self.client.request("GET", path, query=query, timeout_s=_waiting(wait_s)).record(OrdersAnswer)


def _ws(workspace: str) -> str:
    return "/workspaces/" + _quote(workspace)


def _run(workspace: str, run: str) -> str:
    return "/workspaces/%s/runs/%s" % (_quote(workspace), _quote(run))


def _file(workspace: str, run: str, path: str) -> str:
    return "%s/files/%s" % (_run(workspace, run), _quote(path, safe="/"))


def _quote(text: str, safe: str = "") -> str:
    from urllib.parse import quote

    return quote(text, safe=safe, errors="surrogateescape")


def _waiting(wait_s: Optional[float]) -> float:
    return (wait_s or 0.0) + _MARGIN_S
