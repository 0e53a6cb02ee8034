"""A small real server for the node's tests: section 11 of the architecture page as far as an agent speaks it, in
memory.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple
from urllib.parse import parse_qs, urlsplit

from trainshed.contract.errors import AttemptFenced, BlobMissing, BrokenOffset, Coded, SnapshotMissing, StorageFull
from trainshed.contract.messages import Order, OrdersAnswer, SyncAnswer, WholeFile, unpack_sync
from trainshed.contract.names import check_file_name
from trainshed.contract.protocol import newer, orders_after, take
from trainshed.contract.records import NodeReport
from trainshed.contract.snapshot import Manifest, SnapshotFile
from trainshed.contract.wire import to_wire

STATUS = {AttemptFenced: 410, BlobMissing: 404, SnapshotMissing: 404, BrokenOffset: 409, StorageFull: 507}


@dataclass
class Records:
    """What the server knows of its one attempt."""

    report: Optional[NodeReport] = None
    streams: Dict[str, bytearray] = field(default_factory=dict)
    kinds: Dict[str, str] = field(default_factory=dict)
    durable: Dict[str, int] = field(default_factory=dict)
    files: Dict[str, WholeFile] = field(default_factory=dict)
    orders: List[Order] = field(default_factory=list)
    snapshots: Dict[str, Manifest] = field(default_factory=dict)
    finals: int = 0
    syncs: int = 0
    put_bytes: int = 0
    removed: List[str] = field(default_factory=list)


class MiniServer:
    """Started by ``with``; may be stopped and started again on the same port."""

    def __init__(self, store: Path) -> None:
        self.store = store
        (store / "incoming").mkdir(parents=True, exist_ok=True)
        self.records = Records()
        self.changed = threading.Condition()
        self.watched = False
        self.fenced = False
        self.full = False
        #: Contents that lie in the store without a row, as a crash may leave them.
        self.forgotten: Set[str] = set()
        self.delivered = 0
        self.hold_snapshots = False
        self.refuse_puts_after: Optional[int] = None
        self.port = 0
        self._http: Optional[ThreadingHTTPServer] = None

    def __enter__(self) -> MiniServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"mini": self})
        self._http = _Server(("127.0.0.1", self.port), handler)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        """Like a kill: connections break, what is in memory stays for the next start."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http.break_connections()
            self._http = None
        with self.changed:
            self.changed.notify_all()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add_snapshot(self, files: Mapping[str, bytes], executable: Tuple[str, ...] = (), **links: str) -> str:
        rows = []
        for path, data in files.items():
            sha256 = hashlib.sha256(data).hexdigest()
            self.add_blob(sha256, data)
            rows.append(SnapshotFile(path, sha256, len(data), executable=path in executable))
        rows += [SnapshotFile(path, "", 0, link=target) for path, target in links.items()]
        manifest = Manifest(tuple(sorted(rows, key=lambda row: row.path)))
        self.records.snapshots[manifest.id()] = manifest
        return manifest.id()

    def blob(self, sha256: str) -> Path:
        return self.store / sha256[:2] / sha256[2:]

    def add_blob(self, sha256: str, data: bytes) -> None:
        self.blob(sha256).parent.mkdir(exist_ok=True)
        self.blob(sha256).write_bytes(data)

    def order(self, kind: str, grace_s: float = 10.0) -> None:
        with self.changed:
            self.records.orders.append(Order(len(self.records.orders) + 1, kind, grace_s))
            self.changed.notify_all()

    def watch(self) -> None:
        with self.changed:
            self.watched = True
            self.changed.notify_all()

    # --- what tests ask

    @property
    def status(self) -> str:
        return str(self.records.report.status) if self.records.report else ""

    @property
    def phases(self) -> List[str]:
        return [str(change.status) for change in self.records.report.phases] if self.records.report else []

    def log(self, name: str) -> str:
        return bytes(self.records.streams.get(f"azureml-logs/{name}", b"")).decode("utf-8", "replace")

    @property
    def driver_log(self) -> str:
        return self.log("70_driver_log.txt")

    def content(self, path: str) -> bytes:
        return self.blob(self.records.files[path].sha256).read_bytes()

    # --- what agents ask

    def sync(self, body: bytes) -> SyncAnswer:
        request, payload = unpack_sync(body)
        with self.changed:
            known = self.records
            if self.fenced:
                raise AttemptFenced(number=request.attempt, run_id="r", why="attempt 2 has taken its place")
            if self.full:
                raise StorageFull(why="no space left", home="/here")
            known.syncs += 1
            known.report = newer(known.report, request.report)
            self._append(request.appends, payload)
            stored, missing = self._record(request.files)
            for path in request.removed:
                known.files.pop(path, None)
                known.streams.pop(path, None)
                known.removed.append(path)
            if request.final:
                known.finals += 1
                known.durable = {path: len(data) for path, data in known.streams.items()}
            self.changed.notify_all()
            return SyncAnswer(
                acked={path: len(data) for path, data in known.streams.items()},
                durable={path: len(data) for path, data in known.streams.items()},
                stored=tuple(stored),
                missing=tuple(missing),
                watched=self.watched,
                last_order=len(known.orders),
                finished=request.final,
            )

    def _append(self, appends: Any, payload: memoryview) -> None:
        at = 0
        for append in appends:
            data = bytes(payload[at : at + append.size])
            at += append.size
            if append.kind != "spool":
                check_file_name(append.path)
            stream = self.records.streams.setdefault(append.path, bytearray())
            self.records.kinds[append.path] = append.kind
            taken = take(len(stream), append.offset, append.size)
            if taken.skip is not None:
                stream += data[taken.skip :]

    def _record(self, files: Any) -> Tuple[List[str], List[str]]:
        stored, missing = [], []
        for file in files:
            assert check_file_name(file.path) == file.path
            blob = self.blob(file.sha256)
            incoming = self.store / "incoming" / file.incoming if file.incoming else None
            if incoming is not None and incoming.exists():
                assert hashlib.sha256(incoming.read_bytes()).hexdigest() == file.sha256
                blob.parent.mkdir(exist_ok=True)
                incoming.rename(blob)
                self.forgotten.discard(file.sha256)
            if blob.exists() and file.sha256 not in self.forgotten:
                self.records.files[file.path] = file
                stored.append(file.path)
            else:
                missing.append(file.path)
        return stored, missing

    def wait_for_orders(self, after: int, watched: bool, wait_s: float) -> OrdersAnswer:
        end = time.monotonic() + wait_s
        with self.changed:
            while True:
                if self.fenced:
                    raise AttemptFenced(number=1, run_id="r", why="attempt 2 has taken its place")
                orders = orders_after(self.records.orders, after)
                left_s = end - time.monotonic()
                self.delivered = max(self.delivered, after)
                self.changed.notify_all()
                if orders or watched != self.watched or left_s <= 0 or self._http is None:
                    return OrdersAnswer(orders, len(self.records.orders), self.watched)
                self.changed.wait(left_s)

    def manifest(self, snapshot_id: str) -> Manifest:
        """``hold_snapshots``: the answer comes only after the agent has got all orders."""
        with self.changed:
            while self.hold_snapshots and self.delivered < max(1, len(self.records.orders)):
                self.changed.wait(60)
            if snapshot_id not in self.records.snapshots:
                raise SnapshotMissing(snapshot_id=snapshot_id)
            return self.records.snapshots[snapshot_id]

    def put(self, sha256: str, offset: int, size: int, data: bytes) -> Dict[str, Any]:
        part = self.store / "incoming" / f"put-{sha256}"
        have = part.stat().st_size if part.exists() else 0
        if self.blob(sha256).exists():
            return {"have": size, "complete": True}
        if offset != have:
            raise BrokenOffset(have=have, what=sha256, offset=offset)
        if self.refuse_puts_after is not None and have >= self.refuse_puts_after:
            raise StorageFull(why="no space left", home="/here")
        with open(part, "ab") as file:
            file.write(data)
        self.records.put_bytes += len(data)
        have += len(data)
        if have == size:
            assert hashlib.sha256(part.read_bytes()).hexdigest() == sha256
            self.blob(sha256).parent.mkdir(exist_ok=True)
            part.rename(self.blob(sha256))
        return {"have": have, "complete": have == size}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        self.open: Set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that was killed

    def break_connections(self) -> None:
        for request in tuple(self.open):
            self.shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    mini: MiniServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        assert self.headers["Authorization"] == "Bearer agent-token" and self.headers["X-Trainshed-Wire"] == "1"
        try:
            answer = self._answer(parts.path[len("/api/v1") :], query, body)
        except Coded as error:
            status = next(code for kind, code in STATUS.items() if isinstance(error, kind))
            return self._send(status, json.dumps(error.to_wire()).encode())
        data = answer if isinstance(answer, bytes) else json.dumps(to_wire(answer)).encode()
        return self._send(200, data)

    do_GET = do_POST = do_PUT = do_HEAD = _serve

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        for name, value in getattr(self, "extra", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _answer(self, path: str, query: Dict[str, str], body: bytes) -> Any:
        mini = self.mini
        words = path.strip("/").split("/")
        self.extra: Dict[str, str] = {}
        if words[0] == "attempts" and words[2] == "sync":
            return mini.sync(body)
        if words[0] == "attempts" and words[2] == "orders":
            return mini.wait_for_orders(int(query["after"]), query["watched"] == "1", float(query["wait_s"]))
        if words[0] == "workspaces" and words[2] == "snapshots":
            return mini.manifest(words[3])
        if words[0] == "blobs":
            return self._blob(words[1], query, body)
        raise AssertionError(f"an agent never asks for {path}")

    def _blob(self, sha256: str, query: Dict[str, str], body: bytes) -> Any:
        mini = self.mini
        if self.command == "PUT":
            return mini.put(sha256, int(query["offset"]), int(query["size"]), body)
        part = mini.store / "incoming" / f"put-{sha256}"
        if self.command == "HEAD":
            have = mini.blob(sha256) if mini.blob(sha256).exists() else part
            self.extra = {"X-Trainshed-Have": str(have.stat().st_size if have.exists() else 0)}
            return b""
        if not mini.blob(sha256).exists():
            raise BlobMissing(sha256=sha256)
        return mini.blob(sha256).read_bytes()
