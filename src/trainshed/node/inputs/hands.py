"""What whoever brings data is given by the agent: the run, and ways to speak, to wait and to be stopped."""

from __future__ import annotations

import os
import time
from typing import Callable, Mapping, TypeVar

from trainshed.contract.frozen import dataclass
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.spec import RunSpec
from trainshed.node import disk
from trainshed.node.inputs import places
from trainshed.node.inputs.trouble import DataTrouble, words_of

T = TypeVar("T")
_FULL_PAUSE_S = 1.0
_WORTH_SHARING_BYTES = 1 << 20


@dataclass(frozen=True)
class Hands:
    """Used by one thread, which is not the agent's main thread.

    Args:
        environ: names proxies and certificates.
        may_mount: whether the script gets a mount namespace of its own.
        say: a line for people.
        check: raises when the run is cancelled or given up.
        pause: waits so many seconds; raises then, too.
        warn: something holds the run up; said once.
    """

    spec: RunSpec
    layout: NodeLayout
    home: HomeLayout
    environ: Mapping[str, str]
    may_mount: bool
    say: Callable[[str], None]
    check: Callable[[], None]
    pause: Callable[[float], None]
    warn: Callable[[str], None]

    def insist(self, work: Callable[[], T], what: str, full: str) -> T:
        """Do it; again and again while the disk is full.

        Args:
            what: what is being done to which input or output, for an error.
            full: what to tell people then.
        """
        while True:
            try:
                return work()
            except OSError as error:
                if not disk.is_full(error):
                    raise DataTrouble("%s: %s" % (what, words_of(error, what))) from error
            self.warn(full)
            self.pause(_FULL_PAUSE_S)


def copy_file(source: str, target: str, partial: str, check: Callable[[], None]) -> int:
    """Copy a file by way of a temporary name beside the target; its size. Times stay, so that it is known again."""
    given = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = _copy(given, partial, check)
        os.replace(partial, target)
    except BaseException:
        places.remove(partial)
        raise
    finally:
        os.close(given)
    return size


def _copy(given: int, partial: str, check: Callable[[], None]) -> int:
    seen = os.fstat(given)
    mode = 0o755 if seen.st_mode & 0o100 else 0o644
    out = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        if seen.st_size < _WORTH_SHARING_BYTES or not disk.share(given, out):
            disk.copy(given, out, seen.st_size, check)
        size = os.fstat(out).st_size
        os.utime(out, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    finally:
        os.close(out)
    check()
    return size


def is_same(source: str, target: str) -> bool:
    """Whether ``target`` is a copy of ``source`` that was made before."""
    try:
        there, given = os.stat(target), os.stat(source)
    except OSError:
        return False
    return (there.st_size, there.st_mtime_ns) == (given.st_size, given.st_mtime_ns)


def took(began: float) -> str:
    """``in 1.2 s``."""
    seconds = time.monotonic() - began
    return "in %.1f ms" % (seconds * 1000) if seconds < 1 else "in %.1f s" % seconds
