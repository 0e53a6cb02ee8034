"""The files of a run in short: some of them, and how many there are."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from sqlalchemy import func, not_, or_, select

from trainshed.contract.records import FileEntry
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading

_f = t.files.c
_CHOSEN = (_f.path, _f.size_bytes, _f.sha256, _f.provisional, _f.updated_at)


def outline(connection: Reading, run_uid: int, without: Sequence[str], limit: int) -> Tuple[List[FileEntry], int]:
    """The first files by name that are in none of the folders ``without`` (such as ``logs/``), and how many files the
    run has in all.
    """
    left_out = or_(*(func.substr(_f.path, 1, len(folder)) == folder for folder in without))
    query = select(*_CHOSEN).where(_f.run_uid == run_uid, not_(left_out)).order_by(_f.path).limit(limit)
    entries = [FileEntry(*row) for row in connection.execute(query)]
    count = connection.execute(select(func.count()).select_from(t.files).where(_f.run_uid == run_uid)).scalar()
    return entries, int(count or 0)
