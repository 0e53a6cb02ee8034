"""The script's folder, made from a snapshot: from the content store where it lies on this machine, else over HTTP."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from typing import Any, Callable, Dict, List, Optional, Set

from trainshed.contract.snapshot import SnapshotFile
from trainshed.node import disk
from trainshed.node.agent.server import Server
from trainshed.node.agent.trouble import CannotPrepare


class Source:
    """A snapshot's files. ``store``: the content store's folder if it can be read here. ``check`` may raise to give
    up.
    """

    def __init__(
        self, manifest: Dict[str, Any], server: Server, store: Optional[str], check: Callable[[], None]
    ) -> None:
        self.manifest = manifest
        self.files = [SnapshotFile(**_known(row)) for row in manifest["files"]]
        self.folders: List[str] = list(manifest.get("folders") or ())
        self._server = server
        self._store = store if store and os.access(store, os.R_OK | os.X_OK) else None
        self._check = check
        for path in (*(file.path for file in self.files), *self.folders):
            _require_inside(path)

    def write(self, folder: str) -> None:
        """Make ``folder``, which must not exist, with all files in it. What fails leaves a part of it behind."""
        made: Set[str] = set()
        os.mkdir(folder, 0o755)
        for path in self.folders:
            _make_folder(folder, path, made)
        for file in self.files:
            self._check()
            parent, _, _ = file.path.rpartition("/")
            if parent not in made:
                _make_folder(folder, parent, made)
            self._write_file(file, "%s/%s" % (folder, file.path))

    def _write_file(self, file: SnapshotFile, target: str) -> None:
        if file.link:
            os.symlink(file.link, target)
            return
        # A copy, never a link: user code may write into it.
        out = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o755 if file.executable else 0o644)
        try:
            if not self._copy_from_store(file, out):
                self._fetch(file, out)
        finally:
            os.close(out)

    def _copy_from_store(self, file: SnapshotFile, out: int) -> bool:
        if self._store is None:
            return False
        try:
            given = os.open("%s/%s/%s" % (self._store, file.sha256[:2], file.sha256[2:]), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EACCES):
                return False
            raise
        try:
            disk.copy(given, out, file.size_bytes)
        finally:
            os.close(given)
        return True

    def _fetch(self, file: SnapshotFile, out: int) -> None:
        digest = hashlib.sha256()
        for block in self._server.blob(file.sha256):
            self._check()
            digest.update(block)
            disk.write_all(out, block)
        if digest.hexdigest() != file.sha256:
            raise CannotPrepare(
                "The content of %s came with sha256 %s instead of %s." % (file.path, digest.hexdigest(), file.sha256)
            )


def remove(folder: str) -> None:
    """Remove a folder that may be half there."""
    shutil.rmtree(folder, ignore_errors=True)


def _known(row: Dict[str, Any]) -> Dict[str, Any]:
    names = ("path", "sha256", "size_bytes", "executable", "link")
    return {name: row[name] for name in names if name in row}


def _require_inside(path: str) -> None:
    if path.startswith("/") or "\0" in path or ".." in path.split("/"):
        raise CannotPrepare("The snapshot holds the name %r, which leaves the run's folder." % path)


def _make_folder(root: str, path: str, made: Set[str]) -> None:
    os.makedirs(os.path.join(root, path), mode=0o755, exist_ok=True)
    made.add(path)
