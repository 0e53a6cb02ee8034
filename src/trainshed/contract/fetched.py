"""What is recorded of a URL's file that was fetched into the cache: in ``cache/urls/.fetched/``, one record a URL.

A file of the cache without a record, or that is not the one recorded, was put there by people.
"""

from __future__ import annotations

import os
from typing import Mapping, Optional, Tuple

from trainshed.contract import wire
from trainshed.contract.frozen import dataclass, field

FOLDER = ".fetched"
RECORD, LOCK, PARTIAL, ASIDE = ".json", ".lock", ".part", ".d"


@dataclass(frozen=True)
class FetchedFile:
    """One URL's file.

    Args:
        place: where it lies, below ``cache/urls/``.
        identity: its size and time of change, as the file system tells them.
        asked_at: when the server last said that it holds, in seconds since the epoch.
        validators: ``etag``, ``last_modified``.
    """

    place: Tuple[str, ...]
    identity: Tuple[int, ...]
    asked_at: float
    validators: Mapping[str, str] = field(default_factory=dict)


def stem_of(root: str, url: str) -> str:
    """Where the record of a URL and what belongs to it lie, without the ending. ``root``: of the cache."""
    import hashlib

    return os.path.join(root, FOLDER, hashlib.sha256(url.encode("utf-8", "surrogateescape")).hexdigest()[:32])


def read(record: str) -> Optional[FetchedFile]:
    """A record; None where there is none that can be read."""
    try:
        with open(record, "rb") as file:
            return wire.loads(FetchedFile, file.read())
    except (OSError, ValueError):
        return None


def identity_of(path: str) -> Tuple[int, ...]:
    """What changes when somebody writes or replaces a file, but not when it is renamed; empty where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return (found.st_size, found.st_mtime_ns)
