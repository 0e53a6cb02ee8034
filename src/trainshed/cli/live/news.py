"""What is heard of a run while it goes on: a thread for each thing that is waited for, one queue for all."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Union

from trainshed.cli.following import BUILD_LOG, WAIT_S, driver_log, log_bytes
from trainshed.cli.sparklines import condensed, numbers
from trainshed.contract.errors import FileNotInRun
from trainshed.contract.exceptions import AzureMLException
from trainshed.contract.records import RunEvent, RunRecord
from trainshed.contract.status import ENDED, RunStatus
from trainshed.contract.tuples import NamedTuple

if TYPE_CHECKING:
    from trainshed.cli.place import Place

_BEFORE_THE_SCRIPT = frozenset(
    {RunStatus.NOT_STARTED, RunStatus.QUEUED, RunStatus.PROVISIONING, RunStatus.PREPARING, RunStatus.STARTING}
)
#: How old the reason why a run waits may be.
QUEUE_S = 2.0
#: Between two questions for metrics, and how much longer than the last answer took.
_METRICS_S, _METRICS_PATIENCE = 1.0, 20
#: Kept of each metric: nobody sees more in a line of bars.
_MOST_POINTS = 1000


class Log(NamedTuple):
    """Bytes of the log; none: it has ended."""

    data: bytes


class Changed(NamedTuple):
    """The run's status, and how it came there."""

    run: RunRecord
    events: tuple[RunEvent, ...]


class Metrics(NamedTuple):
    """All metrics by name."""

    values: Mapping[str, Sequence[float]]


class Building(NamedTuple):
    """The last line of the environment's log."""

    line: str


class Broken(NamedTuple):
    """One of those who listen could not go on."""

    error: BaseException


News = Union[Log, Changed, Metrics, Building, Broken]


class Listening:
    """Starts to listen; ``news`` holds what was heard and not taken yet.

    Args:
        place, run: whose news.
    """

    def __init__(self, place: Place, run: RunRecord) -> None:
        self.news: deque[News] = deque()
        self._wakes: SimpleQueue[None] = SimpleQueue()
        self._place = place
        self._run = run
        for work in (self._log, self._changes, self._metrics):
            self._start(work)

    def wait(self, most_s: float) -> None:
        """Until there are news. An interrupt loses none of them: they stay where they are."""
        try:
            self._wakes.get(timeout=most_s)
        except Empty:
            pass

    def wake(self) -> None:
        """Let who waits look up; signal handlers may call it."""
        self._wakes.put(None)

    def _tell(self, news: News) -> None:
        self.news.append(news)
        self.wake()

    def _start(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except (AzureMLException, OSError) as error:
                self._tell(Broken(error))

        threading.Thread(target=guarded, daemon=True).start()

    def _log(self) -> None:
        try:
            for data in log_bytes(self._place, self._run.id, driver_log(None), tell=lambda _: None):
                if data:  # an empty one means the end to the view
                    self._tell(Log(data))
        except FileNotInRun:
            pass  # it printed nothing
        self._tell(Log(b""))

    def _changes(self) -> None:
        run, builds = self._run, False
        while True:
            details = self._place.details(run.id)
            run = self._run = details.run
            self._tell(Changed(run, details.events))
            if run.status in ENDED:
                return
            if run.status is RunStatus.PREPARING and not builds:
                builds = True
                self._start(self._build_log)
            # A queue moves without a change of this run: nobody pushes that.
            run = self._place.wait(run, QUEUE_S if run.status is RunStatus.QUEUED else WAIT_S)

    def _build_log(self) -> None:
        offset = 0
        while self._run.status in _BEFORE_THE_SCRIPT:
            try:
                piece = self._place.read(self._run.id, BUILD_LOG, offset, WAIT_S)
            except FileNotInRun:
                return  # nothing is built
            offset += len(piece.data)
            if piece.data.strip():
                self._tell(Building(_last_line(piece.data)))
            if piece.final and offset >= piece.size_bytes:
                return

    def _metrics(self) -> None:
        while self._run.status not in ENDED:
            begun = time.monotonic()
            if self._run.status not in _BEFORE_THE_SCRIPT:
                values = known_metrics(self._place, self._run.id)
                if values is not None:
                    self._tell(Metrics(values))
            time.sleep(max(_METRICS_S, _METRICS_PATIENCE * (time.monotonic() - begun)))


def known_metrics(place: Place, run_id: str) -> Mapping[str, Sequence[float]] | None:
    """The metrics that hold numbers, by name; None where they can't be had: the log is followed all the same."""
    try:
        found = {column.name: numbers(column.values) for column in place.metrics(run_id)}
    except AzureMLException:
        return None
    return {name: condensed(values, _MOST_POINTS) for name, values in found.items() if values}


def _last_line(data: bytes) -> str:
    """Without the time that it begins with."""
    line = data.decode("utf-8", "replace").rstrip().rpartition("\n")[2]
    begin, _, rest = line.partition(" ")
    return rest if begin.endswith("Z") and begin[:2] == "20" else line
