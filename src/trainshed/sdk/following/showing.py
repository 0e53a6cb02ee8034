"""``wait_for_completion(show_output=True)``: v1's words, and the logs as they grow.

Two threads wait on the server, one for the run's changes, one for bytes of the driver log; everything is written by
the caller's thread. What is shown of each log is known by its offset, so nothing is shown twice or left out, whatever
the server or the connection does meanwhile.
"""

from __future__ import annotations

import queue
import re
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from trainshed.contract.errors import FileNotInRun
from trainshed.contract.exceptions import AzureMLException, ExperimentExecutionException
from trainshed.contract.status import ENDED, RunStatus
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.following.screen import Screen
from trainshed.sdk.following.turns import DRIVER, Turns, before_driver, in_order, number
from trainshed.sdk.following.waiting import WAIT_S, changes, patiently
from trainshed.sdk.notices import warn

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.records import RunRecord
    from trainshed.contract.spec import RunSpec

#: What a run says that was queued a moment ago: nothing that one would have to know.
_NO_REASON = "submitted"
_BEAT_S = 0.5
_LOOK_S = 1.0
_PIECE_BYTES = 4 << 20
_LOG = re.compile(r"azureml-logs/\d\d_.*\.txt")
_RANKED = re.compile(r"70_driver_log_(\d+)\.txt|_(?:rank|worker)_(\d+)")
_BEFORE_RUNNING = (RunStatus.NOT_STARTED, RunStatus.QUEUED, RunStatus.PROVISIONING, RunStatus.PREPARING)


class _Bytes(NamedTuple):
    path: str
    offset: int
    data: bytes


class Showing:
    """One run that is being shown.

    Args:
        api, workspace_id: where the run is.
        run: its record.
        link: the page's address, printed.
    """

    def __init__(self, api: Api, workspace_id: str, run: RunRecord, link: str) -> None:
        self._api = api
        self._workspace_id = workspace_id
        self._run = run
        self._link = link
        self._screen = Screen()
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._offsets: Dict[str, int] = {}  # what was shown of each log
        self._present: Optional[str] = None  # the log that is being shown
        self._turns = Turns(builds=False)
        self._looked_at = 0.0
        self._reason: Optional[str] = None  # why it waits, as last said
        self._metrics = _NewestMetric(api, workspace_id, run.id)

    def show(self) -> RunRecord:
        """Show everything until the run has ended; its last record.

        Raises:
            ExperimentExecutionException: Ctrl-C. The run goes on.
        """
        self._screen.line("RunId: %s" % self._run.id)
        self._screen.line("Web View: %s" % self._link)
        try:
            self._follow()
            self._finish()
        except KeyboardInterrupt as interrupt:
            self._screen.clear()
            raise ExperimentExecutionException(
                "Following run %s was interrupted; the run itself goes on. Stop it with run.cancel(), or: trainshed "
                "cancel %s" % (self._run.id, self._run.id)
            ) from interrupt
        finally:
            self._stopped.set()
            self._screen.clear()
        return self._run

    # --- the two that wait

    def _start(self, work: Any) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001  the thread's outermost loop: the caller's thread raises it
                self._news.put(error)

        threading.Thread(target=guarded, daemon=True).start()

    def _wait_for_changes(self) -> None:
        for run in changes(self._api, self._workspace_id, self._run):
            self._news.put(run)
            if self._stopped.is_set():
                return

    def _wait_for_bytes(self, path: str) -> None:
        offset = 0
        while not self._stopped.is_set():
            try:
                part = patiently(self._read, path, offset, wait_s=WAIT_S)
            except FileNotInRun:
                return  # it ended without
            if part.data:
                self._news.put(_Bytes(path, offset, part.data))
            offset += len(part.data)
            if part.final and offset >= part.size_bytes:
                return

    # --- what arrives

    def _follow(self) -> None:
        if self._run.status in ENDED:
            return
        self._say_why(self._run)
        self._start(self._wait_for_changes)
        spec = patiently(self._api.details, self._workspace_id, self._run.id).spec
        self._turns = Turns(builds=spec is not None and spec.environment.kind == "packages")
        driver = _driver_log(spec)
        self._start(lambda: self._wait_for_bytes(driver))
        while self._run.status not in ENDED:
            try:
                news = self._news.get(timeout=_BEAT_S)
            except queue.Empty:
                self._beat()
                continue
            if isinstance(news, BaseException):
                raise news
            if isinstance(news, _Bytes):
                self._take(news)
            else:
                self._run = news
                self._look()
            self._screen.status(self._run)

    def _take(self, news: _Bytes) -> None:
        if self._present != news.path:
            self._show_before()
            self._begin(news.path)
        shown = self._offsets.get(news.path, 0)
        if news.offset <= shown < news.offset + len(news.data):
            self._screen.log(news.data[shown - news.offset :])
            self._offsets[news.path] = news.offset + len(news.data)

    def _beat(self) -> None:
        """Nothing came for a moment."""
        self._screen.progress()
        if self._screen.wants_status:
            self._screen.metric(self._metrics.words(self._run))
            self._screen.status(self._run)
        if self._run.status in _BEFORE_RUNNING and time.monotonic() - self._looked_at > _LOOK_S:
            self._look()
            if self._run.status is RunStatus.QUEUED:
                # The queue moves without a change of this run: nobody pushes that.
                self._say_why(patiently(self._api.get_run, self._workspace_id, self._run.id))

    def _say_why(self, run: RunRecord) -> None:
        """Why a run waits, once each time it is another reason; on the side, as v1's output has no place for it."""
        reason = run.status_reason if run.status is RunStatus.QUEUED else None
        if reason and reason not in (_NO_REASON, self._reason):
            self._screen.clear()
            warn("Run %s %s" % (run.id, reason) if reason.startswith("waits") else "Run %s: %s" % (run.id, reason))
            self._reason = reason

    def _look(self) -> None:
        """Show what there is of the logs before the driver's; those come in big pieces and seldom."""
        self._looked_at = time.monotonic()
        sizes = before_driver(self._logs())
        if self._present is not None and self._present not in sizes:
            return  # the driver's is shown: what comes after it comes at the end
        path = self._turns.first(sizes) if self._present is None else self._present
        while path is not None and not self._show_rest(path):
            path = self._turns.after(path, sizes)

    def _show_before(self) -> None:
        for path in in_order(list(before_driver(self._logs())), self._present):
            self._show_rest(path)

    def _finish(self) -> None:
        """The run has ended: whatever of its logs was not shown yet, then the summary."""
        logs = sorted(self._logs())
        kept = _one_rank(logs)
        for path in in_order(logs, self._present):
            if number(path) != DRIVER or path in kept:
                self._show_rest(path)
        self._screen.heading("Execution Summary")
        self._screen.line("RunId: %s" % self._run.id)
        self._screen.line("Web View: %s" % self._link)
        self._screen.line()

    # --- pieces of logs

    def _show_rest(self, path: str) -> bool:
        """What there is of a log beyond what was shown; whether there was something."""
        begun = self._offsets.get(path, 0)
        while True:
            offset = self._offsets.get(path, 0)
            part = patiently(self._read, path, offset)
            if not part.data:
                return offset > begun
            self._begin(path)
            self._screen.log(part.data)
            self._offsets[path] = offset + len(part.data)

    def _begin(self, path: str) -> None:
        if self._present == path:
            return
        self._screen.end_log()
        self._present = path
        self._offsets.setdefault(path, 0)
        self._screen.heading("Streaming %s" % path)
        self._screen.line()

    def _read(self, path: str, offset: int, wait_s: Optional[float] = None) -> Any:
        return self._api.read_file(
            self._workspace_id, self._run.id, path, offset=offset, limit=_PIECE_BYTES, wait_s=wait_s
        )

    def _logs(self) -> Dict[str, int]:
        """All logs, and how long they are, in bytes."""
        files = patiently(self._api.files, self._workspace_id, self._run.id, "azureml-logs/")
        return {entry.path: entry.size_bytes for entry in files if _LOG.fullmatch(entry.path)}


class _NewestMetric:
    """One metric's name and value for the status line; asked for less often where the answer takes long."""

    def __init__(self, api: Api, workspace_id: str, run_id: str) -> None:
        self._ask = (api, workspace_id, run_id)
        self._text = ""
        self._next = 0.0

    def words(self, run: RunRecord) -> str:
        """``loss 0.25``; empty while there is none."""
        begun = time.monotonic()
        if run.status is not RunStatus.RUNNING or begun < self._next:
            return self._text
        from trainshed.sdk.metrics import reading

        api, workspace_id, run_id = self._ask
        try:
            metrics = reading.of_run(api, workspace_id, run_id)
        except AzureMLException:
            metrics = {}
        self._next = time.monotonic() + max(2.0, 20 * (time.monotonic() - begun))
        for name, value in metrics.items():
            newest = value[-1] if isinstance(value, list) and value else value
            if isinstance(newest, (int, float)):
                self._text = "%s %.6g" % (name, newest)
                break
        return self._text


def _driver_log(spec: Optional[RunSpec]) -> str:
    from pathlib import Path

    from trainshed.contract.layout import NodeLayout

    processes = spec.topology.node_count * spec.topology.processes_per_node if spec else 1
    return NodeLayout(Path()).driver_log(0, processes)


def _one_rank(logs: List[str]) -> List[str]:
    """Of the driver logs of several processes, the first one's."""
    drivers = [path for path in logs if number(path) == DRIVER]
    return drivers[:1] if all(_RANKED.search(path) for path in drivers) else drivers
