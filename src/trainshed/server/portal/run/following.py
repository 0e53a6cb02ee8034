"""The stream of events of a run's page: that its record, its files or its metrics changed, and the new lines of a log.

One stream per page. While it lasts the run is watched: its agent sends what is new at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from trainshed.contract.errors import FileNotInRun
from trainshed.contract.wire import dumps
from trainshed.server.portal import events
from trainshed.server.portal.run import log_windows, terminal_text
from trainshed.server.portal.run.log_page import ShownLine
from trainshed.server.portal.run.log_windows import WINDOW_BYTES, LogBytes
from trainshed.server.portal.run.terminal_text import Line
from trainshed.server.services.news import files_key, metrics_key, run_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from trainshed.server.services import Services
    from trainshed.server.services.news import Key, News

#: How long lines are gathered before they are told, in seconds.
GATHER_S = 0.03
#: How often it is told that there are more points and bytes, in seconds.
GROWTH_PAUSE_S = 0.6
#: More bytes than this at once are not told: the page begins anew at the log's end.
MOST_BYTES = 4 * WINDOW_BYTES


@dataclass(frozen=True)
class LogNews:
    """New lines of a log.

    Args:
        since: lines from this byte on are replaced; ``anew``: all are.
        end: the byte up to which there are lines now; ``size``: of the log.
        next: where to go on; the line there may still grow.
        final: none will follow.
    """

    since: int
    end: int
    size: int
    next: int
    html: str
    anew: bool
    final: bool


@dataclass
class LogFollower:
    """Reads a log from where a page has got to. ``at``: where the last line begins that may still grow."""

    path: str
    at: int
    seen: int

    def news(self, log: LogBytes, *, final: bool, draw: Callable[[Sequence[ShownLine]], str]) -> LogNews | None:
        """What to tell; None: nothing is new. Reads from the disk."""
        if log.size <= self.seen and not final:
            return None
        anew = log.size - self.at > MOST_BYTES or self.seen > log.size
        if anew:
            window = log_windows.window_before(log, log.size)
            lines, since = window.lines, window.at
        else:
            since = self.at
            lines = terminal_text.lines(log.read(since, log.size), since)
        self.seen = log.size
        self.at = _last_open(lines, since)
        html = draw([ShownLine(line) for line in lines])
        return LogNews(since, log.size, log.size, self.at, html, anew, final)


def _last_open(lines: Sequence[Line], since: int) -> int:
    if not lines:
        return since
    return lines[-1].at if lines[-1].open else lines[-1].end


class Follower:
    """Makes streams."""

    def __init__(self, services: Services, draw: Callable[[Sequence[ShownLine]], str]) -> None:
        self._services = services
        self._draw = draw

    async def stream(self, workspace_id: str, run_id: str, known: int, log: LogFollower | None) -> AsyncIterator[bytes]:
        """The events: ``run``, ``files``, ``metrics`` without data, ``log`` with a :class:`LogNews`. Ends when the
        server leaves.

        Args:
            known: the last change of the run's status that the page shows.
        """
        news, run = self._services.news, (workspace_id, run_id)
        sources = [
            self._status_events(workspace_id, run_id, known),
            _told(news, {"files": files_key(*run), "metrics": metrics_key(*run)}, GROWTH_PAUSE_S, lately=True),
        ]
        if log is not None:
            sources.append(self._log_events(workspace_id, run_id, log))
        with news.watching(*run):
            async with contextlib.aclosing(_merged(sources)) as merged:
                async for part in merged:
                    yield part

    async def _status_events(self, workspace_id: str, run_id: str, known: int) -> AsyncGenerator[bytes, None]:
        news = self._services.news
        with news.listening(run_key(workspace_id, run_id)):
            # What happened between the page and its stream.
            if self._services.runs.get(workspace_id, run_id).event_seq > known:
                yield events.event("run")
            async for part in _told(news, {"run": run_key(workspace_id, run_id)}, events.PAUSE_S):
                yield part

    async def _log_events(self, workspace_id: str, run_id: str, log: LogFollower) -> AsyncGenerator[bytes, None]:
        files = self._services.files
        final = False
        while not final and not self._services.news.released:
            try:
                opened = await files.open(workspace_id, run_id, log.path, offset=log.seen, wait_s=events.QUIET_S)
            except FileNotInRun:
                return  # the run ended without it
            final = opened.final
            bytes_now = LogBytes(opened.descriptor, opened.size_bytes)
            try:
                found = await run_in_threadpool(log.news, bytes_now, final=final, draw=self._draw)
            finally:
                if opened.descriptor is not None:
                    os.close(opened.descriptor)
            if found is not None:
                # The number lets a browser that lost the connection go on where it was.
                yield b"id: %d\nevent: log\ndata: %s\n\n" % (log.at, dumps(found))
                await asyncio.sleep(GATHER_S)


async def _told(
    news: News, keys: Mapping[str, Key], pause_s: float, *, lately: bool = False
) -> AsyncGenerator[bytes, None]:
    async for name in events.changes(news, keys, pause_s, lately=lately):
        yield events.event(name) if name else b": still here\n\n"


async def _merged(sources: Sequence[AsyncGenerator[bytes, None]]) -> AsyncGenerator[bytes, None]:
    """What comes from any source, as it comes; ends with the first of them, which is the run's own."""
    waiting = {_next(source): number for number, source in enumerate(sources)}
    try:
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                number, part = waiting.pop(task), task.result()
                if part is None:
                    if number == 0:
                        return
                    continue
                waiting[_next(sources[number])] = number
                yield part
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _next(source: AsyncGenerator[bytes, None]) -> asyncio.Task[bytes | None]:
    async def following() -> bytes | None:
        async for part in source:
            return part
        return None

    return asyncio.get_running_loop().create_task(following())
