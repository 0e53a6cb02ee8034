"""What the standard library does not offer of the Linux kernel, by ctypes. Elsewhere each says that it can't."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Optional

IS_LINUX = sys.platform.startswith("linux")
libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_SYS_PIDFD_OPEN = 434  # the same number on every architecture but alpha

IN_MODIFY = 0x2
IN_CLOSE_WRITE = 0x8
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
_IN_NONBLOCK = 0o4000
_IN_CLOEXEC = 0o2000000


def become_subreaper() -> bool:
    """Orphans among this process's descendants become its children from now on. False where the system has no such
    thing.
    """
    return IS_LINUX and libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def name_process(name: str) -> None:
    """What `ps -o comm` and `top` show for this process; 15 bytes at most."""
    if IS_LINUX:
        libc.prctl(_PR_SET_NAME, ctypes.create_string_buffer(name.encode()[:15]), 0, 0, 0)


def open_pidfd(pid: int) -> Optional[int]:
    """A descriptor that becomes readable when the process ends; None where the kernel (before 5.3) has none.

    Raises:
        ProcessLookupError: there is no such process.
    """
    if not IS_LINUX:
        return None
    fd = int(libc.syscall(_SYS_PIDFD_OPEN, pid, 0))
    if fd >= 0:
        return fd
    if ctypes.get_errno() == errno.ESRCH:
        raise ProcessLookupError(errno.ESRCH, "no process %d" % pid)
    return None


def watch_if_possible(*folders: str) -> Optional[Inotify]:
    """None where the system has no inotify, or none left for this user: then the caller has to look by itself."""
    try:
        inotify = Inotify()
        for folder in folders:
            inotify.watch(folder)
    except OSError:
        return None
    return inotify


class Inotify:
    """Tells that something happened in the folders watched; not what. ``fd`` becomes readable then.

    Raises:
        OSError: the system has none, or this user has as many as allowed.
    """

    def __init__(self) -> None:
        if not IS_LINUX:
            raise OSError(errno.ENOSYS, "no inotify on %s" % sys.platform)
        self.fd = int(libc.inotify_init1(_IN_NONBLOCK | _IN_CLOEXEC))
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def watch(self, folder: str) -> None:
        """Wake for files of ``folder`` that are made, written or renamed into it."""
        mask = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE
        if libc.inotify_add_watch(self.fd, os.fsencode(folder), ctypes.c_uint32(mask)) < 0:
            self.close()
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)

    def close(self) -> None:
        """Stop watching."""
        os.close(self.fd)

    def drain(self) -> None:
        """Forget what has happened so far."""
        try:
            while os.read(self.fd, 65536):
                pass
        except BlockingIOError:
            pass
