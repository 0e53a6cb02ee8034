"""Hash a file, or copy and hash it in one pass, and notice when it changes meanwhile."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Optional

from trainshed.contract.errors import SourceUnreadable, StorageFull
from trainshed.sdk.snapshot.ignoring import AMLIGNORE
from trainshed.sdk.snapshot.walk import Stamp, stamp_of

_BLOCK_BYTES = 1 << 20


class Changed(Exception):
    """The file is not the one that was listed: gone, or changed while it was read."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def read(path: str, stamp: Stamp, copy_to: Optional[str] = None) -> str:
    """The sha256 of a file's content.

    Args:
        path: absolute.
        stamp: as listed; the file must have it before and after.
        copy_to: a file that must not exist yet; removed again when reading fails.

    Raises:
        Changed: it has another stamp.
        SourceUnreadable: the system does not let us read it.
        StorageFull: the store does not take the copy.
    """
    try:
        source = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise Changed(path) from error
    except OSError as error:
        raise SourceUnreadable(path=path, why=error.strerror, ignore_file=AMLIGNORE) from error
    try:
        if stamp_of(os.fstat(source)) != stamp:
            raise Changed(path)
        found = _hash(source, path, stamp[0]) if copy_to is None else _copied(source, path, stamp[0], copy_to)
        if stamp_of(os.fstat(source)) != stamp:
            if copy_to is not None:
                os.unlink(copy_to)
            raise Changed(path)
        return found
    finally:
        os.close(source)


def _hash(source: int, path: str, size_bytes: int) -> str:
    block = _read(source, path, size_bytes)
    digest = sha256(block)
    while block:
        block = _read(source, path, size_bytes)
        digest.update(block)
    return digest.hexdigest()


def _copied(source: int, path: str, size_bytes: int, copy_to: str) -> str:
    digest = sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        target = os.open(copy_to, flags, 0o600)
    except OSError as error:
        raise _no_room(copy_to, error) from error
    try:
        block = _read(source, path, size_bytes)
        while block:
            digest.update(block)
            _write(target, block, copy_to)
            block = _read(source, path, size_bytes)
    except BaseException:
        os.unlink(copy_to)
        raise
    finally:
        os.close(target)
    return digest.hexdigest()


def _write(target: int, block: bytes, copy_to: str) -> None:
    view = memoryview(block)
    try:
        while view:
            view = view[os.write(target, view) :]
    except OSError as error:
        raise _no_room(copy_to, error) from error


def _no_room(copy_to: str, error: OSError) -> StorageFull:
    """The store lies beside the home's other files: ``<home>/store/incoming/<name>``."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(copy_to)))
    return StorageFull(why=error.strerror, home=home)


def _read(source: int, path: str, size_bytes: int) -> bytes:
    try:
        return os.read(source, min(size_bytes, _BLOCK_BYTES) + 1)
    except OSError as error:
        raise SourceUnreadable(path=path, why=error.strerror, ignore_file=AMLIGNORE) from error
