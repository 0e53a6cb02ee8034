"""An agent's sync: what it reports and sends becomes rows and files, each byte and point once, whatever is repeated."""

from __future__ import annotations

import asyncio
import functools
import re
import weakref
from dataclasses import dataclass
from hashlib import sha256
from typing import Dict, List, Mapping, Sequence, Tuple

from trainshed.contract.errors import AttemptFenced, BadFileName, BadValue, ContentMismatch
from trainshed.contract.messages import SyncAnswer, SyncRequest, WholeFile
from trainshed.contract.names import PART_MOST_BYTES, check_file_name
from trainshed.contract.protocol import fence, newer
from trainshed.contract.records import NodeReport
from trainshed.contract.status import RunStatus
from trainshed.contract.wire import now
from trainshed.server.services import intake, lives
from trainshed.server.services.attempts import Attempts
from trainshed.server.services.durability import Durability
from trainshed.server.services.ground import Ground
from trainshed.server.services.intake import Arrived, Owner, Piece
from trainshed.server.services.news import FileGrew
from trainshed.server.services.sealing import Sealing
from trainshed.server.storage import attempt_rows, blob_rows, file_rows, run_rows, stream_rows
from trainshed.server.storage.attempt_rows import AttemptRow
from trainshed.server.storage.columns import storable
from trainshed.server.storage.faults import storage_full
from trainshed.server.storage.file_rows import FileRow, NewFile
from trainshed.server.storage.run_rows import RunRow
from trainshed.server.storage.stream_rows import SPOOL, StreamRow
from trainshed.server.storage.writer import Transaction

#: Payloads up to this are parsed and written on the event loop: a thread would cost more time than it saves.
INLINE_BYTES = 16384

#: After a run's end: those who wait for it hear of it before its logs are sealed, which would take the processor.
NEWS_FIRST_S = 0.003


@dataclass(frozen=True)
class _Message:
    """A sync with its sender and what of its bytes is new."""

    request: SyncRequest
    attempt: AttemptRow
    owner: Owner
    arrived: Tuple[Arrived, ...]


@dataclass(frozen=True)
class _Files:
    """Which whole files are recorded, and whose contents are missing; by the agent's names."""

    stored: Tuple[str, ...] = ()
    missing: Tuple[str, ...] = ()


class Syncing:
    """Takes syncs. Those of one node are taken one after the other."""

    def __init__(self, ground: Ground, attempts: Attempts, sealing: Sealing, durability: Durability) -> None:
        self._ground = ground
        self._attempts = attempts
        self._sealing = sealing
        self._durability = durability
        self._locks: weakref.WeakValueDictionary[Tuple[str, int], asyncio.Lock] = weakref.WeakValueDictionary()

    async def sync(self, attempt_id: str, request: SyncRequest, payload: memoryview) -> SyncAnswer:
        """Record a message and say what the server has.

        Raises:
            AttemptNotFound; AttemptFenced: the attempt was given up; StorageFull: nothing of the message is kept,
            send it again.
        """
        lock = self._locks.setdefault((attempt_id, request.node), asyncio.Lock())
        async with lock:
            owner, files = await self._take(attempt_id, request, payload)
        self._attempts.heard(attempt_id)
        finished = False
        if request.final:
            await asyncio.sleep(NEWS_FIRST_S)
            await self._sealing.seal(attempt_id)
            await self._durability.flush()
            self._attempts.finished(attempt_id)
            finished = True
        return self._answer(owner, request, files, finished=finished)

    async def _take(self, attempt_id: str, request: SyncRequest, payload: memoryview) -> Tuple[Owner, _Files]:
        attempt = self._attempts.row(attempt_id)
        run = run_rows.by_uid(self._ground.database.reader, attempt.run_uid)
        _check(attempt, run, request)
        owner = Owner(run.run.workspace_id, run.run.id, run.uid, attempt_id)
        if _says_nothing_new(attempt, run, request):
            return owner, _Files()
        arrived = await self._receive(owner, request, payload)
        message = _Message(request, attempt, owner, tuple(arrived))
        files = await self._ground.database.write(lambda tx: self._record(tx, message))
        if arrived or request.files:
            self._durability.soon()
        return owner, files

    async def _receive(self, owner: Owner, request: SyncRequest, payload: memoryview) -> List[Arrived]:
        pieces = self._not_whole_yet(owner, _pieces(request, payload))
        reader = self._ground.database.reader
        streams = stream_rows.of_node(reader, owner.run_uid, owner.attempt_id, request.node)

        def receive() -> List[Arrived]:
            arrived = intake.weigh(owner, request.node, streams, pieces)
            try:
                intake.keep(self._ground.layout, arrived)
            except OSError as error:
                raise (storage_full(error, self._ground.layout.root) or error) from error
            return arrived

        return receive() if len(payload) <= INLINE_BYTES else await self._ground.database.aside(receive)

    def _not_whole_yet(self, owner: Owner, pieces: List[Piece]) -> List[Piece]:
        """Without the pieces of files that the attempt has sent whole for good: those are late, and old."""
        paths = [piece.path for piece in pieces if piece.kind == "file"]
        if not paths:
            return pieces
        known = file_rows.some(self._ground.database.reader, owner.run_uid, paths)
        whole = {path for path, row in known.items() if _is_final(row, owner.attempt_id)}
        return [piece for piece in pieces if piece.path not in whole]

    # --- in the transaction

    def _record(self, tx: Transaction, message: _Message) -> _Files:
        request, owner = message.request, message.owner
        if _brings_bytes_alone(message) and attempt_rows.is_current(tx, message.attempt.record):
            intake.record(tx, owner, message.arrived)
            return _Files()
        attempt = attempt_rows.find(tx, owner.attempt_id) or message.attempt
        run = run_rows.by_uid(tx, owner.run_uid)
        _check(attempt, run, request)
        known = _report_of(attempt, request.node)
        files = _Files()
        intake.record(tx, owner, message.arrived)
        if known is None or request.report.seq >= known.seq:  # what an older message says of whole files is overtaken
            files = self._record_files(tx, owner, request.files)
            self._remove(tx, owner, request, files.stored)
        report = newer(known, request.report)
        final = request.final or request.node in attempt.final_nodes
        if report is not known or request.final:
            attempt_rows.put_report(tx, owner.attempt_id, report, final=final)
        others = [other for other in attempt.record.nodes if other.node != request.node]
        if request.final:
            self._close(tx, owner, request.node)
        lives.hear(tx, run, attempt, sorted([*others, report], key=lambda item: item.node))
        return files

    def _record_files(self, tx: Transaction, owner: Owner, files: Sequence[WholeFile]) -> _Files:
        if not files:
            return _Files()
        present = blob_rows.present(tx, [file.sha256 for file in files])
        placed: Dict[str, int] = {}
        missing: List[str] = []
        for file in files:
            if file.sha256 in present or file.sha256 in placed:
                self._discard_incoming(tx, file)
            elif self._place(file):
                placed[file.sha256] = file.size
            else:
                missing.append(file.path)
        blob_rows.add(tx, list(placed.items()), now())
        blob_rows.touch(tx, [file.sha256 for file in files], now())
        stored = [file for file in files if file.path not in missing]
        whole = [NewFile(_clean(file.path), file.sha256, file.size, file.provisional) for file in stored]
        file_rows.put_whole(tx, owner.run_uid, owner.attempt_id, whole, now())
        for new in whole:
            tx.announce(FileGrew(owner.workspace_id, owner.run_id, new.path))
        return _Files(tuple(file.path for file in stored), tuple(missing))

    def _place(self, file: WholeFile) -> bool:
        """Move a file from ``incoming`` into the store; False when it isn't there or not what it should be."""
        if file.incoming is None:
            return False
        try:
            source = self._ground.contents.check_incoming(file.incoming, file.sha256, file.size)
        except ContentMismatch:
            self._ground.contents.incoming(file.incoming).unlink(missing_ok=True)
            return False
        if source is None:
            return self._ground.contents.is_orphan(file.sha256, file.size)
        self._ground.contents.place(source, file.sha256)
        return True

    def _discard_incoming(self, tx: Transaction, file: WholeFile) -> None:
        if file.incoming is not None:
            path = self._ground.contents.incoming(file.incoming)
            tx.after(lambda: path.unlink(missing_ok=True))

    def _remove(self, tx: Transaction, owner: Owner, request: SyncRequest, stored: Sequence[str]) -> None:
        """Files that are gone on the node; and what grew under the name of a file that was now sent whole."""
        for path in request.removed:
            file_rows.remove(tx, owner.run_uid, _clean(path))
            tx.announce(FileGrew(owner.workspace_id, owner.run_id, _clean(path)))
        over = {_clean(path) for path in (*request.removed, *stored)}
        if not over:
            return
        streams = stream_rows.of_node(tx, owner.run_uid, owner.attempt_id, request.node)
        for stream in [streams[path] for path in over if path in streams]:
            stream_rows.remove(tx, stream.id)
            lies = stream_rows.growing_path(self._ground.layout, stream)
            tx.after(functools.partial(lies.unlink, missing_ok=True))

    def _close(self, tx: Transaction, owner: Owner, node: int) -> None:
        streams = stream_rows.of_node(tx, owner.run_uid, owner.attempt_id, node)
        numbers = [stream.id for stream in streams.values() if not stream.closed]
        stream_rows.close(tx, numbers)
        file_rows.close_growing(tx, numbers)
        for stream in streams.values():
            if stream.kind == SPOOL and stream.tail and not stream.closed:
                run_rows.count_losses(tx, stream.speaks_for or owner.run_uid, torn=1)
            elif stream.kind != SPOOL:
                tx.announce(FileGrew(owner.workspace_id, owner.run_id, stream.path))

    # --- the answer

    def _answer(self, owner: Owner, request: SyncRequest, files: _Files, *, finished: bool) -> SyncAnswer:
        connection = self._ground.database.reader
        streams = stream_rows.of_node(connection, owner.run_uid, owner.attempt_id, request.node)
        named = _by_given_name(request, streams)
        return SyncAnswer(
            acked={path: stream.have for path, stream in named.items()},
            durable={path: stream.durable for path, stream in named.items()},
            stored=files.stored,
            missing=files.missing,
            watched=self._ground.news.watched(owner.workspace_id, owner.run_id),
            last_order=attempt_rows.last_order(connection, owner.attempt_id),
            finished=finished,
        )


def _check(attempt: AttemptRow, run: RunRow, request: SyncRequest) -> None:
    record = attempt.record
    why = fence(record, run.run.attempt)
    if why is not None:
        raise AttemptFenced(number=record.number, run_id=record.run_id, why=why)
    if (
        request.attempt != record.number
        or request.report.node != request.node
        or not 0 <= request.node < attempt.node_count
    ):
        what = "attempt %d, node %d" % (request.attempt, request.node)
        raise BadValue(
            what="sync of %s" % what, why="the token is that of attempt %d of run %s" % (record.number, record.run_id)
        )


def _says_nothing_new(attempt: AttemptRow, run: RunRow, request: SyncRequest) -> bool:
    known = _report_of(attempt, request.node)
    empty = not (request.appends or request.files or request.removed or request.final)
    return (
        empty
        and known is not None
        and known.seq >= request.report.seq
        and run.run.status is not RunStatus.NOT_RESPONDING
    )


def _brings_bytes_alone(message: _Message) -> bool:
    request, known = message.request, _report_of(message.attempt, message.request.node)
    more = request.files or request.removed or request.final
    return not more and known is not None and known.seq >= request.report.seq


def _report_of(attempt: AttemptRow, node: int) -> NodeReport | None:
    return next((report for report in attempt.record.nodes if report.node == node), None)


def _is_final(row: FileRow, attempt_id: str) -> bool:
    return row.stream_id is None and not row.entry.provisional and row.attempt_id == attempt_id


def _pieces(request: SyncRequest, payload: memoryview) -> List[Piece]:
    pieces, start = [], 0
    for append in request.appends:
        if append.kind not in ("log", "file", SPOOL) or append.size < 0 or append.offset < 0:
            raise BadValue(what="append %r" % append.path, why="kind, offset or size is none")
        path = append.path if append.kind == SPOOL else _clean(append.path)
        pieces.append(Piece(path, append.kind, append.offset, payload[start : start + append.size]))
        start += append.size
    return pieces


def _clean(path: str) -> str:
    """The name under which a run keeps a node's file.

    Names that people can't type, a URL can't carry or other disks don't take are kept in another form.
    """
    path = storable(path)
    try:
        return check_file_name(path)
    except BadFileName:
        parts = re.sub(r"[\x00-\x1f]", "_", path).split("/")
        return check_file_name("/".join(map(_shortened, parts)))


def _shortened(part: str) -> str:
    """The name of a file or folder as it is, or, where its stored form has grown too long, cut and told apart."""
    data = part.encode()
    if len(data) <= PART_MOST_BYTES:
        return part
    return "%s~%s" % (data[:200].decode("utf-8", "ignore"), sha256(data).hexdigest()[:16])


def _by_given_name(request: SyncRequest, streams: Mapping[str, StreamRow]) -> Dict[str, StreamRow]:
    """All streams of the node, under the names that the agent knows."""
    given = {append.path if append.kind == SPOOL else _clean(append.path): append.path for append in request.appends}
    return {given.get(path, path): stream for path, stream in streams.items()}
