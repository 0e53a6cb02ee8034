"""The control loop: what users wish (the records) and what machines do (the back-ends) are brought together, again
and again.

It decides nothing that it could not decide anew after a crash: queued runs are in the database, agents hold locks.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Callable, Dict, List, Mapping, Optional, Set, Tuple

from trainshed.contract.errors import IllegalTransition, RunNotFound, StorageFull
from trainshed.contract.records import AttemptRecord, RunError
from trainshed.contract.status import RunStatus
from trainshed.server.compute.backend import Adopting, Assignment, ComputeBackend, Handle, Observed
from trainshed.server.control.leases import Leases
from trainshed.server.services import Services
from trainshed.server.services.attempts import Begun
from trainshed.server.services.news import AttemptHeard, RunQueued

_log = logging.getLogger("trainshed.control")

TICK_S = 2.0
#: An agent that was just asked for needs time to take its lock; one that dies at once is not started in a hot loop.
ADOPT_EVERY_S = 3.0
LOST_AFTER_S = 24 * 3600.0


class Control:
    """One per server.

    Args:
        services: the records.
        backends: by target name.
        addresses: how agents reach this server, best first; asked at each start.
        tick_s: between two looks at what runs. New runs do not wait for it.
    """

    def __init__(
        self,
        services: Services,
        backends: Mapping[str, ComputeBackend],
        addresses: Callable[[], Tuple[str, ...]],
        *,
        tick_s: float = TICK_S,
        leases: Optional[Leases] = None,
        lost_after_s: float = LOST_AFTER_S,
    ) -> None:
        self._services = services
        self._backends = backends
        self._addresses = addresses
        self._tick_s = tick_s
        self._leases = leases or Leases()
        self._lost_after_s = lost_after_s
        self._starting: Set[Tuple[str, str]] = set()
        self._asked_at: Dict[str, float] = {}
        self._tasks: Set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """On the event loop: take up what an earlier server left, then follow the news."""
        for backend in dict.fromkeys(self._backends.values()):
            self._services.targets.register(backend.targets)
        self._unsubscribe = self._services.news.subscribe(self._hear)
        self._spawn(self._forever())

    async def stop(self) -> None:
        """Start nothing more. Runs go on; what was being started is finished or found again by the next server."""
        self._unsubscribe()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _hear(self, event: object) -> None:
        if isinstance(event, AttemptHeard):
            self._leases.heard(event.attempt_id, time.monotonic())
        elif isinstance(event, RunQueued):
            self._start_soon(event.workspace_id, event.run_id, event.target)

    async def _forever(self) -> None:
        while True:
            try:
                await self._look()
            except StorageFull as error:
                _log.warning("%s", error.message)
            except Exception:  # noqa: BLE001  the outermost loop: the next look may succeed
                _log.exception("control loop")
            await asyncio.sleep(self._tick_s)

    async def _look(self) -> None:
        for target in self._backends:
            for run in await self._services.runs.waiting(target):
                self._start_soon(run.workspace_id, run.id, target)
        alive = await self._services.attempts.alive()
        for attempt_id in self._leases.look((attempt.id for attempt in alive), time.monotonic()):
            await self._services.runs.silent(attempt_id)
        await self._attend(alive)

    # --- starting

    def _start_soon(self, workspace_id: str, run_id: str, target: str) -> None:
        key = (workspace_id, run_id)
        if key not in self._starting and target in self._backends:
            self._starting.add(key)
            self._spawn(self._start(key, self._backends[target]))

    async def _start(self, key: Tuple[str, str], backend: ComputeBackend) -> None:
        try:
            begun = await self._services.attempts.begin(*key)
            self._asked_at[begun.attempt.id] = time.monotonic()
            await self._launch(begun, backend)
        except (IllegalTransition, RunNotFound):
            pass  # canceled meanwhile, or started already
        except StorageFull as error:
            _log.warning("run %s waits: %s", key[1], error.message)
        except Exception:  # noqa: BLE001  a task's outermost frame
            _log.exception("starting run %s", key[1])
        finally:
            self._starting.discard(key)

    async def _launch(self, begun: Begun, backend: ComputeBackend) -> None:
        assignment = Assignment(
            attempt=begun.attempt,
            experiment=begun.run.experiment,
            workspace=begun.workspace,
            spec=begun.spec,
            agent_token=begun.agent_token,
            run_token=begun.run_token,
            run_token_expiry=begun.run_token_expiry,
            addresses=self._addresses(),
        )
        try:
            await asyncio.to_thread(lambda: backend.start(backend.plan(assignment)))
        except OSError as error:
            _log.exception("run %s could not be started", begun.run.id)
            message = "The run could not be started on %r: %s" % (begun.run.target, error)
            await self._services.attempts.give_up(
                begun.attempt.id,
                reason="it could not be started",
                error=RunError(code="prepare", message=message),
                ending=RunStatus.FAILED,
            )

    # --- attending what was started

    async def _attend(self, alive: List[AttemptRecord]) -> None:
        handles = {self._handle(attempt): attempt for attempt in alive if self._is_due(attempt)}
        handles.pop(None, None)
        seen: Dict[Handle, Observed] = {}
        for backend in dict.fromkeys(self._backends.values()):
            mine = [handle for handle in handles if handle is not None]
            seen.update(await asyncio.to_thread(backend.observe, mine))
        for handle, observed in seen.items():
            await self._act(handle, handles[handle], observed)
        present = {attempt.id for attempt in alive}
        self._asked_at = {attempt: at for attempt, at in self._asked_at.items() if attempt in present}

    def _is_due(self, attempt: AttemptRecord) -> bool:
        """Not one that this server is just starting."""
        waited = time.monotonic() - self._asked_at.get(attempt.id, 0.0)
        return waited > ADOPT_EVERY_S and (attempt.workspace_id, attempt.run_id) not in self._starting

    def _handle(self, attempt: AttemptRecord) -> Optional[Handle]:
        backend = self._backend()
        return backend.handle(attempt, max(1, len(attempt.nodes))) if isinstance(backend, Adopting) else None

    def _backend(self) -> ComputeBackend:
        return next(iter(self._backends.values()))

    async def _act(self, handle: Handle, attempt: AttemptRecord, observed: Observed) -> None:
        backend = self._backend()
        if (
            observed is Observed.UNATTENDED
            and self._leases.silence_s(attempt.id, time.monotonic()) > self._lost_after_s
        ):
            await self._give_up_lost(attempt)
        elif observed is Observed.UNATTENDED and isinstance(backend, Adopting):
            self._asked_at[attempt.id] = time.monotonic()
            _log.info("run %s has lost its agent: a new one takes over", attempt.run_id)
            try:
                await asyncio.to_thread(backend.adopt, handle)
            except OSError as error:
                _log.warning("run %s: %s", attempt.run_id, error)
        elif observed is Observed.ABSENT:
            await self._give_up_absent(attempt)

    async def _give_up_absent(self, attempt: AttemptRecord) -> None:
        """Begun by a server that died before it wrote the folder (nothing ran: again), or the folder was removed
        (lost).
        """
        if attempt.status is RunStatus.QUEUED and not attempt.nodes:
            await self._services.attempts.give_up(attempt.id, reason="the server stopped before it was started")
            return
        await self._lose(
            attempt, "The folder of the run's node is gone; its processes, if any, cannot be supervised any more."
        )

    async def _give_up_lost(self, attempt: AttemptRecord) -> None:
        await self._lose(attempt, "Nothing was heard of the run's node for %d s." % self._lost_after_s)

    async def _lose(self, attempt: AttemptRecord, message: str) -> None:
        error = RunError(code="lost", message=message)
        await self._services.attempts.give_up(attempt.id, reason="lost", error=error, ending=RunStatus.FAILED)
