"""In a notebook no agent ships metrics: one background thread sends the same spool to the server.

It looks at the files, not at the calls, so logging costs the same as in a script, and what forked children log is sent,
too. Offsets and whole lines make a repetition harmless.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Dict, Iterable, List, Optional, Set, Tuple

from trainshed.contract import spool
from trainshed.contract.errors import BrokenOffset, ServerUnreachable, StorageFull
from trainshed.contract.exceptions import AzureMLException
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.metrics import leftovers
from trainshed.sdk.metrics import writer as writers
from trainshed.sdk.notices import warn

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.sdk.metrics.writer import MetricWriter

_LOOK_S = 0.04
#: After so long without a new point, in seconds, the thread looks less often.
_QUIET_AFTER_S, _QUIET_LOOK_S = 30.0, 0.2
_LONGEST_PAUSE_S = 5.0
_CHUNK_BYTES = 4 << 20
#: How long the end of the process waits for the server, in seconds.
_LAST_TRY_S = 20.0


class _Sent(NamedTuple):
    """How far one spool file has come. ``run_id`` is empty until its head was read; ``pid`` wrote it."""

    run_id: str = ""
    pid: int = 0
    acked: int = 0
    durable: int = 0
    given_up: bool = False


class Shipper:
    """Sends the spool files of one folder to one workspace."""

    def __init__(self, api: Api, workspace_id: str, folder: str) -> None:
        self.folder = folder
        self.pid = os.getpid()
        self._api = api
        self._workspace_id = workspace_id
        self._files: Dict[str, _Sent] = {}
        self._told: Dict[str, int] = {}
        self._unneeded: Set[str] = set()
        self.forked()

    def forked(self) -> None:
        """A lock that another thread held when the process was forked is never let go in the child."""
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self) -> Shipper:
        """Send in the background from now on."""
        threading.Thread(target=self._work, name="trainshed-metrics", daemon=True).start()
        return self

    def _work(self) -> None:
        last_news, pause_s = time.monotonic(), _LOOK_S
        while not self._stopped.wait(pause_s):
            try:
                moved = self.ship()
            except (ServerUnreachable, StorageFull):
                # It is all on disk: try again, more and more slowly.
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                continue
            except Exception:
                import logging

                logging.getLogger("azureml").exception("Metrics could not be sent; trying again.")
                pause_s = _LONGEST_PAUSE_S
                continue
            now = time.monotonic()
            last_news = now if moved else last_news
            pause_s = _LOOK_S if now - last_news < _QUIET_AFTER_S else _QUIET_LOOK_S

    def ship(self) -> bool:
        """Send what is new, and ask again about what is not durable yet. False: there was nothing to do."""
        with self._lock:
            pending = [item for item in self._sizes() if self._is_pending(*item)]
            for name, size in pending:
                self._send(name, size)
            if pending:
                self._tell()
                self._remove_unneeded()
            return bool(pending)

    def bring(self, sizes: Dict[str, int]) -> bool:
        """Send what is missing of these files up to these sizes, now. False: the server cannot take it at present."""
        with self._lock:
            try:
                for name, size in sizes.items():
                    while self._lacks(name, size):
                        before = self._files.get(name, _Sent()).acked
                        self._send(name, size)
                        if self._lacks(name, size) and self._files.get(name, _Sent()).acked <= before:
                            return False
            except (ServerUnreachable, StorageFull):
                return False
        return True

    def _lacks(self, name: str, size: int) -> bool:
        sent = self._files.get(name, _Sent())
        return sent.acked < size and not sent.given_up and os.path.exists(os.path.join(self.folder, name))

    def forget(self, names: Iterable[str]) -> None:
        """Remove files that nobody writes to any more, each as soon as it is durable to its end."""
        with self._lock:
            self._unneeded.update(names)
            self._remove_unneeded()

    def _remove_unneeded(self) -> None:
        if not self._unneeded:
            return
        sizes = dict(self._sizes())
        self._unneeded.intersection_update(sizes)
        for name in [name for name in self._unneeded if self._files.get(name, _Sent()).durable >= sizes[name]]:
            self._unneeded.discard(name)
            self._files.pop(name, None)
            _remove(os.path.join(self.folder, name))
        self._tell()

    def unsent(self) -> Dict[str, str]:
        """The files that the server does not have to the end: run ids by their names."""
        return {name: sent.run_id for name, size, sent in self._known() if sent.acked < size}

    def waits(self) -> bool:
        """Whether something is unsent that will be sent."""
        return any(sent.acked < size and not sent.given_up for _, size, sent in self._known())

    def _known(self) -> List[Tuple[str, int, _Sent]]:
        return [(name, size, self._files.get(name, _Sent())) for name, size in self._sizes()]

    def finish(self, timeout_s: float, *, all_files: bool = False) -> Optional[AzureMLException]:
        """Send the rest and remove what has arrived.

        Args:
            timeout_s: how long the server may take.
            all_files: remove also what other processes wrote; by default only what this one did.

        Returns:
            Why not everything was sent, None when everything was.
        """
        self._stopped.set()
        deadline = time.monotonic() + timeout_s
        why: Optional[AzureMLException] = None
        while True:
            try:
                moved, why = self.ship(), None
            except (ServerUnreachable, StorageFull) as error:
                moved, why = True, error
            if not moved or time.monotonic() > deadline:
                break
            time.sleep(_LOOK_S)
        if not self.unsent():
            self.forget([name for name, sent in self._files.items() if all_files or sent.pid == os.getpid()])
            why = None
        return why

    def _sizes(self) -> List[Tuple[str, int]]:
        try:
            with os.scandir(self.folder) as entries:
                found = [(entry.stat(), entry.name) for entry in entries if entry.name.endswith(".spool")]
        except FileNotFoundError:
            return []
        # Several objects of one run write a file each: what was logged first is sent first.
        found.sort(key=lambda pair: pair[0].st_mtime_ns)
        return [(name, status.st_size) for status, name in found]

    def _is_pending(self, name: str, size: int) -> bool:
        sent = self._files.get(name, _Sent())
        return sent.durable < size and not sent.given_up

    def _send(self, name: str, size: int) -> None:
        sent = self._files.get(name, _Sent())
        with open(os.path.join(self.folder, name), "rb") as file:
            file.seek(sent.acked)
            data = file.read(_CHUNK_BYTES)
        # A line longer than a piece is sent piece by piece; the server puts it together.
        data = data[: spool.whole_lines(data)] or data
        if not sent.run_id:
            head = next(iter(spool.parse(data)), None) if b"\n" in data else None
            if not isinstance(head, spool.SpoolRecord):
                return  # its head is still being written
            sent = sent._replace(run_id=head.name, pid=int(head.value.get("pid", 0)))
        try:
            answer = self._api.spool(self._workspace_id, sent.run_id, name, sent.acked, data)
            sent = sent._replace(acked=answer.acked, durable=answer.durable)
        except BrokenOffset as error:
            sent = sent._replace(acked=int(error.facts["have"]))
        except (ServerUnreachable, StorageFull):
            raise
        except AzureMLException as error:
            warn("Metrics of run %s are not sent any more: %s" % (sent.run_id, error))
            sent = sent._replace(given_up=True)
        self._files[name] = sent

    def _tell(self) -> None:
        """What ``flush`` waits for, in this process and in forked ones."""
        durable = {name: sent.durable for name, sent in self._files.items()}
        if durable == self._told:
            return
        self._told = durable
        path = os.path.join(self.folder, "acked")
        try:
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(durable, file)
            os.replace(path + ".new", path)
        except OSError:
            self._told = {}  # a full disk: told again when something moves


_shippers: Dict[Tuple[int, str], Shipper] = {}
_making = threading.Lock()


def writer(api: Api, workspace_id: str, run_id: str) -> MetricWriter:
    """A writer whose points are sent to a run from this process."""
    return writers.shared(_shipper(api, workspace_id).folder, run_id)


def settle(api: Api, workspace_id: str, timeout_s: float) -> bool:
    """Send now what this process has logged to runs of the workspace; False: not all of it within ``timeout_s``."""
    found = _shippers.get((id(api.client), workspace_id))
    if found is None or found.pid != os.getpid():
        return True
    deadline = time.monotonic() + timeout_s
    while found.waits():
        try:
            moved = found.ship()
        except (ServerUnreachable, StorageFull):
            moved = False
        if time.monotonic() > deadline:
            return False
        if not moved:
            time.sleep(_LOOK_S)
    return True


def _shipper(api: Api, workspace_id: str) -> Shipper:
    key = (id(api.client), workspace_id)
    with _making:
        found = _shippers.get(key)
        if found is None or found.pid != os.getpid():
            if not _shippers:
                _watch_process()
            folder = leftovers.make(api, workspace_id)
            found = _shippers[key] = Shipper(api, workspace_id, folder).start()
        return found


def _watch_process() -> None:
    import atexit

    atexit.register(_finish)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)


def _forked() -> None:
    global _making
    _making = threading.Lock()
    for shipper in _shippers.values():
        shipper.forked()


def _finish() -> None:
    """Called when the process ends."""
    writers.finish_all()
    for shipper in list(_shippers.values()):
        why = shipper.finish(_LAST_TRY_S)
        if why is not None:
            runs = ", ".join(sorted({run_id or "?" for run_id in shipper.unsent().values()}))
            warn("Metrics of %s are kept in %s and will be sent later: %s" % (runs, shipper.folder, why))
        elif shipper.pid == os.getpid():
            leftovers.remove(shipper.folder)


def bring(folder: str, sizes: Dict[str, int]) -> Optional[bool]:
    """Send what this process has of these files, up to these sizes.

    Returns:
        Whether the server has it all now; None when it is not this process that ships the folder.
    """
    for shipper in list(_shippers.values()):
        if shipper.folder == folder and shipper.pid == os.getpid():
            return shipper.bring(sizes)
    return None


def forget(folder: str, sizes: Dict[str, int]) -> None:
    """A run has ended and nobody writes to its files any more: they are removed once they are durable to the end."""
    for shipper in list(_shippers.values()):
        if shipper.folder == folder and shipper.pid == os.getpid():
            shipper.forget(list(sizes))


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
