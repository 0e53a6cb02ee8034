"""What has just happened, told inside the process: to the control loop by callback, to long-polls by a bell.

Nobody polls the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Callable, DefaultDict, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Union
from typing import Counter as CounterOf

from trainshed.contract.status import RunStatus

Key = Tuple[str, ...]

#: A run stays watched this long after the last watcher left: the next request of a follower is on its way.
LINGER_S = 5.0
#: What rang within this time may have been missed by a page that was made before and listens only now.
LATELY_S = 30.0
_REMEMBERED = 1000


@dataclass(frozen=True)
class RunQueued:
    """A run waits for a place on its target."""

    workspace_id: str
    run_id: str
    target: str


@dataclass(frozen=True)
class CancelAsked:
    """Somebody wants a run stopped; its attempt, if it has one, has got the order."""

    workspace_id: str
    run_id: str


@dataclass(frozen=True)
class RunChanged:
    """Something of a run's record is different."""

    workspace_id: str
    run_id: str


@dataclass(frozen=True)
class RunEnded:
    """A run has got its last status."""

    workspace_id: str
    run_id: str
    status: RunStatus
    target: Optional[str] = None


@dataclass(frozen=True)
class TargetChanged:
    """A compute target was made, changed or deleted."""

    workspace_id: str
    name: str


@dataclass(frozen=True)
class FileGrew:
    """A file of a run is new, longer, or final."""

    workspace_id: str
    run_id: str
    path: str


@dataclass(frozen=True)
class MetricsGrew:
    """A run has more points."""

    workspace_id: str
    run_id: str


@dataclass(frozen=True)
class AttemptHeard:
    """An agent has spoken for an attempt."""

    attempt_id: str


@dataclass(frozen=True)
class OrdersChanged:
    """An attempt has a new order."""

    attempt_id: str


@dataclass(frozen=True)
class WatchChanged:
    """Somebody began to follow a run, or the last one left."""

    workspace_id: str
    run_id: str


Event = Union[
    RunQueued,
    CancelAsked,
    RunChanged,
    RunEnded,
    TargetChanged,
    FileGrew,
    MetricsGrew,
    AttemptHeard,
    OrdersChanged,
    WatchChanged,
]


def run_key(workspace_id: str, run_id: str) -> Key:
    """Rings when a run's record changes or the run ends."""
    return ("run", workspace_id, run_id)


def runs_key(workspace_id: str) -> Key:
    """Rings when any run of a workspace changes, or a compute target does."""
    return ("runs", workspace_id)


def files_key(workspace_id: str, run_id: str) -> Key:
    """Rings when any file of a run grows."""
    return ("files", workspace_id, run_id)


def metrics_key(workspace_id: str, run_id: str) -> Key:
    """Rings when a run gets points."""
    return ("metrics", workspace_id, run_id)


def orders_key(attempt_id: str) -> Key:
    """Rings when an attempt gets an order."""
    return ("orders", attempt_id)


def watch_key(workspace_id: str, run_id: str) -> Key:
    """Rings when a run begins or ceases to be watched."""
    return ("watch", workspace_id, run_id)


def _keys_of(event: Event) -> Tuple[Key, ...]:
    if isinstance(event, (RunChanged, RunEnded)):
        return run_key(event.workspace_id, event.run_id), runs_key(event.workspace_id)
    if isinstance(event, FileGrew):
        return (files_key(event.workspace_id, event.run_id),)
    if isinstance(event, MetricsGrew):
        return (metrics_key(event.workspace_id, event.run_id),)
    if isinstance(event, OrdersChanged):
        return (orders_key(event.attempt_id),)
    if isinstance(event, WatchChanged):
        return (watch_key(event.workspace_id, event.run_id),)
    if isinstance(event, TargetChanged):
        return (runs_key(event.workspace_id),)
    return ()


class Bell:
    """Remembers that it was rung until somebody waits for it, so that nothing between a look and a wait is missed."""

    def __init__(self, *, useless: bool) -> None:
        self._rung = asyncio.Event()
        self._useless = useless

    def ring(self) -> None:
        self._rung.set()

    async def heard(self, wait_s: float) -> bool:
        """Wait until it is rung (at once if it was since the last time).

        False after ``wait_s`` seconds, or when nothing will ring any more: the server leaves.
        """
        if not self._rung.is_set():
            if wait_s <= 0 or self._useless:
                return False
            try:
                await asyncio.wait_for(self._rung.wait(), wait_s)
            except asyncio.TimeoutError:
                return False
        self._rung.clear()
        return not self._useless

    def release(self) -> None:
        """Let go whoever waits."""
        self._useless = True
        self._rung.set()


class News:
    """Who listens, and who follows which run. Used on the event loop's thread."""

    def __init__(self) -> None:
        self._callbacks: List[Callable[[Any], None]] = []
        self._bells: DefaultDict[Key, Set[Bell]] = defaultdict(set)
        self._watchers: CounterOf[Tuple[str, str]] = Counter()
        self._lingering: Dict[Tuple[str, str], asyncio.TimerHandle] = {}
        self._released = False
        self._began_s = time.monotonic()
        self._rang_s: Dict[Key, float] = {}
        #: Microseconds of the clock to begin with: whoever has a number of an earlier server has a lower one.
        self._number = time.time_ns() // 1000
        self._forgotten = self._number
        self._rang_at: Dict[Key, int] = {}
        self._most_remembered = _REMEMBERED

    @property
    def released(self) -> bool:
        """Whether the server is about to leave."""
        return self._released

    def subscribe(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        """Call ``callback`` with every event, after it was committed, on the event loop.

        Returns what ends the subscription.
        """
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def publish(self, events: Sequence[object]) -> None:
        """Tell everybody. Called for what transactions announced, and for what leaves no trace in the database."""
        for event in events:
            for key in _keys_of(event):  # type: ignore[arg-type]
                self._remember(key)
                for bell in tuple(self._bells.get(key, ())):
                    bell.ring()
            for callback in tuple(self._callbacks):
                callback(event)

    def _remember(self, key: Key) -> None:
        now_s = time.monotonic()
        self._number += 1
        self._rang_s[key], self._rang_at[key] = now_s, self._number
        if len(self._rang_s) > self._most_remembered:
            self._rang_s = {other: at_s for other, at_s in self._rang_s.items() if now_s - at_s < LATELY_S}
            gone = [number for other, number in self._rang_at.items() if other not in self._rang_s]
            self._forgotten = max([self._forgotten, *gone])
            self._rang_at = {other: number for other, number in self._rang_at.items() if other in self._rang_s}
            self._most_remembered = max(_REMEMBERED, 2 * len(self._rang_s))

    @property
    def number(self) -> int:
        """Of the newest ring, of whatever key: what a page was made after."""
        return self._number

    def rang_since(self, key: Key, number: int) -> bool:
        """Whether it rang after that number, or may have: an earlier server's rings and very old ones are forgotten."""
        return self._rang_at.get(key, self._forgotten) > number

    def rang_lately(self, key: Key) -> bool:
        """Whether it rang within :data:`LATELY_S`, as far as is known: before, there was another server."""
        return time.monotonic() - self._rang_s.get(key, self._began_s) < LATELY_S

    @contextlib.contextmanager
    def listening(self, *keys: Key) -> Iterator[Bell]:
        """A bell for some keys. Look at the state after entering: then no change is missed."""
        bell = Bell(useless=self._released)
        for key in keys:
            self._bells[key].add(bell)
        try:
            yield bell
        finally:
            for key in keys:
                self._bells[key].discard(bell)
                if not self._bells[key]:
                    del self._bells[key]

    def release(self) -> None:
        """The server is about to leave: long-polls answer now, and none waits any more."""
        self._released = True
        for bells in tuple(self._bells.values()):
            for bell in tuple(bells):
                bell.release()

    @contextlib.contextmanager
    def watching(self, workspace_id: str, run_id: str) -> Iterator[None]:
        """While this lasts (and a little longer) somebody follows the run: its agent sends what is new at once."""
        run = (workspace_id, run_id)
        was = self.watched(*run)
        self._watchers[run] += 1
        if not was:
            self.publish([WatchChanged(*run)])
        try:
            yield
        finally:
            self._watchers[run] -= 1
            if not self._watchers[run]:
                del self._watchers[run]
                self._linger(run)

    def watched(self, workspace_id: str, run_id: str) -> bool:
        """Whether somebody follows the run."""
        run = (workspace_id, run_id)
        return run in self._watchers or run in self._lingering

    def _linger(self, run: Tuple[str, str]) -> None:
        old = self._lingering.pop(run, None)
        if old is not None:
            old.cancel()
        self._lingering[run] = asyncio.get_running_loop().call_later(LINGER_S, self._leave, run)

    def _leave(self, run: Tuple[str, str]) -> None:
        self._lingering.pop(run, None)
        if run not in self._watchers:
            self.publish([WatchChanged(*run)])
