"""Find the processes of a test by the mark in their environment, detached ones too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Iterable, Iterator, List

import psutil

MARK = "TRAINSHED_TEST_MARK"


def processes_marked(mark: str) -> Iterator[psutil.Process]:
    """Live processes other than this one whose environment has a mark that starts with `mark`.

    Children inherit the mark; what Trainshed starts under a built environment gets it passed on explicitly.
    """
    for process in psutil.process_iter():
        if process.pid != os.getpid() and _mark_of(process).startswith(mark):
            yield process


def _mark_of(process: psutil.Process) -> str:
    try:
        # A zombie has no environment: it is dead, and its parent's affair.
        return str(process.environ().get(MARK, ""))
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess, OSError):
        return ""


def processes_of(home: Path) -> Iterator[psutil.Process]:
    """Live processes other than this one that serve a home or run in it: its path is in their words or variables."""
    path = os.fsencode(home)
    for process in psutil.process_iter():
        if process.pid != os.getpid() and any(path in _proc(process.pid, name) for name in ("cmdline", "environ")):
            yield process


def _proc(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def end_processes_marked(mark: str, deadline_s: float) -> List[str]:
    """`end_processes` for those that carry a mark."""
    return end_processes(lambda: processes_marked(mark), deadline_s)


def end_processes(find: Callable[[], Iterable[psutil.Process]], deadline_s: float) -> List[str]:
    """Give the processes found `deadline_s` seconds to end by themselves and kill the rest.

    Returns:
        One line for each process that had to be killed, fit for an error message.
    """
    _, alive = psutil.wait_procs(list(find()), timeout=deadline_s)
    left = [_described(process) for process in alive]
    # What was killed may have started another one meanwhile: look again until nothing is found.
    while alive:
        for process in alive:
            _kill(process)
        psutil.wait_procs(alive, timeout=5)
        alive = list(find())
    return left


def _described(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {process.status()} {' '.join(process.cmdline())}"
    except psutil.Error:
        return f"{process.pid} (gone)"


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass
