"""A thread that brings everything to the server: report, bytes, files. It never gives up, and never goes on the way
of the supervisor.
"""

from __future__ import annotations

import enum
import logging
import os
import threading
import time
import traceback
from typing import Any, Callable, Optional

from trainshed.contract.errors import AttemptFenced, Coded, StorageFull
from trainshed.contract.layout import NodeLayout
from trainshed.contract.messages import AgentConfig, SyncAnswer, SyncRequest
from trainshed.contract.version import WIRE_VERSION
from trainshed.node import linux
from trainshed.node.agent.contents import Contents, StoreTrouble
from trainshed.node.agent.inbox import Wake
from trainshed.node.agent.joblog import POST, JobLogs
from trainshed.node.agent.orders import Orders
from trainshed.node.agent.outputs import Outputs
from trainshed.node.agent.reporting import Reporter
from trainshed.node.agent.server import Backoff, Server
from trainshed.node.agent.streams import Streams

_log = logging.getLogger(__name__)

WATCHED_S, UNWATCHED_S = 0.02, 0.1
HEARTBEAT_S = 5.0
#: What starts within this time is told once it has started: until then the processors belong to the start.
START_S = 0.05
#: So many bytes the last message can bring by itself.
_LAST_BYTES = 1 << 20
_SCAN_S = 1.0
_LAST_LOOKS = 30
#: A look at the files may take this share of the time.
_SCAN_SHARE = 50
_DURABLE_FIRST_S, _DURABLE_LONGEST_S = 0.05, 2.0


class Goal(enum.Enum):
    """What the courier is working towards."""

    SHIP = "ship"  # what appears, for as long as the ranks live
    SEAL = "seal"  # everything there is, for good
    FINISH = "finish"  # the ending, and the server's word that all is durable


class Said(enum.Enum):
    """What the courier tells the supervisor."""

    SEALED = "sealed"
    FINISHED = "finished"
    BROKEN = "broken"


class _Silenced(Exception):
    """Nothing may be said any more."""


class Courier:
    """``tell`` gets a :class:`Said`; ``fenced`` is called when the server refuses the attempt."""

    def __init__(
        self,
        config: AgentConfig,
        layout: NodeLayout,
        server: Server,
        reporter: Reporter,
        joblogs: JobLogs,
        orders: Orders,
        tell: Callable[[Any], None],
        fenced: Callable[[AttemptFenced], None],
    ) -> None:
        self._config = config
        self._layout = layout
        self._server = server
        self._reporter = reporter
        self._joblogs = joblogs
        self._orders = orders
        self._tell = tell
        self._fenced = fenced
        self._agent = os.urandom(8).hex()
        self._goal = Goal.SHIP
        self._wake = Wake()
        self._streams = Streams(layout)
        self._outputs: Optional[Outputs] = None
        self._inotify = linux.watch_if_possible(str(layout.azureml_logs), str(layout.spool))
        self._backoff = Backoff()
        self._sent_seq = -1
        self._sent_at = 0.0
        self._next_scan = 0.0
        self._durable_pause_s = _DURABLE_FIRST_S
        self._silent = False
        self._goes = threading.Event()
        self._is_held = False
        reporter.on_change = self._wake.ring
        orders.on_watched = self._wake.ring

    def start(self) -> None:
        """Begin, after :data:`START_S` seconds or as soon as :meth:`go` is called. The first message carries no bytes:
        its answer tells what the server has.
        """
        threading.Thread(target=self._run, name="courier", daemon=True).start()

    def go(self) -> None:
        """The script has been started, or it is known that this takes long."""
        self._goes.set()

    def hold(self) -> None:
        """Say nothing until there is a goal: the end is a matter of moments, and told in one message."""
        self._is_held = True

    def aim(self, goal: Goal) -> None:
        """Go for another goal, at once."""
        self._goal = goal
        self._is_held = False
        self._goes.set()
        self._wake.ring()

    def be_silent(self) -> None:
        """The attempt was given up: no further message."""
        self._silent = True

    def _run(self) -> None:
        try:
            self._goes.wait(START_S)
            self._orders.start()
            self._sync_patiently(bytes_too=False)
            self._ship()
            self._seal()
            self._finish()
        except AttemptFenced as error:
            self._fenced(error)
        except _Silenced:
            return
        except BaseException:  # noqa: BLE001  the thread's outermost loop: a new agent shall take over
            traceback.print_exc()
            self._tell(Said.BROKEN)

    def _ship(self) -> None:
        while self._goal is Goal.SHIP:
            self._wait()
            if self._goal is Goal.SHIP:
                self._look(final=False)
                if self._is_due():
                    self._sync_once()

    def _seal(self) -> None:
        for _ in range(_LAST_LOOKS):
            self._look(final=True)
            self._send_all_but_the_last()
            if self._outputs is None or not self._outputs.changing:
                break
            time.sleep(_SCAN_S)  # somebody who is not of this run writes into its folder
        files, size = self._outputs.recorded if self._outputs else (0, 0)
        self._joblogs.say(POST, "%d files recorded, %d bytes" % (files, size))
        self._streams.look()
        self._send_all_but_the_last()
        self._tell(Said.SEALED)
        while self._goal is Goal.SEAL:
            self._wake.wait(HEARTBEAT_S)

    def _send_all_but_the_last(self) -> None:
        """What is left the last message brings: the run ends in the transaction that takes its last bytes."""
        while (self._outputs is not None and self._outputs.pending) or self._streams.pending_bytes > _LAST_BYTES:
            self._sync_patiently()
            self._streams.look()

    def _finish(self) -> None:
        pause_s = 0.005
        while not self._sync_patiently(final=True).finished:
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, 1.0)
        self._tell(Said.FINISHED)

    # --- when

    def _wait(self) -> None:
        """Until there may be something to say; but never faster than the rhythm allows."""
        if self._is_held:
            self._wake.wait(HEARTBEAT_S)
            return
        rhythm_s = WATCHED_S if self._orders.watched else UNWATCHED_S
        early_s = max(self._sent_at + rhythm_s - time.monotonic(), self._backoff.left_s)
        while early_s > 0:
            rung = self._wake.wait(early_s)
            if rung and self._is_urgent() and not self._backoff.left_s:
                return
            early_s = max(self._sent_at + rhythm_s - time.monotonic(), self._backoff.left_s)
        if self._is_urgent() or self._has_news():
            return
        until = min(self._sent_at + HEARTBEAT_S, self._next_scan, self._durable_at())
        if self._inotify is None:
            self._wake.wait(min(rhythm_s, until - time.monotonic()))
        else:
            self._wake.wait(until - time.monotonic(), (self._inotify.fd,))
            self._inotify.drain()

    def _is_urgent(self) -> bool:
        if self._is_held:
            return False
        return self._goal is not Goal.SHIP or self._reporter.report.seq != self._sent_seq

    def _is_due(self) -> bool:
        if self._is_held:
            return False
        at = time.monotonic()
        heartbeat = at >= self._sent_at + HEARTBEAT_S
        return self._is_urgent() or self._has_news() or heartbeat or at >= self._durable_at()

    def _durable_at(self) -> float:
        return self._sent_at + self._durable_pause_s if self._streams.undurable else float("inf")

    def _has_news(self) -> bool:
        return self._streams.pending or (self._outputs is not None and self._outputs.pending)

    # --- what

    def _look(self, *, final: bool) -> None:
        self._joblogs.flush()
        self._streams.look()
        at = time.monotonic()
        if not final and at < self._next_scan:
            return
        if self._outputs is None and self._layout.code.exists():
            adopted = self._reporter.adopted
            contents = Contents(self._server, self._config.store, str(self._layout.code), adopted=adopted)
            self._outputs = Outputs(self._config, self._layout, contents, self._streams, self._tell_people)
        if self._outputs is not None:
            self._outputs.scan(final=final)
        took_s = time.monotonic() - at
        self._next_scan = at + max(_SCAN_S, took_s * _SCAN_SHARE)

    def _tell_people(self, words: str) -> None:
        self._joblogs.say(POST, words)

    def _sync_patiently(self, *, final: bool = False, bytes_too: bool = True) -> SyncAnswer:
        while True:
            answer = self._sync_once(final=final, bytes_too=bytes_too)
            if answer is not None:
                return answer
            time.sleep(self._backoff.left_s)

    def _sync_once(self, *, final: bool = False, bytes_too: bool = True) -> Optional[SyncAnswer]:
        """One message; None when it did not get through. Then everything is sent again later."""
        if self._silent:
            raise _Silenced
        try:
            answer = self._exchange(final=final, bytes_too=bytes_too)
        except AttemptFenced:
            raise
        except (Coded, StoreTrouble) as error:
            self._backoff.failed(error)
            self._sent_at = time.monotonic()
            if isinstance(error, StorageFull) or (isinstance(error, StoreTrouble) and error.full):
                self._reporter.warn("The server's disk is full; the run's records wait on the node.")
            return None
        self._backoff.reset()
        return answer

    def _exchange(self, *, final: bool, bytes_too: bool) -> SyncAnswer:
        appends, payload = self._streams.take() if bytes_too else ((), b"")
        files, removed = self._outputs.take() if bytes_too and self._outputs else ((), ())
        report = self._reporter.report
        request = SyncRequest(
            wire=WIRE_VERSION,
            attempt=self._config.attempt,
            node=self._config.node,
            agent=self._agent,
            report=report,
            appends=appends,
            files=files,
            removed=removed,
            final=final,
        )
        answer = self._server.sync(request, payload)
        self._sent_at, self._sent_seq = time.monotonic(), report.seq
        news = bool(appends or files)
        self._durable_pause_s = _DURABLE_FIRST_S if news else min(self._durable_pause_s * 2, _DURABLE_LONGEST_S)
        self._streams.answered(answer.acked, answer.durable)
        if self._outputs is not None:
            self._outputs.answered(files, removed, answer.stored, answer.missing)
        self._orders.set_watched(answer.watched)
        self._orders.fetch_up_to(answer.last_order)
        return answer
