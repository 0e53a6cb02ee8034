"""A walk: at seeded random moments one of the processes that carry a run is killed or stopped for a while."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Sequence, Tuple

from tests.support.chaos import House, send
from trainshed.contract.exceptions import AzureMLException


@dataclass
class Walk:
    """What shall happen to whom; `steps` says afterwards what did happen, for the message of a failure.

    Args:
        victims: each with its weight: server, forker, agent, shim, script.
        pause_s: the mean time between two deeds.
        stop_share: the share of stops (SIGSTOP, then SIGCONT) among the deeds; the others are kill -9.
    """

    house: House
    seed: int
    victims: Sequence[Tuple[str, float]]
    ask: Callable[[], object]
    pause_s: float = 0.6
    stop_share: float = 0.4
    longest_stop_s: float = 1.5
    steps: List[str] = field(default_factory=list)
    counts: Dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._began = time.monotonic()
        self._stopped: List[Tuple[float, int]] = []

    def go(self, is_over: Callable[[], bool], deadline_s: float) -> None:
        """Walk until `is_over`, or until the deadline; then whoever is stopped goes on."""
        end = time.monotonic() + deadline_s
        try:
            while not is_over():
                assert time.monotonic() < end, f"the walk is not over after {deadline_s:g} s; {self}"
                self._step()
                self._rest(self._random.expovariate(1 / self.pause_s), is_over)
        finally:
            self._wake(until=float("inf"))

    def _step(self) -> None:
        who = self._random.choices([name for name, _ in self.victims], [weight for _, weight in self.victims])[0]
        stop = self._random.random() < self.stop_share
        at_a_commit = self._random.random() < 0.5
        stopped_s = self._random.uniform(0.05, self.longest_stop_s)
        pids = self.house.named(who)
        if not pids:
            self._note(f"no {who} to be found")
        elif stop:
            self._stop(who, pids[0], stopped_s)
        else:
            at = self._until_a_commit() if at_a_commit else "at any moment"
            self._note(f"kill {who} {pids[0]} {at}")
            self.counts[who] = self.counts.get(who, 0) + send(pids[0], signal.SIGKILL)
        # A user looks at the run now and then: that starts a server which was killed. Not each time: a server stays
        # away for a while too.
        if self._random.random() < 0.5:
            self._look()

    def _stop(self, who: str, pid: int, stopped_s: float) -> None:
        self._note(f"stop {who} {pid} for {stopped_s:.2f} s")
        if send(pid, signal.SIGSTOP):
            self._stopped.append((time.monotonic() + stopped_s, pid))

    def _until_a_commit(self) -> str:
        """The worst moment of all: the server has recorded something, and its answer is on its way."""
        wal = Path(f"{self.house.layout.database}-wal")
        end = time.monotonic() + 0.5
        before = _stamp(wal)
        while time.monotonic() < end:
            if _stamp(wal) != before:
                return "at a commit"
        return "while nothing was recorded"

    def _look(self) -> None:
        # A server that stands still answers nobody.
        self._wake(until=float("inf"))
        try:
            self._note(f"the user sees {self.ask()}")
        except AzureMLException as error:
            self._note(f"the user sees an error: {error.message}")

    def _rest(self, rest_s: float, is_over: Callable[[], bool]) -> None:
        """Until the next deed; who was stopped goes on when its time has come."""
        end = time.monotonic() + rest_s
        while time.monotonic() < end and not is_over():
            self._wake(until=time.monotonic())
            time.sleep(0.01)

    def _wake(self, until: float) -> None:
        for at, pid in [one for one in self._stopped if one[0] <= until]:
            send(pid, signal.SIGCONT)
            self._stopped.remove((at, pid))

    def _note(self, words: str) -> None:
        self.steps.append(f"{time.monotonic() - self._began:7.2f} s  {words}")

    def __str__(self) -> str:
        return f"KILL_SEED={self.seed}\n" + "\n".join(self.steps)


def _stamp(path: Path) -> Tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
