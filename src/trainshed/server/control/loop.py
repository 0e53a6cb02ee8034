"""The control loop: what users wish (the records) and what machines do (the back-ends) are brought together, again
and again.

It decides nothing that it could not decide anew after a crash: queued runs are in the database, agents hold locks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Coroutine, FrozenSet, Mapping, Optional, Set, Tuple

from trainshed.contract.errors import StorageFull
from trainshed.server.compute.backend import ComputeBackend
from trainshed.server.control.attending import Attending
from trainshed.server.control.leases import Leases
from trainshed.server.control.queues import Queues
from trainshed.server.control.starting import Starting
from trainshed.server.services import Services
from trainshed.server.services.news import AttemptHeard, CancelAsked, RunEnded, RunQueued, TargetChanged

_log = logging.getLogger("trainshed.control")

TICK_S = 2.0
#: Back-ends block: on threads of their own, so that a slow one holds up nobody else's.
_THREADS = 4


class Control:
    """One per server.

    Args:
        services: the records.
        backends: by the type of the targets they serve.
        addresses: how agents reach this server, best first; asked at each start.
        tick_s: between two looks at what runs. New runs do not wait for it.
        leases: who has been silent for how long.
        lost_after_s: an attempt of which nothing lives and nothing was heard for so long is given up.
    """

    def __init__(
        self,
        services: Services,
        backends: Mapping[str, ComputeBackend],
        addresses: Callable[[], Tuple[str, ...]],
        *,
        tick_s: float = TICK_S,
        leases: Optional[Leases] = None,
        lost_after_s: float = 24 * 3600.0,
    ) -> None:
        self._services = services
        self._backends = backends
        self._tick_s = tick_s
        self._leases = leases or Leases()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="trainshed-compute")
        self._queues = Queues(services)
        self._starting = Starting(services, backends, addresses, self._threads)
        self._attending = Attending(services, backends, self._leases, self._threads, lost_after_s)
        self._tasks: Set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._always: FrozenSet[str] = frozenset()
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """On the event loop: take up what an earlier server left, then follow the news."""
        for backend in dict.fromkeys(self._backends.values()):
            self._services.targets.register(backend.targets)
        self._always = frozenset(view.name for view in self._services.targets.always())
        self._unsubscribe = self._services.news.subscribe(self._hear)
        self._spawn(self._forever())

    async def stop(self) -> None:
        """Start nothing more. Runs go on; what was being started is finished or found again by the next server."""
        self._unsubscribe()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, event: object) -> None:
        if isinstance(event, AttemptHeard):
            self._leases.heard(event.attempt_id, time.monotonic())
            self._attending.heard(event.attempt_id)
        elif isinstance(event, RunQueued):
            if event.target in self._always:
                self._start_soon(event.workspace_id, event.run_id, event.target)
            else:
                self._fill(event.workspace_id, event.target)
        elif isinstance(event, RunEnded) and event.target is not None and event.target not in self._always:
            self._fill(event.workspace_id, event.target)
            self._wake.set()  # it may have been the last one of a target that is being deleted
        elif isinstance(event, TargetChanged):
            self._fill(event.workspace_id, event.name)
        elif isinstance(event, CancelAsked):
            self._wake.set()  # an agent must be there to hear it

    def _start_soon(self, workspace_id: str, run_id: str, target: str) -> None:
        if self._starting.admit(workspace_id, run_id, target):
            self._spawn(self._starting.start(workspace_id, run_id, target))

    def _fill(self, workspace_id: str, target: str) -> None:
        """Give the free places of a target that has a queue to those who wait longest."""
        for run_id in self._queues.may_start(workspace_id, target, self._starting.busy):
            self._start_soon(workspace_id, run_id, target)

    async def _forever(self) -> None:
        try:
            await self._attending.take_up()
        except Exception:  # noqa: BLE001  the outermost frame of this task; what follows does not depend on it
            _log.exception("taking up what an earlier server left")
        while True:
            self._wake.clear()
            try:
                await self._look()
            except StorageFull as error:
                _log.warning("%s", error.message)
            except Exception:  # noqa: BLE001  the outermost loop: the next look may succeed
                _log.exception("control loop")
            try:
                await asyncio.wait_for(self._wake.wait(), self._tick_s)
            except asyncio.TimeoutError:
                pass

    async def _look(self) -> None:
        for target in self._always:
            for run in await self._services.runs.waiting(target):
                self._start_soon(run.workspace_id, run.id, target)
        for workspace_id, target in self._services.clusters.queues():
            self._fill(workspace_id, target)
        await self._services.clusters.finish_deleting()
        alive = await self._services.attempts.alive()
        for attempt_id in self._leases.look((attempt.id for attempt in alive), time.monotonic()):
            await self._services.runs.silent(attempt_id)
        await self._attending.look([attempt.id for attempt in alive], self._starting.busy)
