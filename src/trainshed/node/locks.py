"""File locks (flock) as proof of life: the kernel drops them when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from typing import Optional, Union

PathOrText = Union[str, "os.PathLike[str]"]
# Others look whether a lock is held by taking it for an instant; that must not turn its rightful holder away.
_PROBE_S = 0.05


def take(path: PathOrText, *, patience_s: float = _PROBE_S) -> Optional[int]:
    """Take the lock and keep it until the process ends; None when somebody else has it.

    Returns:
        The descriptor that holds it. It is not inherited by programs, but by forks: close it there.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(fd)
                return None
        time.sleep(0.005)


def is_held(path: PathOrText) -> bool:
    """Whether somebody holds the lock. One who takes it at this very instant may have to try again."""
    # Not /proc/locks: reading it takes the kernel 10 ms, and some file systems have another device number there.
    try:
        # For reading: closing a file opened for writing would wake whoever watches its folder, us first of all.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
