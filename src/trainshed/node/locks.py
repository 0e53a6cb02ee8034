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
    """Whether somebody holds the lock. Its holder is not disturbed; one who takes it at this instant may have to try
    again.
    """
    try:
        return _listed(os.stat(path)) or _taken(path)
    except FileNotFoundError:
        return False


def _listed(wanted: os.stat_result) -> bool:
    # The kernel's list says yes without touching the lock. It can't say no: some file systems have two device numbers.
    place = "%02x:%02x:%d" % (os.major(wanted.st_dev), os.minor(wanted.st_dev), wanted.st_ino)
    try:
        with open("/proc/locks", encoding="ascii") as table:
            return any(" FLOCK " in line and " WRITE " in line and place in line.split() for line in table)
    except OSError:
        return False


def _taken(path: PathOrText) -> bool:
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
