"""The server about itself."""

from __future__ import annotations

import os
import time
from typing import Callable, Sequence

from trainshed.contract.api import Health, ServerStatus
from trainshed.contract.version import VERSION, WIRE_VERSION
from trainshed.server.services.ground import Ground
from trainshed.server.services.runs import Runs
from trainshed.server.storage.tables import SCHEMA

OLDEST_WIRE = max(1, WIRE_VERSION - 1)


class ServerFace:
    """Health, status, and the wish to stop. What only the application knows is registered by it."""

    def __init__(self, ground: Ground, runs: Runs) -> None:
        self._ground = ground
        self._runs = runs
        self._started = time.monotonic()
        self._stop: Callable[[], None] = lambda: None
        self._forkers: Callable[[], Sequence[int]] = tuple

    def register(self, *, stop: Callable[[], None], forkers: Callable[[], Sequence[int]] = tuple) -> None:
        """``stop`` makes the server leave once the present requests are answered; ``forkers`` gives their pids."""
        self._stop, self._forkers = stop, forkers

    def health(self) -> Health:
        """Who answers here."""
        return Health(self._ground.server_id, VERSION, WIRE_VERSION, OLDEST_WIRE, SCHEMA)

    async def status(self) -> ServerStatus:
        """What runs, what waits, what it costs."""
        running, waiting = await self._runs.counts()
        return ServerStatus(
            server_id=self._ground.server_id,
            version=VERSION,
            pid=os.getpid(),
            url=self._ground.address,
            home=str(self._ground.layout.root),
            uptime_s=time.monotonic() - self._started,
            running=running,
            waiting=waiting,
            rss_bytes=_rss_bytes(),
            forkers=tuple(self._forkers()),
        )

    async def stop(self) -> int:
        """Leave; runs go on. Returns how many."""
        running, _ = await self._runs.counts()
        self._ground.news.release()
        self._stop()
        return running


def _rss_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
