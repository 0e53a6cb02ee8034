"""The content store on disk: one file per sha256 under ``store/ab/cdef...``.

Which contents exist is said by rows (blob_rows.py).
"""

from __future__ import annotations

import os
import re
from hashlib import sha256 as new_sha256
from pathlib import Path
from typing import Callable, Optional

from trainshed.contract.errors import BadValue, ContentMismatch
from trainshed.contract.layout import HomeLayout

_SHA256 = re.compile(r"[0-9a-f]{64}")
_READ_BYTES = 2**20


def check_sha256(sha256: str) -> str:
    """Return a content's name if it is one; else BadValue."""
    if not _SHA256.fullmatch(sha256):
        raise BadValue(what="sha256 %r" % (sha256,), why="a content is named by 64 lower-case hex digits")
    return sha256


class Contents:
    """Paths and moves of the store.

    Files enter and leave it on the writer's thread only, so that the two can't cross.
    """

    def __init__(self, layout: HomeLayout) -> None:
        self._layout = layout
        self._store = str(layout.store)

    def path(self, sha256: str) -> str:
        """Where a content lies, or would lie."""
        return "%s/%s/%s" % (self._store, sha256[:2], sha256[2:])

    def partial(self, sha256: str) -> Path:
        """Where an upload of that content lies until it is whole."""
        return self._layout.incoming / ("%s.part" % sha256)

    def incoming(self, name: str) -> Path:
        """A file in ``incoming`` by the name that an agent gave it; BadValue for what would leave the folder."""
        if not name or "/" in name or "\0" in name or name.startswith("."):
            raise BadValue(
                what="incoming %r" % name, why="it must be the name of a file in the store's incoming folder"
            )
        return self._layout.incoming / name

    def check_incoming(self, name: str, sha256: str, size_bytes: int) -> Optional[Path]:
        """The file in ``incoming``, or None if it isn't there (taken already, or never written).

        Raises:
            ContentMismatch: it is no plain file of that size. The hash is the agent's word: it made it on this
            machine while copying.
        """
        check_sha256(sha256)
        path = self.incoming(name)
        try:
            found = path.lstat()
        except FileNotFoundError:
            return None
        if not (found.st_mode & 0o170000) == 0o100000 or found.st_size != size_bytes:
            raise ContentMismatch(got="%d bytes" % found.st_size, expected="%s (%d bytes)" % (sha256, size_bytes))
        return path

    def is_orphan(self, sha256: str, size_bytes: int) -> bool:
        """Whether the store holds the file of a content that has no row: a server was killed between the two."""
        try:
            return Path(self.path(sha256)).stat().st_size == size_bytes
        except FileNotFoundError:
            return False

    def place(self, source: Path, sha256: str) -> None:
        """Move a file into the store; one that lies there already has the same bytes."""
        self._enter(sha256, source.rename)

    def link(self, source: Path, sha256: str) -> None:
        """Put a file of ours into the store and leave it where it is, until its rows are committed."""

        def enter(goal: str) -> None:
            try:
                os.link(source, goal)
            except FileExistsError:
                pass

        self._enter(sha256, enter)

    def _enter(self, sha256: str, move: Callable[[str], object]) -> None:
        goal = self.path(sha256)
        try:
            move(goal)
        except FileNotFoundError:
            Path(goal).parent.mkdir(mode=0o700, exist_ok=True)
            move(goal)

    def remove(self, sha256: str) -> None:
        """Take a content's file away; it may be gone already."""
        Path(self.path(sha256)).unlink(missing_ok=True)


def hash_file(path: Path, size_bytes: Optional[int] = None) -> str:
    """The sha256 of a file, or of its first ``size_bytes``."""
    digest = new_sha256()
    left = -1 if size_bytes is None else size_bytes
    with open(path, "rb", buffering=0) as file:
        while left != 0:
            block = file.read(_READ_BYTES if left < 0 else min(left, _READ_BYTES))
            if not block:
                break
            digest.update(block)
            left -= len(block) if left > 0 else 0
    return digest.hexdigest()
