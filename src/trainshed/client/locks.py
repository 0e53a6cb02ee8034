"""File locks as proof of life: who holds one is alive, however its process came to be."""

from __future__ import annotations

import contextlib
import os
import time
from typing import Iterator, Optional

from trainshed.contract.errors import ServerUnreachable

_POLL_S = 0.01


def is_held(path: str) -> bool:
    """Whether some process holds the flock. False when there is no such file.

    The kernel's list is asked first, because to try a lock is to hold it for an instant. But some file systems show
    other device numbers there, so what is not on the list is tried.
    """
    try:
        listed = _listed(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return listed is not None or _is_taken(path)


def holder(path: str) -> int:
    """The pid of the process that holds the flock; 0 when nobody does, or when the kernel's list does not tell."""
    try:
        line = _listed(path)
    except (FileNotFoundError, NotADirectoryError):
        return 0
    return 0 if line is None else max(0, int(line.split()[4]))


def _listed(path: str) -> Optional[str]:
    """The line of /proc/locks about the file's flock; None: there is none, or no such list."""
    found = os.stat(path)
    place = "%02x:%02x:%d" % (os.major(found.st_dev), os.minor(found.st_dev), found.st_ino)
    try:
        with open("/proc/locks", encoding="ascii") as table:
            return next(
                (line for line in table if "FLOCK" in line and place in line.split() and "->" not in line), None
            )
    except OSError:
        return None  # no /proc: not Linux


def _is_taken(path: str) -> bool:
    import fcntl

    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


@contextlib.contextmanager
def held(path: str, *, patience_s: float) -> Iterator[None]:
    """Hold the lock within the block.

    Raises:
        ServerUnreachable: somebody else kept it for ``patience_s``.
    """
    import fcntl

    deadline = time.monotonic() + patience_s
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    why = "another process has been starting or stopping it for %g s" % patience_s
                    raise ServerUnreachable(address=os.path.dirname(path), why=why) from None
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(file)
