"""A shim's life: lock, start, wait, end what is left, report."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Callable, Optional, Tuple

from trainshed.contract import variables
from trainshed.contract.frozen import replace
from trainshed.contract.layout import RankLayout
from trainshed.contract.messages import ShimCommand, StartedReport, StopOrder
from trainshed.contract.records import ExitReport, ProcessName
from trainshed.contract.wire import format_time, now
from trainshed.node import disk, linux, locks, processes, signals
from trainshed.node.shim import memory
from trainshed.node.shim.start import Child
from trainshed.node.shim.tree import Tree

# After the grace time, what the entry process left over gets this long between SIGTERM and SIGKILL.
_LEFT_OVER_TERM_S = 2.0
_RETRY_S = 0.2
#: The end can be told on a disk that the script has filled; a long list of left-over processes may have to wait.
_EXIT_BYTES = 4096
#: Scripts shorter than this leave no work to the disk at their start.
_SHORT_S = 1.0
#: What a terminal or a closing session sends. A shim ends when its rank has ended, not before.
_BLOCKED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE}


def get_ready() -> Child:
    """Whatever can be done before it is known for which rank: a forker keeps a shim at hand."""
    signals.block(_BLOCKED)
    linux.name_process("trainshed-shim")
    return Child()


def main(folder: str, child: Optional[Child] = None) -> int:
    """Look after the rank of ``folder``. Leaves at once when another shim does, or did.

    Args:
        folder: the rank's.
        child: from :func:`get_ready`, if that was called before.
    """
    rank = RankLayout(Path(folder))
    lock = locks.take(rank.shim_lock)
    if lock is None or rank.started.exists() or rank.exit.exists():
        return 0
    command = disk.read_record(rank.command, ShimCommand)
    if command is None:
        raise FileNotFoundError("%s: there is no command to start" % rank.command)
    Shim(rank, command, subreaper=linux.become_subreaper()).run(child or get_ready())
    return 0


class Shim:
    """One rank's keeper. ``subreaper``: the kernel hands us all orphans of the tree."""

    def __init__(self, rank: RankLayout, command: ShimCommand, *, subreaper: bool) -> None:
        self.rank = rank
        self.command = command
        self.subreaper = subreaper
        self.order: Optional[StopOrder] = None
        self.stopped = False
        self.counts = memory.KillCounts(None, {})

    def run(self, child: Child) -> None:
        """Start the command, stay until its tree is gone, write ``exit.json``."""
        self._insist(lambda: disk.reserve(self.rank.exit, _EXIT_BYTES))
        failure = child.start(self.command, self._record_start)
        self.counts = memory.read(child.pid)
        number = self.command.environment.get(variables.RANK, "0")
        tree = Tree(child.pid, ("%s=%s" % (variables.ATTEMPT, self.command.mark), "%s=%s" % (variables.RANK, number)))
        self._wait_for_entry(tree)
        report = self._report(tree, failure)
        if self.order is None:
            report = replace(report, left_over=self._end_left_over(tree))
        if self.order is not None:
            self._end_tree(tree, self.order)
        report = replace(report, at=now())  # not before: the run has ended when its last process has
        self._insist(lambda: disk.write_record(self.rank.exit, report))
        # After the rename: who waits for it need not wait for the disk. What a power loss leaves empty counts as not
        # there, as if the power had gone a moment before.
        disk.fsync_written(self.rank.exit)

    def _record_start(self, pid: int) -> None:
        me = os.getpid()
        began = processes.time_since_boot_s()
        known = (me, processes.start_time(me), pid, processes.start_time(pid))
        report = StartedReport(*known, format_time(now()), began)
        self._insist(lambda: disk.write_record(self.rank.started, report))

    def _wait_for_entry(self, tree: Tree) -> None:
        kept = False
        while tree.reap() and tree.status is None and self.order is None:
            if self._wait(None if kept else _SHORT_S) is None and not kept:
                # A power loss shall not make a script that ran for long start again; short ones are over by now.
                disk.fsync_written(self.rank.started)
                kept = True
        if tree.status is None and self.order is not None:
            self.stopped = True
            self._end_tree(tree, self.order)

    def _end_tree(self, tree: Tree, order: StopOrder) -> None:
        """As ordered: SIGTERM, the grace time, SIGKILL."""
        if tree.reap():
            tree.ask_to_end()
            self._wait_until_gone(tree, order.grace_s)
            tree.kill()
        tree.end_foreign()

    def _end_left_over(self, tree: Tree) -> Tuple[ProcessName, ...]:
        """The entry process ended by itself. Its children may finish within the grace time."""
        if not tree.reap():
            if not self.subreaper:
                tree.end_foreign()
            return ()
        self._wait_until_gone(tree, self.command.grace_s)
        if tree.gone or self.order is not None:
            return ()
        left = tree.names()
        tree.ask_to_end()
        self._wait_until_gone(tree, min(_LEFT_OVER_TERM_S, self.command.grace_s))
        tree.kill()
        return left

    def _wait_until_gone(self, tree: Tree, timeout_s: float) -> None:
        """At most ``timeout_s``; an order to stop that arrives meanwhile ends the wait."""
        end = time.monotonic() + timeout_s
        known = self.order
        while tree.reap() and time.monotonic() < end and self.order is known:
            self._wait(end - time.monotonic())

    def _wait(self, timeout_s: Optional[float]) -> Optional[int]:
        taken = signals.wait_for({signal.SIGCHLD, signal.SIGTERM}, timeout_s)
        if taken == signal.SIGTERM and self.order is None:
            given = disk.read_record(self.rank.stop, StopOrder)
            self.order = given or StopOrder(self.command.grace_s, "SIGTERM")
        return taken

    def _report(self, tree: Tree, failure: Optional[str]) -> ExitReport:
        status = tree.status or 0
        if failure is not None:
            return ExitReport(None, None, now(), stopped=self.stopped, failure=failure)
        if not os.WIFSIGNALED(status):
            return ExitReport(os.WEXITSTATUS(status), None, now(), stopped=self.stopped)
        number = os.WTERMSIG(status)
        return ExitReport(
            code=None,
            signal=signals.name_of(number),
            at=now(),
            out_of_memory=number == signal.SIGKILL and not self.stopped and memory.has_risen(self.counts),
            stopped=self.stopped,
            core_dumped=os.WCOREDUMP(status),
        )

    def _insist(self, write: Callable[[], None]) -> None:
        """Until the disk takes it. Nothing else can be done: without this file nobody knows."""
        while True:
            try:
                return write()
            except OSError as error:
                if not disk.is_full(error):
                    raise
            time.sleep(_RETRY_S)
