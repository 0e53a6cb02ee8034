"""Where a followed run is shown: its log on stdout, and on a terminal a status line below it on stderr."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Optional

from trainshed.contract import words
from trainshed.contract.status import ENDED
from trainshed.sdk.following.plain import Plain, Raw

if TYPE_CHECKING:
    from trainshed.contract.records import RunRecord

_CLEAR = "\r\x1b[K"


class Screen:
    """Writes the log; a status line, where there is one, is taken away before and never lands inside a line of it.

    Args:
        progress_s: where no terminal is, how often a line that the script writes over (tqdm) is shown, in seconds.
    """

    def __init__(self, progress_s: float = 10.0) -> None:
        self._progress_s = progress_s
        self._progress_at = 0.0
        # Taken at each call, not kept: notebooks and tests change it.
        self._raw = _is_terminal(sys.stdout)
        self._status = _is_terminal(sys.stderr)
        self._status_shown = False
        self._at_line_start = True
        self._log: Optional[Plain | Raw] = None
        self._metric = ""

    @property
    def wants_status(self) -> bool:
        """Is there somebody who sees a status line?"""
        return self._status

    def line(self, text: str = "") -> None:
        """A whole line of ours."""
        self.end_log()
        self._write(text + "\n")

    def heading(self, text: str) -> None:
        """A line, underlined, between empty ones."""
        self.line()
        self.line(text)
        self.line("=" * len(text))

    def log(self, data: bytes) -> None:
        """Bytes of a log."""
        if self._log is None:
            self._log = Raw() if self._raw else Plain()
            self._progress_at = time.monotonic()
        self._write(self._log.feed(data))
        self.progress()

    def progress(self) -> None:
        """Show how far a line is that is being written over, if it was not shown for long."""
        if isinstance(self._log, Plain) and time.monotonic() - self._progress_at >= self._progress_s:
            self._progress_at = time.monotonic()
            self._write(self._log.present())

    def end_log(self) -> None:
        """What follows belongs to something else."""
        if self._log is not None:
            self._write(self._log.end())
            self._log = None
        if not self._at_line_start:
            self._write("\n")

    def metric(self, text: str) -> None:
        """The newest metric, for the status line."""
        self._metric = text

    def status(self, run: RunRecord) -> None:
        """Show phase, time and the newest metric; nothing while a line of the log is unfinished."""
        if not self._status or not self._at_line_start:
            return
        self._err(_CLEAR + _fitting(_status_words(run, self._metric)))
        self._status_shown = True

    def clear(self) -> None:
        """Take the status line away."""
        if self._status_shown:
            self._err(_CLEAR)
            self._status_shown = False

    def _write(self, text: str) -> None:
        if not text:
            return
        self.clear()
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            # A terminal of another encoding: its own replacement characters.
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
        sys.stdout.flush()
        self._at_line_start = text.endswith("\n")

    @staticmethod
    def _err(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def _status_words(run: RunRecord, metric: str) -> str:
    since = run.started_at or run.created_at
    parts = [run.status.value, words.duration(max(0.0, time.time() - since.timestamp())), metric]
    return "[%s]" % " · ".join(part for part in parts if part) if run.status not in ENDED else ""


def _fitting(text: str) -> str:
    """No longer than the terminal is wide: a line that wraps can't be taken away."""
    from shutil import get_terminal_size

    return text[: max(0, get_terminal_size().columns - 1)]


def _is_terminal(stream: object) -> bool:
    import os

    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and os.environ.get("TERM") != "dumb"
