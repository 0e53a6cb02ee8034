"""One rank as the agent sees it: starting its shim, knowing how it stands, having it ended."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from typing import List, Optional

from trainshed.contract import variables
from trainshed.contract.layout import RankLayout
from trainshed.contract.messages import ForkerRequest, ShimCommand, StartedReport, StopOrder
from trainshed.contract.records import ExitReport
from trainshed.node import disk, linux, locks, processes
from trainshed.node.sockets import ask_forker

_log = logging.getLogger(__name__)
_MARKED_PATIENCE_S = 10.0
_ALONE = "import sys; sys.path.insert(0, %r); from trainshed.node.shim import main; sys.exit(main(sys.argv[1]))"


class Rank:
    """What can be done with a rank knowing its folder alone, so that an adopter can do it as well.

    Args:
        layout: the rank's folder; made here.
        number: the rank.
        mark: ``TRAINSHED_ATTEMPT`` of its processes.
        forker_socket: where a forker listens, or None.
        log: what a shim without a forker says goes there.
    """

    def __init__(self, layout: RankLayout, number: int, mark: str, forker_socket: Optional[str], log: str) -> None:
        self.layout = layout
        self.number = number
        self._marks = ("%s=%s" % (variables.ATTEMPT, mark), "%s=%d" % (variables.RANK, number))
        self._forker_socket = forker_socket
        self._log_path = log
        self._given: Optional[StopOrder] = None
        self._children: List[subprocess.Popen[bytes]] = []

    def begin(self, command: ShimCommand) -> int:
        """Write the command and have a shim started; its pid. A second shim for the same rank would leave at once."""
        disk.write_record(self.layout.command, command, mode=0o600)
        if self._forker_socket:
            try:
                answer = ask_forker(self._forker_socket, ForkerRequest("shim", str(self.layout.root)))
                if answer.ok:
                    return answer.pid
                _log.warning("the forker starts no shim: %s", answer.error)
            except (OSError, ValueError) as error:
                _log.warning("the forker cannot be asked: %s", error)
        return self._begin_alone()

    def _begin_alone(self) -> int:
        source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        argv = [sys.executable, "-I", "-S", "-c", _ALONE % os.path.dirname(source), str(self.layout.root)]
        with open(self._log_path, "ab") as log:
            child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        self._children.append(child)
        return child.pid

    @property
    def started(self) -> Optional[StartedReport]:
        """The shim's word that the entry process exists; None before."""
        return disk.read_record(self.layout.started, StartedReport)

    @property
    def has_begun(self) -> bool:
        """Whether a shim started the command, or is about to. After that no other may do so."""
        return self.layout.started.exists() or self.layout.exit.exists() or locks.is_held(self.layout.shim_lock)

    @property
    def exit(self) -> Optional[ExitReport]:
        """How it ended; None while anything of its tree lives."""
        return disk.read_record(self.layout.exit, ExitReport)

    @property
    def stop_order(self) -> Optional[StopOrder]:
        """The order that was given, by this agent or one before."""
        return self._given or disk.read_record(self.layout.stop, StopOrder)

    def shim_is_alive(self) -> bool:
        """Whether somebody looks after the rank."""
        return locks.is_held(self.layout.shim_lock)

    def open_shim(self) -> Optional[int]:
        """A descriptor that becomes readable when the shim ends; None where the kernel has none, or it has ended."""
        started = self.started
        if started is None or not processes.is_alive(started.shim_pid, started.shim_started):
            return None
        try:
            fd = linux.open_pidfd(started.shim_pid)
        except ProcessLookupError:
            return None
        if fd is not None and not processes.is_alive(started.shim_pid, started.shim_started):
            os.close(fd)
            return None
        return fd

    def stop(self, order: StopOrder) -> bool:
        """Have the whole tree ended; asking again repeats the signal only. Returns at once.

        Returns:
            Whether there was a shim to hear it.
        """
        if self.stop_order is None:
            self._given = order
            try:
                disk.write_record(self.layout.stop, order)
            except OSError as error:
                # The shim then gives the script the usual time.
                if not disk.is_full(error):
                    raise
        started = self.started
        if started is None or not processes.is_alive(started.shim_pid, started.shim_started):
            return False
        try:
            for number in (signal.SIGTERM, signal.SIGCONT):
                os.kill(started.shim_pid, number)
        except ProcessLookupError:
            return False
        return True

    def end_marked(self) -> int:
        """Kill what a killed shim left behind: all processes with the attempt's mark. How many there were."""
        ended = set()
        end = time.monotonic() + _MARKED_PATIENCE_S
        while time.monotonic() < end:
            found = [pid for pid in processes.marked(self._marks) if processes.start_time(pid)]
            if not found:
                break
            for pid in found:
                ended.add(pid)
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
            time.sleep(0.002)
        return len(ended)

    def reap(self) -> None:
        """Take the exit status of a shim that this agent started itself."""
        for child in self._children:
            child.poll()
