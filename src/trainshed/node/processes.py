"""Processes as /proc shows them: who they are, whose children, which attempt's.

A process is known by its pid and its start time: a pid alone may have been given to another meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Dict, Iterable, Iterator, List, Sequence, Set

_PROC = os.path.isdir("/proc/self/task")
_COMMAND_LENGTH = 300


def start_time(pid: int) -> str:
    """Field 22 of /proc/PID/stat (clock ticks since boot), or what ``ps`` tells elsewhere; empty when there is no such
    process, or only its zombie.
    """
    if not _PROC:
        done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], stdout=subprocess.PIPE, check=False)
        return done.stdout.decode().strip()
    fields = _stat(pid)
    return "" if not fields or fields[0] in ("Z", "X") else fields[19]


def is_alive(pid: int, started: str) -> bool:
    """Whether this very process still runs."""
    return bool(started) and start_time(pid) == started


def time_since_boot_s() -> float:
    """A clock that all processes share, that nobody sets and that counts the time asleep, where the system has one."""
    import time

    return time.clock_gettime(time.CLOCK_BOOTTIME if sys.platform.startswith("linux") else time.CLOCK_MONOTONIC)


def _stat(pid: int) -> List[str]:
    """The fields after the command's name, from state (field 3) on; empty when there is no such process."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            data = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return []
    # The name may hold spaces and brackets: the last one ends it.
    return data[data.rfind(b")") + 2 :].decode("ascii").split()


def command_of(pid: int) -> str:
    """The command line, spaces between its words, cut where it is long; the bracketed name when it has none."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as file:
            words = file.read(4 * _COMMAND_LENGTH).rstrip(b"\0").split(b"\0")
        with open("/proc/%d/comm" % pid, "rb") as file:
            name = file.read().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    text = b" ".join(words).decode("utf-8", "replace") or "[%s]" % name.decode("utf-8", "replace")
    return text[:_COMMAND_LENGTH]


def pids() -> Iterator[int]:
    """All processes that this one can see."""
    if _PROC:
        return (int(name) for name in os.listdir("/proc") if name.isdigit())
    done = subprocess.run(["ps", "-A", "-o", "pid="], stdout=subprocess.PIPE, check=False)
    return (int(word) for word in done.stdout.split())


def descendants(root: int) -> List[int]:
    """Children, grandchildren and so on of ``root``, zombies included. A snapshot: what forks meanwhile may be
    missed.
    """
    found: List[int] = []
    seen: Set[int] = {root}
    waiting = [root]
    try:
        while waiting:
            for child in _children(waiting.pop()):
                if child not in seen:
                    seen.add(child)
                    found.append(child)
                    waiting.append(child)
    except FileNotFoundError:
        return _descendants_by_parents(root)  # a kernel built without /proc/*/task/*/children
    return found


def _children(pid: int) -> Iterator[int]:
    try:
        tasks = os.listdir("/proc/%d/task" % pid)
    except (FileNotFoundError, ProcessLookupError):
        if not _PROC:
            raise
        return
    for task in tasks:
        try:
            with open("/proc/%d/task/%s/children" % (pid, task), "rb") as file:
                children = file.read()
        except ProcessLookupError:
            continue
        except FileNotFoundError:
            if os.path.exists("/proc/%d/task/%s/stat" % (pid, task)):
                raise
            continue
        for word in children.split():
            yield int(word)


def _descendants_by_parents(root: int) -> List[int]:
    children: Dict[int, List[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found: List[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _parents() -> Iterator[Sequence[int]]:
    if not _PROC:
        done = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, check=False)
        return (tuple(int(word) for word in line.split()) for line in done.stdout.splitlines())
    stats = ((pid, _stat(pid)) for pid in pids())
    return ((pid, int(fields[1])) for pid, fields in stats if fields)


def marked(marks: Iterable[str]) -> List[int]:
    """Processes whose environment holds every one of ``marks`` (``NAME=value``), as it was when they were started."""
    wanted = [b"\0" + mark.encode("utf-8", "surrogateescape") + b"\0" for mark in marks]
    me = os.getpid()
    return [pid for pid in pids() if pid != me and _environment_holds(pid, wanted)]


def _environment_holds(pid: int, wanted: Sequence[bytes]) -> bool:
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            environment = b"\0" + file.read() + b"\0"
    except OSError:
        return False  # gone, a zombie, or another user's
    return all(mark in environment for mark in wanted)
