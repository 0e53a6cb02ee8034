"""The files of a run as people see them: listed, read while they grow, added from outside."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from hashlib import sha256 as new_sha256
from pathlib import Path
from typing import AsyncIterator, List, Optional, Sequence, Tuple

from trainshed.contract.api import FileAsk, FilePage
from trainshed.contract.errors import BlobMissing, FileExists, FileNotInRun
from trainshed.contract.names import check_file_name, new_id
from trainshed.contract.records import FileEntry, RunRecord
from trainshed.contract.status import ENDED
from trainshed.contract.wire import now
from trainshed.server.services import runs
from trainshed.server.services.blobs import Blobs
from trainshed.server.services.durability import Durability
from trainshed.server.services.ground import Ground
from trainshed.server.services.news import FileGrew, files_key, run_key
from trainshed.server.storage import blob_rows, file_outline, file_rows, stream_rows
from trainshed.server.storage.faults import storage_full
from trainshed.server.storage.file_rows import FileRow, NewFile
from trainshed.server.storage.stream_rows import growing_path
from trainshed.server.storage.writer import Transaction

_NAMED = 20  # file names in the error for a missing one


@dataclass(frozen=True)
class Opened:
    """A file ready to be read.

    ``size_bytes``: what is there now; ``final``: it will not grow. The reader closes ``descriptor``.

    ``descriptor`` is None when nothing is there yet.
    """

    descriptor: Optional[int]
    size_bytes: int
    final: bool


class Files:
    """Lists, opens and adds files."""

    def __init__(self, ground: Ground, blobs: Blobs, durability: Durability) -> None:
        self._ground = ground
        self._blobs = blobs
        self._durability = durability

    async def list(self, workspace_id: str, run_id: str, prefix: str = "") -> FilePage:
        """The run's files whose names begin with ``prefix``, by name; RunNotFound."""
        connection = self._ground.database.reader
        row = runs.find(connection, workspace_id, run_id)
        return FilePage(tuple(file_rows.of_run(connection, row.uid, prefix)))

    async def outline(
        self, workspace_id: str, run_id: str, *, without: Sequence[str], limit: int
    ) -> Tuple[List[FileEntry], int]:
        """See :func:`file_outline.outline`; RunNotFound."""
        connection = self._ground.database.reader
        return file_outline.outline(connection, runs.find(connection, workspace_id, run_id).uid, without, limit)

    async def open(self, workspace_id: str, run_id: str, path: str, *, offset: int = 0, wait_s: float = 0.0) -> Opened:
        """Open a file for reading from ``offset`` on.

        With ``wait_s`` it waits until there are bytes after ``offset`` or the file is final, and for a file that is
        not there yet; that makes the run watched.

        Raises:
            RunNotFound; FileNotInRun: names those that are there.
        """
        clean = check_file_name(path)
        loop = asyncio.get_running_loop()
        end = loop.time() + wait_s
        opened = self._open_now(workspace_id, run_id, clean, offset, may_come=wait_s > 0)
        if opened.final or opened.size_bytes > offset or wait_s <= 0:
            return opened
        news = self._ground.news
        keys = (files_key(workspace_id, run_id), run_key(workspace_id, run_id))
        with news.listening(*keys) as bell, news.watching(workspace_id, run_id):
            while True:
                _close(opened)
                opened = self._open_now(workspace_id, run_id, clean, offset, may_come=True)
                if opened.final or opened.size_bytes > offset or not await bell.heard(end - loop.time()):
                    return opened

    def _open_now(self, workspace_id: str, run_id: str, path: str, offset: int, *, may_come: bool) -> Opened:
        connection = self._ground.database.reader
        while True:
            run = runs.find(connection, workspace_id, run_id)
            row = file_rows.find(connection, run.uid, path)
            if row is None:
                if may_come and run.run.status not in ENDED:
                    return Opened(None, 0, final=False)
                raise FileNotInRun(run_id=run_id, path=path, known=self._known(run.uid) + _going_on(run.run))
            try:
                return self._open_row(row)
            except FileNotFoundError:
                # Sealed, replaced or removed between the look and the open: look again.
                if file_rows.find(connection, run.uid, path) == row and row.entry.sha256 is not None:
                    raise BlobMissing(sha256=row.entry.sha256) from None

    def _open_row(self, row: FileRow) -> Opened:
        entry = row.entry
        if row.stream_id is None:
            assert entry.sha256 is not None
            descriptor: Optional[int] = os.open(self._ground.contents.path(entry.sha256), os.O_RDONLY | os.O_CLOEXEC)
            return Opened(descriptor, entry.size_bytes, final=not entry.provisional)
        if entry.size_bytes == 0:  # a log that has no byte yet has no file yet
            return Opened(None, 0, final=not entry.provisional)
        stream = stream_rows.by_id(self._ground.database.reader, row.stream_id)
        if stream is None:
            raise FileNotFoundError(entry.path)
        descriptor = os.open(growing_path(self._ground.layout, stream), os.O_RDONLY | os.O_CLOEXEC)
        return Opened(descriptor, entry.size_bytes, final=not entry.provisional)

    def _known(self, run_uid: int) -> str:
        names = [entry.path for entry in file_rows.of_run(self._ground.database.reader, run_uid)]
        more = " and %d more" % (len(names) - _NAMED) if len(names) > _NAMED else ""
        return ", ".join(names[:_NAMED]) + more if names else "none"

    async def add(self, workspace_id: str, run_id: str, asks: Sequence[FileAsk]) -> FilePage:
        """Make contents that the store has (or that lie in ``incoming``) files of the run, all or none.

        Raises:
            RunNotFound, BadFileName; BlobMissing: upload it first; FileExists: a name is taken and ``replace`` is
            False.
        """
        files = [NewFile(check_file_name(ask.path), ask.sha256, ask.size) for ask in asks]
        entries = await self._ground.database.write(lambda tx: self._add(tx, workspace_id, run_id, asks, files))
        self._durability.soon()
        return FilePage(tuple(entries))

    def _add(
        self, tx: Transaction, workspace_id: str, run_id: str, asks: Sequence[FileAsk], files: Sequence[NewFile]
    ) -> List[FileEntry]:
        row = runs.find(tx, workspace_id, run_id)
        taken = file_rows.some(tx, row.uid, [file.path for file in files])
        for ask, file in zip(asks, files):
            if file.path in taken and not ask.replace:
                raise FileExists(run_id=run_id, path=file.path)
        self.adopt(tx, asks)
        file_rows.put_whole(tx, row.uid, "", files, now())
        for file in files:
            tx.announce(FileGrew(workspace_id, run_id, file.path))
        made = file_rows.some(tx, row.uid, [file.path for file in files])
        return [made[file.path].entry for file in files]

    def adopt(self, tx: Transaction, asks: Sequence[FileAsk]) -> None:
        """Have the contents of these files in the store, young; BlobMissing, and nothing is done, if one is nowhere."""
        present = blob_rows.present(tx, [ask.sha256 for ask in asks])
        moves: List[Tuple[Path, FileAsk]] = []
        for ask in asks:
            source = None
            if ask.incoming is not None:
                source = self._ground.contents.check_incoming(ask.incoming, ask.sha256, ask.size)
            if ask.sha256 not in present and source is None:
                if not self._ground.contents.is_orphan(ask.sha256, ask.size):
                    raise BlobMissing(sha256=ask.sha256)
                blob_rows.add(tx, [(ask.sha256, ask.size)], now())
                present.add(ask.sha256)
            if source is not None:
                moves.append((source, ask))
                present.add(ask.sha256)
        for source, ask in moves:
            self._ground.contents.place(source, ask.sha256)
        blob_rows.add(tx, [(ask.sha256, ask.size) for _, ask in moves], now())
        blob_rows.touch(tx, [ask.sha256 for ask in asks], now())

    async def put(
        self, workspace_id: str, run_id: str, path: str, body: AsyncIterator[bytes], *, replace: bool
    ) -> FileEntry:
        """Receive a whole file of a run.

        Raises:
            RunNotFound, BadFileName, StorageFull; FileExists: the name is taken and ``replace`` is False (said before
            any byte is read).
        """
        clean = check_file_name(path)
        row = runs.find(self._ground.database.reader, workspace_id, run_id)
        if not replace and file_rows.find(self._ground.database.reader, row.uid, clean) is not None:
            raise FileExists(run_id=run_id, path=clean)
        partial = self._ground.layout.incoming / ("put-%s.part" % new_id())
        try:
            sha256, size = await self._receive(partial, body)
            ask = FileAsk(path=clean, sha256=sha256, size=size, incoming=partial.name, replace=replace)
            return (await self.add(workspace_id, run_id, [ask])).files[0]
        finally:
            partial.unlink(missing_ok=True)

    async def _receive(self, path: Path, body: AsyncIterator[bytes]) -> Tuple[str, int]:
        """Write and hash in one pass."""
        digest, size = new_sha256(), 0
        try:
            with open(path, "wb", buffering=2**20) as file:
                async for piece in body:
                    digest.update(piece)
                    file.write(piece)
                    size += len(piece)
        except OSError as error:
            raise (storage_full(error, self._ground.layout.root) or error) from error
        return digest.hexdigest(), size


def _going_on(run: RunRecord) -> str:
    words = going_on(run)
    return ". " + words if words else ""


def going_on(run: RunRecord) -> str:
    """What the error for a missing file adds while the run goes on; a notebook's own run waits for nobody."""
    if run.status in ENDED:
        return ""
    waits = ": run.wait_for_completion() waits for its files" if run.target is not None else ""
    return "It is %s%s" % (run.status.value, waits)


def _close(opened: Opened) -> None:
    if opened.descriptor is not None:
        os.close(opened.descriptor)
