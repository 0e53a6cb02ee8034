"""A process's own view of the file system: data at its place, read-only, and nothing of it left when the process ends.

Source: unshare(2), mount(2), mount_setattr(2), user_namespaces(7), mount_namespaces(7). Linux only; elsewhere
:func:`may_mount` says no.
"""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Any, List, Sequence

from trainshed.contract.messages import Mount
from trainshed.node import linux

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_SLAVE = 0x1, 0x20, 0x1000, 0x4000, 0x80000
#: statvfs's flags that a remount must repeat where they are locked: no suid, dev, exec; noatime, nodiratime, relatime.
_KEPT_FLAGS = {0x2: 0x2, 0x4: 0x4, 0x8: 0x8, 0x400: 0x400, 0x800: 0x800, 0x1000: 0x200000}
_SYS_MOUNT_SETATTR = 442  # the same number on every architecture but alpha
_AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = -100, 0x8000, 0x1


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def enter(mounts: Sequence[Mount]) -> None:
    """Move this process, which must have one thread only, into a mount namespace of its own, and mount.

    What it mounts is seen by itself and its descendants alone, and is gone with the last of them, however they end.
    What the system mounts later is seen by them, too.

    Raises:
        OSError: the system allows no such namespace, or a mount is not possible; ``filename`` says which.
    """
    _unshare()
    # Slave: nothing of ours gets out, while an automounter's mounts still come in.
    _mount("none", "/", _MS_REC | _MS_SLAVE)
    for mount in mounts:
        _bind(mount)


def may_mount(folder: str) -> bool:
    """Whether :func:`enter` works for this user on this system; tried with ``folder``, in a process that ends at once.

    To be asked while the process has one thread only.
    """
    if not linux.IS_LINUX:
        return False
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            enter((Mount(folder, folder, read_only=True),))
            code = 0 if os.statvfs(folder).f_flag & os.ST_RDONLY else 1
        except OSError:
            pass
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return status == 0


def _unshare() -> None:
    try:
        _call("unshare", _CLONE_NEWNS)
        return
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
    # Not root. In a user namespace of our own we may; our user and group are the same there, all others "nobody".
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWNS | _CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", "%d %d 1" % (user, user))
    _write("/proc/self/gid_map", "%d %d 1" % (group, group))


def _bind(mount: Mount) -> None:
    # With what is mounted below it, as somebody who looks into the folder sees it.
    _mount(mount.source, mount.target, _MS_BIND | _MS_REC)
    if mount.read_only:
        _make_read_only(mount.target)


def _make_read_only(target: str) -> None:
    """The mount and all below it, in one step where the kernel (5.12) has that."""
    asked = _MountAttributes(set=_MOUNT_ATTR_RDONLY)
    path = _encoded(target)
    try:
        _call(
            "syscall",
            ctypes.c_long(_SYS_MOUNT_SETATTR),
            ctypes.c_long(_AT_FDCWD),
            path,
            ctypes.c_long(_AT_RECURSIVE),
            ctypes.byref(asked),
            ctypes.c_size_t(ctypes.sizeof(asked)),
            path=target,
        )
        return
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EPERM):  # EPERM: a filter of a container that knows no such call
            raise
    for place in _mounts_below(target):
        _mount("none", place, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _kept_flags(place))


def _kept_flags(place: str) -> int:
    present = os.statvfs(_encoded(place)).f_flag
    return sum(flag for bit, flag in _KEPT_FLAGS.items() if present & bit)


def _mounts_below(target: str) -> List[str]:
    """The mount points at and below ``target``, as /proc/self/mountinfo names them."""
    top = os.path.realpath(target)
    with open("/proc/self/mountinfo", "rb") as file:
        places = [_unescaped(line.split()[4]) for line in file]
    return sorted({place for place in places if place == top or place.startswith(top.rstrip("/") + "/")})


def _unescaped(field: bytes) -> str:
    return field.decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")


def _mount(source: str, target: str, flags: int) -> None:
    _call("mount", _encoded(source), _encoded(target), None, ctypes.c_ulong(flags), None, path=target)


def _call(name: str, *arguments: Any, path: str = "") -> None:
    if getattr(linux.libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path or None)


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except FileNotFoundError:
        if not path.endswith("setgroups"):  # kernels before 3.19 have none
            raise


def _encoded(text: str) -> bytes:
    # Not os.fsencode: that depends on the locale of whoever started us.
    return text.encode("utf-8", "surrogateescape")
