"""A followed run without a live view: its log, for a file, a pipe, or a terminal that can do nothing."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

from trainshed.cli.output import printable
from trainshed.sdk.following.plain import Plain

if TYPE_CHECKING:
    from trainshed.cli.output import Output
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord

#: How often a line is shown that the script writes over (tqdm).
PROGRESS_S = 10.0


class PlainLog:
    """A log's bytes as lines of text: without carriage returns and escape sequences.

    Args:
        stream: who reads them.
        progress_s: how often a line that is written over is shown as it stands, in seconds.
    """

    def __init__(self, stream: TextIO, progress_s: float = PROGRESS_S) -> None:
        self._stream = stream
        self._plain = Plain()
        self._progress_s = progress_s
        self._presented_at = time.monotonic()

    def feed(self, data: bytes) -> None:
        """What came; nothing, if nothing did for a while."""
        self._write(self._plain.feed(data))
        if time.monotonic() - self._presented_at >= self._progress_s:
            self._presented_at = time.monotonic()
            self._write(self._plain.present())

    def end(self) -> None:
        """The log has ended."""
        self._write(self._plain.end())

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(printable(text, self._stream.encoding))
            self._stream.flush()


class RawLog:
    """A log's bytes as they are, for a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def feed(self, data: bytes) -> None:
        """What came."""
        self._stream.flush()
        self._stream.buffer.write(data)
        self._stream.buffer.flush()

    def end(self) -> None:
        """Nothing was held back."""


class Progress:
    """A followed run, and how much of its log has been handed on.

    With ``--json``, standard output is kept for the one document at the end, and the log goes to standard error.
    """

    def __init__(self, place: Place, run: RunRecord, out: Output) -> None:
        stream = sys.stderr if out.as_json else sys.stdout
        in_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._place = place
        self._run = run
        self._out = out
        self._log = RawLog(stream) if in_terminal else PlainLog(stream)
        self._offset = 0

    def show(self) -> None:
        """The log, as it comes, until the run has ended."""
        from trainshed.cli.following import driver_log, log_bytes, until_ended
        from trainshed.contract.errors import FileNotInRun

        try:
            for data in log_bytes(self._place, self._run.id, driver_log(None), self._offset, tell=self._tell):
                self._offset += len(data)
                self._log.feed(data)
            self._log.end()
        except FileNotInRun:
            pass  # it printed nothing
        until_ended(self._place, self._run)

    def summary(self) -> None:
        """None: what reads the output wants the log alone."""

    def _tell(self, run: RunRecord) -> None:
        """Nothing was printed for a while: what the run is doing."""
        from trainshed.cli.following import standing

        self._out.remark(standing(run))
