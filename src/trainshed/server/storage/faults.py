"""Which failures mean that the disk takes nothing more now; those become StorageFull, all others stay what they are."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Optional

from sqlalchemy.exc import DBAPIError

from trainshed.contract.errors import StorageFull

_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_SQLITE_WORDS = (
    "database or disk is full",
    "readonly database",
    "disk I/O error",
    "unable to open database file",
)


def storage_full(error: BaseException, home: Path) -> Optional[StorageFull]:
    """The StorageFull that ``error`` amounts to, or None when it is something else."""
    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return StorageFull(why=error.strerror or "no space", home=str(home))
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error) and any(words in str(cause) for words in _SQLITE_WORDS):
        return StorageFull(why=str(cause), home=str(home))
    return None
