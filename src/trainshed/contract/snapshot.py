"""A snapshot: the files of a source folder, each named by the sha256 of its content; the snapshot's id is the sha256
of that list.
"""

from __future__ import annotations

import json
from typing import Tuple

from trainshed.contract.frozen import dataclass


@dataclass(frozen=True)
class SnapshotFile:
    """``path`` is relative with forward slashes; ``executable`` is the owner's x bit; ``link`` is a symbolic link's
    target, else empty.
    """

    path: str
    sha256: str
    size_bytes: int
    executable: bool = False
    link: str = ""


@dataclass(frozen=True)
class Manifest:
    """All files of a snapshot, sorted by path; ``folders`` are the empty ones."""

    files: Tuple[SnapshotFile, ...]
    folders: Tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The sum of all files."""
        return sum(file.size_bytes for file in self.files)

    def id(self) -> str:
        """The same files give the same id, on any machine."""
        from hashlib import sha256

        rows = [
            [f.path, f.sha256, f.size_bytes, f.executable, f.link] for f in sorted(self.files, key=lambda f: f.path)
        ]
        text = json.dumps([rows, sorted(self.folders)], separators=(",", ":"), ensure_ascii=False)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
