"""Small records on the node's disk: replaced whole, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from typing import Any, Callable, Optional, Type, TypeVar, Union

from trainshed.contract.wire import dumps, loads

T = TypeVar("T")
PathOrText = Union[str, "os.PathLike[str]"]
_NEW = ".new"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_COPY_BYTES = 1 << 24
# copy_file_range says so on file systems that it doesn't know, or between two of them on kernels before 5.3.
_NOT_OFFERED = (errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)
_FICLONE = 0x40049409


def is_full(error: OSError) -> bool:
    """Whether the error says that there is no space left, for this user at least."""
    return error.errno in _FULL


def write_whole(path: PathOrText, data: bytes, *, fsync: bool = False, mode: int = 0o644) -> None:
    """Put ``data`` at ``path`` by way of a temporary name: a reader finds the old content or the new.

    Only one process may write a path at a time. With ``fsync`` a power loss takes neither content nor name.
    """
    new = _new(path)
    # Not O_TRUNC: the space may have been reserved.
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, mode)
    try:
        write_all(fd, data)
        os.ftruncate(fd, len(data))
        if fsync:
            os.fsync(fd)
    finally:
        os.close(fd)
    os.rename(new, path)
    if fsync:
        fsync_folder(os.path.dirname(new))


def reserve(path: PathOrText, size: int) -> None:
    """Take space now for what :func:`write_whole` shall be able to write on a disk that is full by then."""
    fd = os.open(_new(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        write_all(fd, b" " * size)
    finally:
        os.close(fd)


def remove_unfinished(folder: str) -> None:
    """Remove what writers that were killed left under temporary names."""
    for name in os.listdir(folder):
        if name.endswith(_NEW):
            path = os.path.join(folder, name)
            try:
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
            except OSError:
                pass


def _new(path: PathOrText) -> str:
    return os.fspath(path) + _NEW


def write_all(fd: int, data: Union[bytes, memoryview]) -> None:
    """All of ``data``, however many writes that takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def copy(source: int, target: int, size: int, check: Callable[[], None] = lambda: None) -> None:
    """``size`` bytes from one descriptor to another, inside the kernel where it can.

    Args:
        check: called between large blocks; may raise.
    """
    left = size
    if left > 4096 and hasattr(os, "copy_file_range"):
        try:
            while left:
                check()
                done = os.copy_file_range(source, target, min(left, _COPY_BYTES))
                if not done:
                    return
                left -= done
            return
        except OSError as error:
            if error.errno not in _NOT_OFFERED:
                raise
    while left:
        check()
        block = os.read(source, min(left, 1 << 20))
        if not block:
            return
        write_all(target, block)
        left -= len(block)


def share(source: int, target: int) -> bool:
    """Give one file the contents of another by having both use the same blocks of the disk, each on its own when
    written to; False where the file system (not btrfs, xfs ...) can't.
    """
    import fcntl

    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def fsync_folder(folder: str) -> None:
    """Make the names in a folder survive a power loss."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def fsync_written(path: PathOrText) -> None:
    """Make a file written before, and its name, survive a power loss. A disk that refuses is left alone."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        fsync_folder(os.path.dirname(os.fspath(path)))
    except OSError:
        pass


def write_record(path: PathOrText, record: Any, *, fsync: bool = False, mode: int = 0o644) -> None:
    """:func:`write_whole` of a record's wire form."""
    write_whole(path, dumps(record), fsync=fsync, mode=mode)


def read_record(path: PathOrText, kind: Type[T]) -> Optional[T]:
    """The record at ``path``; None when there is none, or an unreadable one (a power loss may leave an empty file)."""
    try:
        with open(path, "rb") as file:
            return loads(kind, file.read())
    except (FileNotFoundError, ValueError):
        return None
