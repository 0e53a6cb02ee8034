"""The files of a run: whole ones in the content store, growing ones as streams."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from trainshed.contract.records import FileEntry
from trainshed.contract.wire import now
from trainshed.server.storage import blob_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading, Transaction

_f = t.files.c
_CHOSEN = (_f.path, _f.size_bytes, _f.sha256, _f.provisional, _f.updated_at, _f.stream_id, _f.attempt_id)
_ONE = select(*_CHOSEN).where(_f.run_uid == bindparam("uid"), _f.path == bindparam("path"))
_GIVEN = func.json_each(bindparam("paths")).table_valued("value")
_REPLACE = insert(t.files).prefix_with("OR REPLACE")
_STREAMS = func.json_each(bindparam("streams")).table_valued("value")
_OF_STREAMS = select(_f.stream_id, _f.run_uid, _f.path).where(_f.stream_id.in_(select(_STREAMS.c.value)))
_GROW = (
    update(t.files)
    .where(_f.run_uid == bindparam("uid"), _f.path == bindparam("name"), _f.stream_id == bindparam("stream"))
    .values(size_bytes=bindparam("size"), updated_at=bindparam("at"))
)
_SEAL = (
    update(t.files)
    .where(_f.run_uid == bindparam("uid"), _f.path == bindparam("name"))
    .values(sha256=bindparam("content"), provisional=False, stream_id=None)
)
_SOME = select(*_CHOSEN).where(_f.run_uid == bindparam("uid"), _f.path.in_(select(_GIVEN.c.value)))


@dataclass(frozen=True)
class FileRow:
    """A file, the stream it grows in (None: whole), and the attempt that wrote it (empty: somebody outside)."""

    entry: FileEntry
    stream_id: Optional[int]
    attempt_id: str


@dataclass(frozen=True)
class NewFile:
    """A whole content that becomes a file of a run."""

    path: str
    sha256: str
    size_bytes: int
    provisional: bool = False


def _record(row: Any) -> FileRow:
    path, size_bytes, sha256, provisional, updated_at, stream_id, attempt_id = row
    return FileRow(FileEntry(path, size_bytes, sha256, provisional, updated_at), stream_id, attempt_id)


def find(connection: Reading, run_uid: int, path: str) -> Optional[FileRow]:
    """The file of that name, or None."""
    row = connection.execute(_ONE, {"uid": run_uid, "path": path}).first()
    return None if row is None else _record(row)


def some(connection: Reading, run_uid: int, paths: Sequence[str]) -> Dict[str, FileRow]:
    """Those of the named files that are there."""
    rows = connection.execute(_SOME, {"uid": run_uid, "paths": json.dumps(list(paths))})
    return {row[0]: _record(row) for row in rows}


def of_run(connection: Reading, run_uid: int, prefix: str = "") -> List[FileEntry]:
    """The files of a run whose names begin with ``prefix``, sorted by name."""
    query = select(*_CHOSEN).where(_f.run_uid == run_uid).order_by(_f.path)
    if prefix:
        query = query.where(func.substr(_f.path, 1, len(prefix)) == prefix)
    return [_record(row).entry for row in connection.execute(query)]


def put_whole(tx: Transaction, run_uid: int, attempt_id: str, files: Sequence[NewFile], at: datetime) -> None:
    """Make contents that the store has files of a run; what had these names before is referred to no more."""
    known = some(tx, run_uid, [file.path for file in files])
    rows = []
    for file in files:
        _drop_old_reference(tx, run_uid, known.get(file.path), file.sha256)
        values = {
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
            "provisional": file.provisional,
            "stream_id": None,
        }
        rows.append({"run_uid": run_uid, "path": file.path, "attempt_id": attempt_id, "updated_at": at, **values})
    if rows:
        tx.execute(_REPLACE, rows)
        blob_rows.refer(tx, "file", [(file.sha256, _owner(run_uid, file.path)) for file in files])


def put_growing(
    tx: Transaction, run_uid: int, path: str, stream_id: int, attempt_id: str, size: int, *, is_new: bool
) -> None:
    """A file has grown to ``size`` bytes. ``is_new``: its stream has just begun."""
    at = now()
    if (
        not is_new
        and tx.execute(_GROW, {"uid": run_uid, "name": path, "stream": stream_id, "size": size, "at": at}).rowcount
    ):
        return
    _drop_old_reference(tx, run_uid, find(tx, run_uid, path), None)
    values = {"size_bytes": size, "sha256": None, "provisional": True, "stream_id": stream_id, "attempt_id": attempt_id}
    tx.execute(_REPLACE, {"run_uid": run_uid, "path": path, "updated_at": at, **values})


def close_growing(tx: Transaction, stream_ids: Sequence[int]) -> None:
    """These streams get no more bytes: their files are what they will be."""
    if stream_ids:
        tx.execute(update(t.files).where(_f.stream_id.in_(stream_ids)).values(provisional=False))


def seal(tx: Transaction, contents: Mapping[int, str]) -> None:
    """The files of these streams have become contents of the store: sha256 by stream."""
    files = [
        (uid, path, contents[stream])
        for stream, uid, path in tx.execute(_OF_STREAMS, {"streams": json.dumps(list(contents))}).all()
    ]
    if files:
        tx.execute(_SEAL, [{"uid": uid, "name": path, "content": sha256} for uid, path, sha256 in files])
        blob_rows.refer(tx, "file", [(sha256, _owner(uid, path)) for uid, path, sha256 in files])


def growing(tx: Transaction, stream_ids: Sequence[int]) -> Set[int]:
    """Those of the streams from which a file still takes its bytes."""
    return {row[0] for row in tx.execute(_OF_STREAMS, {"streams": json.dumps(list(stream_ids))})}


def rename(tx: Transaction, run_uid: int, old: str, new: str) -> None:
    """Give a file another name; what had that name before is no file of the run any more."""
    row = find(tx, run_uid, old)
    if row is None:
        return
    remove(tx, run_uid, new)
    tx.execute(update(t.files).where(_f.run_uid == run_uid, _f.path == old).values(path=new))
    if row.entry.sha256 is not None:
        blob_rows.refer(tx, "file", [(row.entry.sha256, _owner(run_uid, new))])
        blob_rows.drop_reference(tx, row.entry.sha256, "file", _owner(run_uid, old))


def of_attempt(connection: Reading, run_uid: int, attempt_id: str, prefix: str) -> List[str]:
    """Names of the files that an attempt wrote, of those that begin with ``prefix``."""
    mine = (_f.run_uid == run_uid) & (_f.attempt_id == attempt_id) & (func.substr(_f.path, 1, len(prefix)) == prefix)
    return [row[0] for row in connection.execute(select(_f.path).where(mine).order_by(_f.path))]


def remove(tx: Transaction, run_uid: int, path: str) -> None:
    """The run has this file no more."""
    _drop_old_reference(tx, run_uid, find(tx, run_uid, path), None)
    tx.execute(delete(t.files).where(_f.run_uid == run_uid, _f.path == path))


def _drop_old_reference(tx: Transaction, run_uid: int, old: Optional[FileRow], new: Optional[str]) -> None:
    if old is not None and old.entry.sha256 is not None and old.entry.sha256 != new:
        blob_rows.drop_reference(tx, old.entry.sha256, "file", _owner(run_uid, old.entry.path))


def _owner(run_uid: int, path: str) -> str:
    return "%d/%s" % (run_uid, path)


def lost(tx: Transaction, sha256: str) -> List[Tuple[int, str]]:
    """Forget the files whose content turned out to be gone (a power loss); returns run uid and path of each."""
    rows = [(row[0], row[1]) for row in tx.execute(select(_f.run_uid, _f.path).where(_f.sha256 == sha256)).all()]
    for run_uid, path in rows:
        remove(tx, run_uid, path)
    return rows
