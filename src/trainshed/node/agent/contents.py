"""Bringing a file's content into the store, hashed on the way: by a copy beside it, or over HTTP."""

from __future__ import annotations

import hashlib
import os
import threading
from typing import List, Optional

from trainshed.contract.frozen import dataclass
from trainshed.contract.names import new_id
from trainshed.node import disk
from trainshed.node.agent.folder import Found
from trainshed.node.agent.server import Server

#: Fits into a processor's second cache: what was read is still there when it is hashed and written.
_BLOCK_BYTES = 256 << 10
_SMALL_BYTES = _BLOCK_BYTES
#: From here on hashing and copying run beside each other; below, a thread costs more than it gains.
_PARALLEL_BYTES = 16 << 20


class StoreTrouble(Exception):
    """The store takes nothing now (full, read-only): try again later."""

    def __init__(self, error: OSError) -> None:
        super().__init__("the store cannot be written: %s" % error)
        self.full = disk.is_full(error)


class Changed(Exception):
    """The file was written to while it was read: what was read is worth nothing."""


@dataclass(frozen=True)
class Content:
    """A whole file as it was. ``incoming``: it lies under this name in ``store/incoming``, to be adopted."""

    size: int
    sha256: str
    incoming: Optional[str] = None


class Contents:
    """Where contents go.

    ``store``: the content store's folder if it lies on this machine. ``adopted``: a killed agent may have left copies.
    """

    def __init__(self, server: Server, store: Optional[str], code: str, *, adopted: bool) -> None:
        self._server = server
        self._store = store or ""
        self._incoming = _usable_incoming(store, code)
        # This node's copies have a name in common, so that an adopter can remove what a killed agent left behind.
        self._mark = hashlib.sha256(os.fsencode(code)).hexdigest()[:16]
        if adopted:
            self._forget_of_predecessors()

    @property
    def beside(self) -> bool:
        """Whether the store lies on the same file system: then a copy costs nothing but time."""
        return self._incoming is not None

    def bring(self, found: Found, *, anew: bool = False) -> Content:
        """Hash a file and see to it that the server can get its content.

        Args:
            found: the file.
            anew: the server does not know a content that seemed to be in the store.

        Raises:
            Changed: it changed, or went away, meanwhile.
            StoreTrouble: the store can't take it now.
            OSError: it can't be read.
        """
        try:
            source = os.open(found.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError as error:
            raise Changed(found.path) from error
        try:
            content = self._brought_beside(source, found, anew) if self.beside else Content(found.size, _hashed(source))
            after = os.fstat(source)
        finally:
            os.close(source)
        if (after.st_size, after.st_mtime_ns) != (found.size, found.mtime_ns):
            self.forget(content)
            raise Changed(found.path)
        return content

    def send(self, found: Found, content: Content) -> None:
        """Over HTTP."""
        self._server.put_blob(found.file, content.sha256, content.size)

    def forget(self, content: Content) -> None:
        """Remove a copy that nobody will adopt."""
        if content.incoming is not None and self._incoming is not None:
            try:
                os.unlink(os.path.join(self._incoming, content.incoming))
            except OSError:
                pass

    def _forget_of_predecessors(self) -> None:
        """Copies that no message names any more. One that is just being adopted is missing then, and sent again."""
        if self._incoming is not None:
            for name in os.listdir(self._incoming):
                if name.startswith(self._mark):
                    self.forget(Content(0, "", name))

    def _brought_beside(self, source: int, found: Found, anew: bool) -> Content:
        if found.size > _SMALL_BYTES or anew:
            return self._copied(source, found)
        # Looked up before it is written: making a file takes longer than all the rest, and removing it again as well.
        data = os.read(source, _SMALL_BYTES + 1)
        sha256 = hashlib.sha256(data).hexdigest()
        if os.path.exists("%s/%s/%s" % (self._store, sha256[:2], sha256[2:])):
            return Content(len(data), sha256)
        os.lseek(source, 0, os.SEEK_SET)
        return self._copied(source, found)

    def _copied(self, source: int, found: Found) -> Content:
        assert self._incoming is not None
        name = "%s-%s" % (self._mark, new_id())
        path = os.path.join(self._incoming, name)
        try:
            target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreTrouble(error) from error
        try:
            sha256 = _copy_and_hash(source, target, found.size)
        except BaseException:
            self.forget(Content(0, "", name))
            raise
        finally:
            os.close(target)
        return Content(found.size, sha256, name)


def _usable_incoming(store: Optional[str], code: str) -> Optional[str]:
    """``store/incoming`` if it is here, writable, and on the code's file system."""
    if store is None:
        return None
    path = os.path.join(store, "incoming")
    try:
        same = os.stat(path).st_dev == os.stat(code).st_dev
    except OSError:
        return None
    return path if same and os.access(path, os.W_OK | os.X_OK) else None


def _copy_and_hash(source: int, target: int, size: int) -> str:
    if size >= _PARALLEL_BYTES and hasattr(os, "preadv"):
        return _copy_beside_hash(source, target, size)
    digest = hashlib.sha256()
    while True:
        block = os.read(source, _BLOCK_BYTES)
        if not block:
            return digest.hexdigest()
        digest.update(block)
        try:
            disk.write_all(target, block)
        except OSError as error:
            raise StoreTrouble(error) from error


def _copy_beside_hash(source: int, target: int, size: int) -> str:
    """The thread moves the descriptor's position, the hash does not."""
    failed: List[OSError] = []

    def copy_all() -> None:
        try:
            disk.copy(source, target, size)
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=copy_all)
    thread.start()
    try:
        sha256 = _hashed(source)
    finally:
        thread.join()
    if failed:
        raise StoreTrouble(failed[0]) from failed[0]  # what can be hashed can be read
    return sha256


def _hashed(source: int) -> str:
    digest = hashlib.sha256()
    view = memoryview(bytearray(_BLOCK_BYTES))
    offset = 0
    while True:
        size = os.preadv(source, [view], offset) if hasattr(os, "preadv") else os.readv(source, [view])
        if not size:
            return digest.hexdigest()
        digest.update(view[:size])
        offset += size
