"""What an agent does, in order, whatever an agent before it has done already."""

from __future__ import annotations

import logging
import os
import time
from typing import Any, Optional, Sequence

from trainshed.contract.errors import AttemptFenced
from trainshed.contract.layout import NodeLayout
from trainshed.contract.messages import AgentConfig, Order, ShimCommand, StartedReport, StopOrder
from trainshed.contract.records import ExitReport, RankReport
from trainshed.contract.status import ENDED, RunStatus
from trainshed.contract.wire import now, parse_time
from trainshed.node import disk, linux, processes
from trainshed.node.agent import ending
from trainshed.node.agent.courier import Courier, Goal, Said
from trainshed.node.agent.data import Data
from trainshed.node.agent.ending import Outcome
from trainshed.node.agent.inbox import Inbox
from trainshed.node.agent.joblog import POST, JobLogs
from trainshed.node.agent.orders import Orders
from trainshed.node.agent.preparation import Preparation
from trainshed.node.agent.rank import Rank
from trainshed.node.agent.reporting import Reporter
from trainshed.node.agent.server import Server
from trainshed.node.agent.trouble import CanceledEarly, CannotPrepare, GivenUp, headline
from trainshed.node.inputs.trouble import DataTrouble

_log = logging.getLogger(__name__)

_STARTS = 3
_START_LOOK_S, _START_LONGEST_LOOK_S = 0.0005, 0.02
#: How often an exit is looked for where the kernel can't tell of a stranger's end; and else, to be sure.
_LOOK_S, _LOOK_TO_BE_SURE_S = 0.02, 2.0
_FULL_PAUSE_S = 1.0


class Broken(Exception):
    """The courier can't go on; another agent shall."""


class Supervisor:
    """One node of one attempt. Runs in the main thread; never waits for the server but at the very end."""

    def __init__(self, config: AgentConfig, layout: NodeLayout) -> None:
        self.config = config
        self.layout = layout
        self.inbox = Inbox()
        self.order: Optional[Order] = None
        self.given_up: Optional[GivenUp] = None
        self.joblogs = JobLogs(layout, config.node)
        self.reporter = Reporter(layout, config.node)
        server = Server(config)
        self.orders = Orders(server, self.inbox.post, self.inbox.post)
        self.courier = Courier(
            config, layout, server, self.reporter, self.joblogs, self.orders, self.inbox.post, self.inbox.post
        )
        self.rank = Rank(layout.rank(0), 0, config.attempt_id, config.forker_socket, str(layout.agent_log))
        self.data = Data(config, layout, self.joblogs, self._pause, self.inbox.post, self.reporter.warn)
        self.preparation = Preparation(
            config, layout, server, self.joblogs, self.data, self._pause, self._check, self.reporter
        )
        self.driver_log = str(layout.root / layout.driver_log(0, 1))
        self._signalled_at: Optional[float] = None
        self._ending: Optional[Outcome] = None

    def run(self) -> bool:
        """All of it.

        Returns:
            Whether everything is durable at the server; False: another agent shall go on.

        Raises:
            GivenUp: the server refuses the attempt.
        """
        if self.reporter.report.status not in ENDED:
            self.reporter.advance(RunStatus.PREPARING)
        if not self.rank.has_begun:
            self.data.ask_ahead()
            self.preparation.ask_ahead()
        self.courier.start()
        if self.reporter.adopted:
            self.courier.go()
        try:
            if self.reporter.report.status not in ENDED:
                self._end(self._delivered(self._outcome()))
            self._wait_for(Said.SEALED, Goal.SEAL)
            self._advance_to_end()
            self._wait_for(Said.FINISHED, Goal.FINISH)
        except Broken:
            return False
        return True

    # --- until it is known how it ends

    def _outcome(self) -> Outcome:
        known = self.reporter.report
        if known.error is not None:
            return Outcome(RunStatus.FAILED, headline(known.error.message), known.error)
        try:
            if not self.rank.has_begun:
                self._start(self._prepared())
            return self._outcome_of_rank()
        except CannotPrepare as error:
            return Outcome(RunStatus.FAILED, headline(error.error.message), error.error)
        except CanceledEarly:
            if self.reporter.adopted:
                self.preparation.buildings.end_orphans()
            # An agent that takes over from here must not start the script after all.
            self.rank.stop(StopOrder(0.0, ending.CANCEL))
            return Outcome(RunStatus.CANCELED, "canceled before the script was started")

    def _prepared(self) -> ShimCommand:
        self._pause(0.0)
        return self.preparation.commands()[0]

    def _start(self, command: ShimCommand) -> None:
        self.reporter.advance(RunStatus.STARTING)
        for _ in range(_STARTS):
            self._pause(0.0)
            pid = self._begin(command)
            if self._has_started(pid):
                return
        raise CannotPrepare(
            "The process that looks after the script (the shim) ended %d times before it started anything. See %s on "
            "the node." % (_STARTS, self.layout.agent_log)
        )

    def _begin(self, command: ShimCommand) -> int:
        while True:
            try:
                return self.rank.begin(command)
            except OSError as error:
                if not disk.is_full(error):
                    raise CannotPrepare("The script could not be started: %s" % error) from error
            self.reporter.warn("The node's disk is full; the run waits for space.")
            self._pause(_FULL_PAUSE_S)

    def _has_started(self, pid: int) -> bool:
        """Wait until the shim has put the start on record; False when it ended before."""
        look_s = _START_LOOK_S
        while not (self.rank.layout.started.exists() or self.rank.layout.exit.exists()):
            if not processes.start_time(pid) and not self.rank.has_begun:
                return False
            self._take_events(look_s)
            look_s = min(look_s * 2, _START_LONGEST_LOOK_S)
        return True

    def _outcome_of_rank(self) -> Outcome:
        self._wait_for_started()
        self._say_running()
        self.courier.go()
        exit_report = self._wait_for_exit()
        if exit_report is None:
            count = self.rank.end_marked()
            self.joblogs.say(POST, "the shim was killed; %d processes were ended" % count)
            return ending.supervisor_killed(self.driver_log)
        if not self.data.has_outputs:
            self.courier.hold()
        return self._judged(exit_report)

    def _say_running(self) -> None:
        started, ended = self.rank.started, self.rank.exit
        if started is None or (ended is not None and ended.failure is not None):
            return
        if ended is None:
            self.reporter.rank(RankReport(0, RunStatus.RUNNING))
        # A short script has ended by now: it ran all the same.
        self.reporter.advance(RunStatus.RUNNING, at=parse_time(started.at))

    def _wait_for_started(self) -> None:
        """An adopter may come while the shim is at it."""
        while self.rank.shim_is_alive() and not self.rank.layout.started.exists():
            self._take_events(_LOOK_S)

    def _wait_for_exit(self) -> Optional[ExitReport]:
        """How the entry process ended, after all of its tree has; None when the shim was killed."""
        # The first tells of exit.json, the second of a shim that was killed.
        news = linux.watch_if_possible(str(self.rank.layout.root))
        shim = self.rank.open_shim()
        fds = [fd for fd in (news.fd if news else None, shim) if fd is not None]
        try:
            while True:
                self._carry_out_orders()
                found = self.rank.exit
                if found is not None or not self.rank.shim_is_alive():
                    return found or self.rank.exit
                self._take_events(min(_LOOK_S if shim is None else _LOOK_TO_BE_SURE_S, self._time_left_s()), fds)
                self.rank.reap()
                if news is not None:
                    news.drain()
        finally:
            for fd in fds:
                os.close(fd)

    def _time_left_s(self) -> float:
        limit_s = self.config.spec.limits.max_duration_s
        started = self.rank.started if limit_s is not None else None
        if limit_s is None or started is None or self.rank.stop_order is not None:
            return float("inf")
        return max(0.0, limit_s - _age_s(started))

    def _carry_out_orders(self) -> None:
        if self.given_up is not None:
            raise self.given_up
        order = self.rank.stop_order
        if order is None and self.order is not None:
            order = StopOrder(self.order.grace_s, ending.CANCEL)
        elif order is None and self._time_left_s() <= 0:
            order = StopOrder(self.config.spec.limits.grace_s, ending.MAX_DURATION)
        if order is not None:
            self._stop(order)

    def _stop(self, order: StopOrder) -> None:
        """Once, and again when the shim seems not to have heard."""
        at = time.monotonic()
        if self._signalled_at is not None and at < self._signalled_at + order.grace_s + _LOOK_TO_BE_SURE_S:
            return
        if self.rank.stop(order):
            self._signalled_at = at

    def _judged(self, exit_report: ExitReport) -> Outcome:
        outcome = ending.outcome_of(
            exit_report,
            self.rank.stop_order,
            self.driver_log,
            max_duration_s=self.config.spec.limits.max_duration_s,
        )
        self.reporter.rank(RankReport(0, outcome.status, exit_report))
        words = exit_report.failure or exit_report.signal or "exit code %s" % exit_report.code
        self.joblogs.say(POST, "rank 0: %s" % words)
        for left in exit_report.left_over:
            self.joblogs.say(POST, "left running by the script, and ended: %d %s" % (left.pid, left.command))
        return outcome

    # --- from there to the end

    def _delivered(self, outcome: Outcome) -> Outcome:
        """The same, once what the script wrote for others is there; what can't be brought there makes the run fail."""
        if outcome.status is RunStatus.CANCELED or not self.data.has_outputs or not self.rank.has_begun:
            return outcome
        self.reporter.advance(RunStatus.FINALIZING, outcome.reason)
        heard = self.order
        try:
            self.data.deliver(lambda timeout_s: self._pause_at_end(timeout_s, heard))
        except DataTrouble as trouble:
            return outcome if outcome.error is not None else ending.not_delivered(str(trouble))
        except CanceledEarly:
            self.joblogs.say(POST, "canceled while the run's output was being copied")
            return outcome if outcome.error is not None else Outcome(RunStatus.CANCELED, "canceled")
        return outcome

    def _end(self, outcome: Outcome) -> None:
        """Say that it is coming to an end; the ending itself is said when all is at the server."""
        self._ending = outcome
        if outcome.error is not None:
            self.reporter.fail(outcome.error)
            self.joblogs.say(POST, outcome.error.message)
        self.reporter.advance(RunStatus.FINALIZING, outcome.reason, at=outcome.at)

    def _advance_to_end(self) -> None:
        """The end is when the script ended, however long the server was away and the sending took."""
        if self._ending is not None:
            self.reporter.advance(self._ending.status, self._ending.reason, at=self.reporter.finalizing_at)

    def _wait_for(self, said: Said, goal: Goal) -> None:
        self.courier.aim(goal)
        while True:
            for event in self.inbox.wait(None):
                if event is said:
                    return
                self._take(event)
            if self.given_up is not None:
                raise self.given_up

    # --- what others say

    def _pause(self, timeout_s: float, fds: Sequence[int] = ()) -> None:
        """Wait, before the script was started; until one of ``fds`` is readable at most."""
        self._take_events(timeout_s, fds)
        if self.given_up is not None:
            raise self.given_up
        if self.order is not None or self.rank.stop_order is not None:
            raise CanceledEarly

    def _pause_at_end(self, timeout_s: float, heard: Optional[Order]) -> None:
        """Wait, after the script has ended. An order that was ``heard`` before has had its effect."""
        self._take_events(timeout_s)
        if self.given_up is not None:
            raise self.given_up
        if self.order is not heard:
            raise CanceledEarly

    def _check(self) -> None:
        """A :meth:`_pause` of no length that costs nothing."""
        if not self.inbox.is_empty:
            self._pause(0.0)

    def _take_events(self, timeout_s: float, fds: Any = ()) -> None:
        for event in self.inbox.wait(None if timeout_s == float("inf") else timeout_s, fds):
            self._take(event)

    def _take(self, event: Any) -> None:
        if event is Said.BROKEN:
            raise Broken
        if isinstance(event, AttemptFenced):
            self.given_up = GivenUp(event.message, self.config.spec.limits.grace_s)
        elif isinstance(event, Order) and event.kind == ending.DROP:
            self.given_up = GivenUp(event.reason or "the server dropped the attempt", event.grace_s)
        elif isinstance(event, Order) and self.order is None:
            _log.info("order %d: %s %s", event.number, event.kind, event.reason)
            self.order = event

    def end_processes(self, grace_s: float) -> None:
        """The attempt was given up: end what it started, tell nobody."""
        self.courier.be_silent()
        if self.reporter.adopted:
            self.preparation.buildings.end_orphans()
        self._signalled_at = None
        while self.rank.shim_is_alive() and self.rank.exit is None:
            self._stop(StopOrder(grace_s, ending.DROP))
            self._take_events(_LOOK_S)
        if self.rank.exit is None:
            self.rank.end_marked()


def _age_s(started: StartedReport) -> float:
    """How long the script has been running, by a clock that nobody sets where there is one."""
    if started.since_boot_s is not None:
        return processes.time_since_boot_s() - started.since_boot_s
    return (now() - parse_time(started.at)).total_seconds()
