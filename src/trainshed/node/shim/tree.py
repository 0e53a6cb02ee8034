"""The process tree below a shim: reaping it, and ending it to the last process."""

from __future__ import annotations

import os
import signal
import time
from typing import List, Optional, Sequence, Tuple

from trainshed.contract.records import ProcessName
from trainshed.node import processes, signals

# A process that survives SIGKILL waits in the kernel, on a dead disk for example.
_UNKILLABLE_WAIT_S = 0.05
_FOREIGN_PATIENCE_S = 5.0


class Tree:
    """All descendants of this process, which must be a subreaper. ``entry`` is the one whose end counts.

    ``marks`` find those that had another process start them and are no descendants.
    """

    def __init__(self, entry: int, marks: Sequence[str]) -> None:
        self.entry = entry
        self.marks = marks
        self.status: Optional[int] = None
        self.gone = False

    def reap(self) -> bool:
        """Take what has ended. ``status`` is set when the entry process was among it.

        Returns:
            Whether a descendant is left.
        """
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.gone = True
                return False
            if pid == 0:
                return True
            if pid == self.entry:
                self.status = status

    def names(self) -> Tuple[ProcessName, ...]:
        """Who is left, zombies not counted."""
        left = ((pid, processes.command_of(pid)) for pid in processes.descendants(os.getpid()))
        return tuple(ProcessName(pid, command) for pid, command in left if processes.start_time(pid))

    def ask_to_end(self) -> None:
        """One SIGTERM to every process, also to those that left the entry's group or stand still."""
        for number in (signal.SIGTERM, signal.SIGCONT):
            self._signal_all(number)
            for pid in processes.marked(self.marks):
                if pid not in processes.descendants(os.getpid()):
                    _signal(pid, number)

    def kill(self) -> None:
        """SIGKILL until none is left. Chains of processes that fork and exit are caught by looking again at once."""
        before: List[int] = []
        while self.reap():
            found = sorted(self._signal_all(signal.SIGKILL))
            if found == before:
                signals.wait_for({signal.SIGCHLD}, _UNKILLABLE_WAIT_S)
            before = found

    def _signal_all(self, number: int) -> List[int]:
        """Signal all descendants by their groups: the kernel reaches a whole group at one instant, while it forks.

        No stranger is in these groups: the entry began a session of its own, and groups do not span sessions.
        """
        found = processes.descendants(os.getpid())
        for group in {_group_of(pid) for pid in found} - {0, os.getpgid(0)}:
            _signal_group(group, number)
        return found

    def end_foreign(self) -> None:
        """End the marked processes that are no descendants; those of other users are beyond us."""
        end = time.monotonic() + _FOREIGN_PATIENCE_S
        while time.monotonic() < end:
            foreign = processes.marked(self.marks)
            if not foreign:
                return
            for pid in foreign:
                _signal(pid, signal.SIGKILL)
            time.sleep(0.01)


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # gone, or a setuid program


def _signal_group(leader: int, number: int) -> None:
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        pass
