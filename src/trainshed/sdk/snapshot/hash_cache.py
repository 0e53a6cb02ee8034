"""What the files of a source folder hashed to, so that an unchanged file is never read again.

A file is known again by its stamp (size, mtime, ctime, inode, mode). Like git, an entry is not trusted when the file
was changed within two seconds before it was read: a second change in the same tick of the file system's clock would
not show. One file per source folder, with a check value; lost or broken, it costs time and nothing else.
"""

from __future__ import annotations

import os
from typing import Any, Dict, Optional, Set

from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.snapshot.walk import Stamp

RACY_NS = 2_000_000_000
_FORMAT = 1
_MOST_FILES = 200


class Known(NamedTuple):
    """A file's content at a time. ``read_at_ns``: wall clock, before it was read."""

    stamp: Stamp
    read_at_ns: int
    sha256: str

    @property
    def is_settled(self) -> bool:
        """Whether the same stamp proves the same bytes."""
        return max(self.stamp[1], self.stamp[2]) + RACY_NS < self.read_at_ns


class HashCache:
    """The known files of one source folder.

    Args:
        root: of the source folder, absolute.
        folder: where the caches of all source folders lie; None: only in this process's memory.
    """

    def __init__(self, root: str, folder: Optional[str]) -> None:
        self._path = None if folder is None else os.path.join(folder, _name(root))
        self._root = root
        self._changed = False
        self.known: Dict[str, Known] = _load(self._path, root) if self._path else {}

    def put(self, path: str, known: Known) -> None:
        """Remember a file."""
        self.known[path] = known
        self._changed = True

    def keep_only(self, paths: Set[str]) -> None:
        """Forget files that are gone."""
        if len(self.known) > len(paths):
            for path in [path for path in self.known if path not in paths]:
                del self.known[path]
            self._changed = True

    def forget(self) -> None:
        """Forget all files."""
        self.known.clear()
        self._changed = True

    def save(self) -> None:
        """Write what changed. A folder that cannot be written is no error: the next submit reads more, that is all."""
        if self._path is None or not self._changed:
            return
        self._changed = False
        files = {path: [list(known.stamp), known.read_at_ns, known.sha256] for path, known in list(self.known.items())}
        try:
            _write(self._path, _encode({"format": _FORMAT, "root": self._root, "files": files}))
        except OSError:
            return


def _name(root: str) -> str:
    from hashlib import sha256

    return sha256(os.fsencode(root)).hexdigest()[:32]


def _encode(data: Any) -> bytes:
    import json
    from binascii import crc32

    body = json.dumps(data, separators=(",", ":")).encode("ascii")
    return b"%08x\n%s" % (crc32(body), body)


def _load(path: str, root: str) -> Dict[str, Known]:
    import json
    from binascii import crc32

    try:
        with open(path, "rb") as file:
            check, _, body = file.read().partition(b"\n")
        if int(check, 16) != crc32(body):
            return {}
        data = json.loads(body)
        if data["format"] != _FORMAT or data["root"] != root:
            return {}
        return {path: Known(tuple(stamp), at, sha) for path, (stamp, at, sha) in data["files"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write(path: str, content: bytes) -> None:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    _make_room(folder)
    temporary = "%s.%d.tmp" % (path, os.getpid())
    try:
        with open(temporary, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _make_room(folder: str) -> None:
    names = os.listdir(folder)
    if len(names) < _MOST_FILES:
        return
    paths = sorted((os.path.join(folder, name) for name in names), key=lambda path: os.stat(path).st_mtime_ns)
    for path in paths[: len(paths) - _MOST_FILES // 2]:
        os.unlink(path)
