"""The page of a run's logs: one file, a window of its lines, a search through all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from trainshed.contract import words
from trainshed.contract.layout import NodeLayout
from trainshed.contract.records import FileEntry
from trainshed.server.portal.run.head import RunHead
from trainshed.server.portal.run.log_windows import Found, Window
from trainshed.server.portal.run.terminal_text import Line

#: Where logs are.
FOLDERS = ("azureml-logs/", "logs/")
_DRIVER = re.compile(r"azureml-logs/70_driver_log(?:_(\d+))?\.txt")
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class LogFile:
    """A log that can be chosen."""

    path: str
    text: str
    size: str
    href: str
    here: bool
    growing: bool


@dataclass(frozen=True)
class ShownLine:
    """A line of the window. ``hit``: it is the one that was asked for."""

    line: Line
    hit: bool = False


@dataclass(frozen=True)
class LogHit:
    """A line that the search found."""

    text: str
    at: int
    href: str


@dataclass(frozen=True)
class Search:
    """What was searched. ``more``: goes on where the answer ended; empty: all was searched. ``from_hit``: only from the
    line on that is shown.
    """

    words: str
    hits: tuple[LogHit, ...]
    searched: str
    more: str
    from_hit: bool = False


@dataclass(frozen=True)
class LogView:
    """A part of a log.

    Args:
        at, end: bytes of the window; ``size``: of the log; ``growing``: more may come.
        earlier, later, first, last: other windows; empty where there is nothing.
        part: what scripts ask for windows.
    """

    path: str
    lines: tuple[ShownLine, ...]
    at: int
    end: int
    size: int
    growing: bool
    download: str
    part: str
    earlier: str
    later: str
    first: str
    last: str

    @property
    def open_at(self) -> int:
        """Where new bytes go on: at the end, or where the last line begins if it may still grow or be written over."""
        last = self.lines[-1].line if self.lines else None
        return last.at if last is not None and last.open else self.end


@dataclass(frozen=True)
class LogPage:
    """The page. ``view`` None: the run has no log."""

    title: str
    id: str
    head: RunHead
    files: tuple[LogFile, ...]
    view: LogView | None
    search: Search | None
    query: str = ""


def is_driver(path: str) -> bool:
    """Whether it is the log of one of the script's processes."""
    return _DRIVER.fullmatch(path) is not None


def to_come(ranks: int, at: datetime) -> FileEntry:
    """The log of the first of so many processes before it has a byte."""
    return FileEntry(NodeLayout(Path()).driver_log(0, ranks), 0, None, True, at)


def logs_of(files: Iterable[FileEntry]) -> list[FileEntry]:
    """Those of a run's files that are logs: driver logs by rank, then the others by name."""
    return sorted((file for file in files if file.path.startswith(FOLDERS)), key=_order)


def _order(file: FileEntry) -> tuple[int, int, str]:
    driver = _DRIVER.fullmatch(file.path)
    if driver:
        return 0, int(driver.group(1) or 0), file.path
    return 1 + (not file.path.startswith(FOLDERS[0])), 0, file.path


def chosen_log(logs: Iterable[FileEntry], asked: str) -> FileEntry | None:
    """The log that was asked for, or the first."""
    known = {log.path: log for log in logs}
    return known.get(asked) or next(iter(known.values()), None)


def log_files(logs: Iterable[FileEntry], chosen: str, href: str) -> tuple[LogFile, ...]:
    """What can be chosen."""
    return tuple(
        LogFile(
            log.path,
            _short(log.path),
            words.size(log.size_bytes),
            f"{href}/logs?{urlencode({'file': log.path})}",
            log.path == chosen,
            log.provisional,
        )
        for log in logs
    )


def _short(path: str) -> str:
    driver = _DRIVER.fullmatch(path)
    if driver:
        return "driver log" if driver.group(1) is None else f"rank {driver.group(1)}"
    return path.removeprefix(FOLDERS[0])


def log_view(path: str, window: Window, href: str, download: str, *, growing: bool, hit: int | None = None) -> LogView:
    """A window as the page shows it; ``hit``: a byte of the line to point out."""

    def link(**place: int) -> str:
        return f"{href}/logs?{urlencode({'file': path, **place})}"

    lines = tuple(ShownLine(line, hit is not None and line.at <= hit < line.end) for line in window.lines)
    before, after = window.at > 0, window.end < window.size
    return LogView(
        path=path,
        lines=lines,
        at=window.at,
        end=window.end,
        size=window.size,
        growing=growing,
        download=download,
        part=link(),
        earlier=link(end=window.at) if before else "",
        later=link(at=window.end) if after else "",
        first=link(at=0) if before else "",
        last=link() if after else "",
    )


def search_of(asked: str, found: Found, path: str, href: str, *, from_hit: bool = False) -> Search:
    """What the search found."""
    common = {"file": path, "find": asked}
    hits = tuple(
        LogHit(hit.text, hit.at, f"{href}/logs?{urlencode({**common, 'hit': hit.at})}#hit") for hit in found.hits
    )
    rest: Mapping[str, str | int] = {**common, "from": found.searched}
    more = f"{href}/logs?{urlencode(rest)}" if found.searched < found.size else ""
    return Search(asked, hits, f"{words.size(found.searched)} of {words.size(found.size)}", more, from_hit)
