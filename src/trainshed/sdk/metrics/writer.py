"""Writes metric points: one ``os.write`` of one whole line each, on a file of this process alone.

No thread, no socket, no lock and no buffer of our own stands between ``run.log`` and the kernel; what it accepted
survives the process. contract/spool.py describes the lines; tests hold both to the same bytes. Imported by every script
that logs, so it imports next to nothing.
"""

from __future__ import annotations

import itertools
import os
import sys
from _collections import deque  # type: ignore[import-not-found]  # collections takes 1 ms
from _thread import RLock
from _weakref import ref
from binascii import crc32
from time import time

try:
    from _json import encode_basestring_ascii as quote
except ImportError:  # an interpreter without the C part of json
    from json.encoder import py_encode_basestring_ascii as quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Deque, Dict, Optional, Tuple

#: How many lines are kept in memory while they cannot be written; what comes beyond is dropped and counted.
WAITING_LIMIT = 10_000
#: How many metric names keep their quoted form; a script may make up a new name for each point.
QUOTED_LIMIT = 1_000
#: How long the end of the process waits for a disk that is full, in seconds.
LAST_TRY_S = 2.0

_writers: Dict[int, ref[MetricWriter]] = {}
_shared: Dict[Tuple[str, str], ref[MetricWriter]] = {}
_kept: list[MetricWriter] = []
_sharing = RLock()


class MetricWriter:
    """The points that this process logs for one run.

    Threads share it without a lock: the counter is atomic, and so is a write at the end of a file. A forked child goes
    on in a file of its own.

    Args:
        folder: the spool; made if it is not there.
        run_id: whose points they are.
        rank: of this process.
    """

    __slots__ = (
        "__weakref__",
        "_count",
        "_dropped",
        "_fd",
        "_file",
        "_lock",
        "_lost",
        "_opening",
        "_quoted",
        "_torn",
        "_waiting",
        "_warned",
        "_why",
        "folder",
        "names",
        "rank",
        "run_id",
    )

    def __init__(self, folder: str, run_id: str, rank: int = 0) -> None:
        self.folder = folder
        self.run_id = run_id
        self.rank = rank
        self.names: list[str] = []
        self._quoted: Dict[str, str] = {}
        self._file = -1
        self._start_anew()
        _register(self)

    def _start_anew(self) -> None:
        """No file yet, nothing waiting. Also the state of a forked child."""
        # Where the fast way writes: the file's descriptor, -1 as long as a line has to take the slow way.
        self._fd = -1
        self._file = -1
        self._count = itertools.count(1)
        self._lock = RLock()  # reentrant: a signal handler may log while the slow way is being taken
        self._waiting: Deque[bytes] = deque()
        self._opening = False
        self._torn = False
        self._dropped = 0  # not yet told to the server
        self._lost = 0  # told
        self._warned = False
        self._why = ""

    def number(self, name: str, value: float, step: Optional[int] = None) -> None:
        """One scalar point; ``value`` is a finite float or an int of no other class. The fast way."""
        quoted = self._quoted.get(name)
        if quoted is None:
            quoted = self._quote(name)
        if step is None:
            body = ("[%d,%r%s%r]" % (next(self._count), time(), quoted, value)).encode()
        else:
            body = ("[%d,%r%s%r,%d]" % (next(self._count), time(), quoted, value, step)).encode()
        line = b"%08x %b\n" % (crc32(body), body)
        try:
            sent = os.write(self._fd, line)
        except OSError:
            sent = 0
        if sent != len(line):
            self._not_sent(line, sent)

    def point(self, kind: str, name: str, value: Any, step: Optional[int] = None, description: str = "") -> None:
        """A line of any kind; ``value`` is plain (see contract/spool.py)."""
        from trainshed.contract.spool import encode

        line = encode(next(self._count), time(), kind, name, value, step, description)
        try:
            sent = os.write(self._fd, line)
        except OSError:
            sent = 0
        if sent != len(line):
            self._not_sent(line, sent)

    def settle(self) -> bool:
        """Write what is waiting. False: the disk is still full."""
        with self._lock:
            self._drain()
            return not self._waiting

    def sizes(self) -> Dict[str, int]:
        """How many bytes this process has written, by the spool file's name."""
        found = {}
        for name in self.names:
            try:
                found[name] = os.stat(os.path.join(self.folder, name)).st_size
            except FileNotFoundError:
                continue  # shipped and removed
        return found

    def finish(self, patience_s: float = LAST_TRY_S) -> None:
        """The process ends: write what is waiting if that is possible at all, and say what was not kept."""
        from time import monotonic, sleep

        deadline = monotonic() + patience_s
        while not self.settle() and monotonic() < deadline:
            sleep(0.05)
        lost = len(self._waiting) + self._dropped + self._lost
        if lost:
            self._say(
                "%d metric points of run %s were not kept: %s.\n"
                % (lost, self.run_id, self._why or "the disk was full")
            )

    def _quote(self, name: str) -> str:
        if len(self._quoted) >= QUOTED_LIMIT:
            self._quoted.clear()
        self._quoted[name] = quoted = ',"s",%s,' % quote(clean(name))
        return quoted

    def _not_sent(self, line: bytes, sent: int) -> None:
        """The slow way: there is no file yet, or the disk is full. Never raises."""
        with self._lock:
            if sent > 0:
                # Part of the line is in the file; the next write starts a new line. All but its line break is enough.
                self._fd = -1
                self._torn = True
            if sent != len(line) - 1:
                self._keep(line)
            self._drain()

    def _keep(self, line: bytes) -> None:
        if len(self._waiting) < WAITING_LIMIT:
            self._waiting.append(line)
        else:
            self._dropped += 1

    def _drain(self) -> None:
        """Write what is waiting, oldest first; afterwards the fast way is open again."""
        if self._opening:
            return  # a signal handler, while the file is being made: whoever makes it writes this line, too
        while (self._waiting or self._torn) and self._is_open():
            line = self._waiting.popleft() if self._waiting else b""
            if not self._send(line):
                if line:
                    self._waiting.appendleft(line)
                self._warn()
                return
        if self._waiting:
            self._warn()
        elif self._file >= 0:
            self._report_dropped()
            self._fd = self._file if not self._torn else -1

    def _report_dropped(self) -> None:
        if not self._dropped:
            return
        from trainshed.contract.spool import DROPPED, encode

        if self._send(encode(next(self._count), time(), DROPPED, "", self._dropped)):
            self._lost += self._dropped
            self._dropped = 0

    def _send(self, line: bytes) -> bool:
        """Write one line behind what is there. False: it does not count as written."""
        data = b"\n" + line if self._torn else line
        self._fd = -1
        try:
            sent = os.write(self._file, data)
        except OSError as error:
            import errno

            self._why = str(error)
            if error.errno == errno.EBADF:  # somebody closed all descriptors (daemons do)
                self._file = -1
            return False
        self._torn = sent != len(data)
        return sent >= len(data) - 1

    def _is_open(self) -> bool:
        """Make this process's file, with its head, unless it is there."""
        if self._file >= 0:
            return True
        self._opening = True
        try:
            return self._open()
        finally:
            self._opening = False

    def _open(self) -> bool:
        name = os.urandom(8).hex() + ".spool"
        try:
            os.makedirs(self.folder, exist_ok=True)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
            file = os.open(os.path.join(self.folder, name), flags, 0o600)
        except OSError as error:
            self._why = str(error)
            return False
        self.names.append(name)
        self._file = file
        self._torn = False
        if not self._send(self._head()):
            # Without a head nobody knows whose points follow: begin again when there is space.
            os.close(file)
            self._file = -1
            self.names.remove(name)
            _remove(os.path.join(self.folder, name))
            return False
        return True

    def _head(self) -> bytes:
        body = '[0,%r,"h",%s,{"pid":%d,"rank":%d}]' % (time(), quote(self.run_id), os.getpid(), self.rank)
        return b"%08x %b\n" % (crc32(body.encode()), body.encode())

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            self._say(
                "Metrics of run %s cannot be written to %s now (%s). Training goes on; up to %d points are kept in "
                "memory and written as soon as it works again.\n"
                % (self.run_id, self.folder, self._why or "the disk is full", WAITING_LIMIT)
            )

    @staticmethod
    def _say(words: str) -> None:
        try:
            sys.stderr.write("azureml: " + words)
        except (OSError, ValueError, AttributeError):
            pass  # no standard error, or its disk is full too: training comes first

    def __del__(self) -> None:
        _writers.pop(id(self), None)
        key = (self.folder, self.run_id)
        if key in _shared and _shared[key]() is None:
            _shared.pop(key, None)
        if self._waiting or self._dropped:
            self._drain()
        if self._file >= 0:
            os.close(self._file)
            self._file = self._fd = -1


def shared(folder: str, run_id: str, rank: int = 0, *, keep: bool = False) -> MetricWriter:
    """The one writer of this process for a run, so that its points stay in order.

    Args:
        folder, run_id, rank: see :class:`MetricWriter`.
        keep: it lives as long as the process; by default, as long as somebody uses it.
    """
    with _sharing:
        found = _shared.get((folder, run_id))
        writer = None if found is None else found()
        if writer is None:
            writer = MetricWriter(folder, run_id, rank)
            _shared[folder, run_id] = ref(writer)
            if keep:
                _kept.append(writer)
        return writer


def existing(folder: str, run_id: str) -> Optional[MetricWriter]:
    """The writer that :func:`shared` gives, if there is one already."""
    with _sharing:
        found = _shared.get((folder, run_id))
        return None if found is None else found()


def clean(name: str) -> str:
    """Without halves of surrogate pairs, which no parser takes."""
    try:
        name.encode()
        return name
    except UnicodeEncodeError:
        return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _register(writer: MetricWriter) -> None:
    if not _writers:
        _watch_process()
    _writers[id(writer)] = ref(writer)


_watched: list[int] = []


def _watch_process() -> None:
    if _watched:
        return
    import atexit

    _watched.append(os.getpid())
    atexit.register(finish_all)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)


def _alive() -> list[MetricWriter]:
    found = (reference() for reference in list(_writers.values()))
    return [writer for writer in found if writer is not None]


def finish_all() -> None:
    """Called when the process ends."""
    for writer in _alive():
        writer.finish()


def _forked() -> None:
    """In a forked child: what the parent has not written yet is the parent's, and so is its file."""
    global _sharing
    _sharing = RLock()
    for writer in _alive():
        if writer._file >= 0:
            os.close(writer._file)
        writer.names = []
        writer._start_anew()
