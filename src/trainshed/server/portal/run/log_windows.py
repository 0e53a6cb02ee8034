"""Windows of a log by byte offsets, and the search through all of it. A log of 1 GB is never loaded whole."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from trainshed.server.portal.run import terminal_text
from trainshed.server.portal.run.terminal_text import LONGEST, Line

#: Bytes of a window, and of what is read at once by the search.
WINDOW_BYTES, BLOCK_BYTES = 64 * 1024, 4 * 2**20
#: Hits that one answer of the search holds, and beside one that is shown; the seconds that it may take.
MOST_HITS, NEXT_HITS, SEARCH_S = 200, 20, 3.0


@dataclass(frozen=True)
class Window:
    """Neighbouring lines. ``at``, ``end``: their bytes; ``size``: of the whole log now."""

    lines: tuple[Line, ...]
    at: int
    end: int
    size: int


@dataclass(frozen=True)
class Hit:
    """A line that holds what was searched."""

    at: int
    text: str


@dataclass(frozen=True)
class Found:
    """``searched``: up to which byte; below ``size`` there may be more."""

    hits: tuple[Hit, ...]
    searched: int
    size: int


class LogBytes:
    """A log that is open for reading. ``descriptor`` None: it has no byte yet."""

    def __init__(self, descriptor: int | None, size: int) -> None:
        self._descriptor = descriptor
        self.size = 0 if descriptor is None else size

    def read(self, at: int, end: int) -> bytes:
        """The bytes between two offsets, as far as they are there."""
        at, end = max(0, at), min(end, self.size)
        if self._descriptor is None or end <= at:
            return b""
        return os.pread(self._descriptor, end - at, at)


def window_from(log: LogBytes, at: int, limit: int = WINDOW_BYTES) -> Window:
    """The lines from the one that holds byte ``at`` on."""
    begin = _begin(log, min(max(0, at), log.size))
    lines = terminal_text.lines(log.read(begin, begin + limit), begin)
    if len(lines) > 1 and lines[-1].open and lines[-1].end < log.size:
        lines = lines[:-1]  # cut by the window, not by the log's end
    return _window(log, lines, begin)


def window_before(log: LogBytes, end: int, limit: int = WINDOW_BYTES) -> Window:
    """The lines that end at or before byte ``end``, where a line begins (or the log ends)."""
    end = min(max(0, end), log.size)
    begin = _begin(log, max(0, end - limit))
    lines = terminal_text.lines(log.read(begin, end), begin)
    return _window(log, lines, begin)


def _window(log: LogBytes, lines: tuple[Line, ...], begin: int) -> Window:
    return Window(lines, begin, lines[-1].end if lines else begin, log.size)


def _begin(log: LogBytes, wanted: int) -> int:
    at = max(0, wanted - LONGEST)
    return terminal_text.begin_before(log.read(at, wanted), at, wanted)


def search(
    log: LogBytes, words: str, at: int = 0, most: int = MOST_HITS, clock: Callable[[], float] = time.monotonic
) -> Found:
    """The first ``most`` lines from byte ``at`` on that hold ``words``; capital letters count only if ``words`` has
    one.
    """
    needle = words.encode("utf-8", "surrogateescape")
    folded = words == words.lower()
    end_s = clock() + SEARCH_S
    hits: list[Hit] = []
    while at < log.size and needle:
        block = log.read(at, at + BLOCK_BYTES)
        if not block:
            break
        # Up to the last line break, so that no hit is cut in two; a line longer than a block is.
        cut = block.rfind(b"\n") + 1 if at + len(block) < log.size else len(block)
        block = block[: cut or len(block)]
        for hit in _hits(block, needle, folded=folded):
            hits.append(_hit(log, at + hit))
            if len(hits) >= most:
                return Found(tuple(hits), at + _line_after(block, hit), log.size)
        at += len(block)
        if clock() > end_s:
            break
    return Found(tuple(hits), min(at, log.size), log.size)


def _hits(block: bytes, needle: bytes, *, folded: bool) -> list[int]:
    """Where in a block the lines' first hits are."""
    text = block.lower() if folded else block
    found: list[int] = []
    at = text.find(needle)
    while at >= 0 and len(found) < MOST_HITS:
        found.append(at)
        at = text.find(needle, _line_after(block, at))
    return found


def _line_after(block: bytes, at: int) -> int:
    newline = block.find(b"\n", at)
    return len(block) if newline < 0 else newline + 1


def _hit(log: LogBytes, at: int) -> Hit:
    begin = _begin(log, at)
    shown = terminal_text.lines(log.read(begin, begin + LONGEST), begin)
    text = shown[0].text if shown else ""
    return Hit(begin, text[:400])
