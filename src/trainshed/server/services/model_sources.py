"""What a run has that becomes a model: its files as contents of the store, also those that are only just written."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256 as new_sha256
from pathlib import Path
from typing import List, Optional

from trainshed.contract.api import FileAsk
from trainshed.contract.model_errors import ModelFileStillWritten, ModelPathNotFound
from trainshed.contract.names import check_file_name, new_id
from trainshed.contract.records import FileEntry, RunRecord
from trainshed.contract.status import ENDED
from trainshed.contract.wire import now
from trainshed.server.services import runs
from trainshed.server.services.blobs import Blobs
from trainshed.server.services.files import going_on
from trainshed.server.services.ground import Ground
from trainshed.server.services.sealing import Sealing
from trainshed.server.storage import file_rows, stream_rows
from trainshed.server.storage.faults import storage_full
from trainshed.server.storage.file_rows import FileRow
from trainshed.server.storage.run_rows import RunRow
from trainshed.server.storage.stream_rows import growing_path

#: A file that has not grown for so long is taken for written; agents wait as long before they ship one whole.
QUIET_S = 2.0
#: How long a request waits for that.
PATIENCE_S = 15.0
_LISTED = 50
_BLOCK_BYTES = 2**20


class ModelSources:
    """Turns files of runs into contents."""

    def __init__(self, ground: Ground, blobs: Blobs, sealing: Sealing) -> None:
        self._ground = ground
        self._blobs = blobs
        self._sealing = sealing

    async def of_run(self, workspace_id: str, run_id: str, path: str) -> List[FileAsk]:
        """The file of that name, or all files of the folder of that name; their paths begin with its last part.

        Raises:
            RunNotFound; BadFileName; ModelPathNotFound: names the files that there are.
            ModelFileStillWritten: one grows, and did not rest for a moment.
        """
        clean = check_file_name(path)
        connection = self._ground.database.reader
        run = runs.find(connection, workspace_id, run_id)
        entries = file_rows.of_run(connection, run.uid, clean)
        wanted = [entry for entry in entries if entry.path == clean or entry.path.startswith(clean + "/")]
        if not wanted:
            raise _path_not_found(path, file_rows.of_run(connection, run.uid), run.run)
        above = clean.rpartition("/")[0]
        cut = len(above) + 1 if above else 0
        return [await self._content(run, entry, entry.path[cut:]) for entry in wanted]

    async def _content(self, run: RunRow, entry: FileEntry, name: str) -> FileAsk:
        """Closed ones are sealed; of one that is open, the bytes that it has when it rests."""
        if entry.sha256 is not None:
            return FileAsk(name, entry.sha256, entry.size_bytes)
        if not entry.provisional and entry.size_bytes:
            await self._seal(run, entry)
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            row = file_rows.find(self._ground.database.reader, run.uid, entry.path)
            if row is None:
                raise _path_not_found(entry.path, file_rows.of_run(self._ground.database.reader, run.uid), run.run)
            if row.entry.sha256 is not None:
                return FileAsk(name, row.entry.sha256, row.entry.size_bytes)
            if self._rests(run, row):
                copied = await self._copy(row, name)
                if copied is not None:
                    return copied
            if asyncio.get_running_loop().time() > deadline:
                raise ModelFileStillWritten(path=entry.path, run_id=run.run.id, size_bytes=row.entry.size_bytes)
            await asyncio.sleep(0.1)

    async def _seal(self, run: RunRow, entry: FileEntry) -> None:
        row = file_rows.find(self._ground.database.reader, run.uid, entry.path)
        try:
            await self._sealing.seal(row.attempt_id if row is not None else None)
        except OSError as error:
            raise (storage_full(error, self._ground.layout.root) or error) from error

    def _rests(self, run: RunRow, row: FileRow) -> bool:
        entry = row.entry
        ended = runs.find(self._ground.database.reader, run.run.workspace_id, run.run.id).run.status in ENDED
        return not entry.provisional or ended or now() - entry.updated_at > timedelta(seconds=QUIET_S)

    async def _copy(self, row: FileRow, name: str) -> Optional[FileAsk]:
        """The bytes so far as a content of the store; None if the file was sealed or replaced meanwhile."""
        stream = None if row.stream_id is None else stream_rows.by_id(self._ground.database.reader, row.stream_id)
        partial = self._ground.layout.incoming / ("model-%s.part" % new_id())
        size = row.entry.size_bytes
        if stream is None and size:
            return None
        source = None if stream is None or not size else growing_path(self._ground.layout, stream)
        try:
            sha256 = await self._ground.database.aside(lambda: _copied(source, partial, size))
            if sha256 is None:
                return None
            await self._blobs.enter(partial, sha256, size)
        except OSError as error:
            raise (storage_full(error, self._ground.layout.root) or error) from error
        finally:
            partial.unlink(missing_ok=True)
        return FileAsk(name, sha256, size)


def _copied(source: Optional[Path], goal: Path, size_bytes: int) -> Optional[str]:
    """Copy so many bytes and hash them on the way; None if the source is gone or has fewer. No source: no bytes."""
    digest, left = new_sha256(), size_bytes
    try:
        with open(goal, "xb", buffering=0) as target:
            if source is None:
                return digest.hexdigest()
            with open(source, "rb", buffering=0) as file:
                while left:
                    block = file.read(min(left, _BLOCK_BYTES))
                    if not block:
                        return None
                    digest.update(block)
                    target.write(block)
                    left -= len(block)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def _path_not_found(path: str, entries: List[FileEntry], run: RunRecord) -> ModelPathNotFound:
    names = [entry.path for entry in entries]
    listed = repr(names[:_LISTED]) + (" and %d more" % (len(names) - _LISTED) if len(names) > _LISTED else "")
    return ModelPathNotFound(path=path, known=listed, hint=" ".join(filter(None, (_hint(path, names), going_on(run)))))


def _hint(path: str, names: List[str]) -> str:
    """How to name it: a file or folder whose last part, with or without its ending, is that of the path."""
    last = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    candidates = set(names) | {name.rpartition("/")[0] for name in names if "/" in name}
    alike = [name for name in candidates if last in (name.rpartition("/")[2], name.rpartition("/")[2].split(".")[0])]
    outputs = [name for name in names if name.startswith("outputs/")]
    for near in (*sorted(alike, key=lambda name: (len(name), name)), *outputs):
        return "Say which file or folder of the run it is, such as model_path=%r." % near
    return (
        "Write the model to ./outputs in the script, or run.upload_file('outputs/model.pkl', path), and say "
        "model_path='outputs/model.pkl'."
    )
