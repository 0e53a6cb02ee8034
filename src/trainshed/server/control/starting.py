"""From a queued run to an agent on a machine."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Mapping, Set, Tuple

from trainshed.contract.errors import IllegalTransition, RunNotFound, StorageFull
from trainshed.contract.records import RunError
from trainshed.contract.status import RunStatus
from trainshed.server.compute.backend import Assignment, ComputeBackend
from trainshed.server.services import Services
from trainshed.server.services.attempts import Begun

_log = logging.getLogger("trainshed.control")


class Starting:
    """Starts each run once, however often it is asked to."""

    def __init__(
        self,
        services: Services,
        backends: Mapping[str, ComputeBackend],
        addresses: Callable[[], Tuple[str, ...]],
        threads: ThreadPoolExecutor,
    ) -> None:
        self._services = services
        self._backends = backends
        self._addresses = addresses
        self._threads = threads
        self._under_way: Set[Tuple[str, str]] = set()

    @property
    def busy(self) -> Set[Tuple[str, str]]:
        """Workspace and id of the runs being started now."""
        return self._under_way

    def admit(self, workspace_id: str, run_id: str, target: str) -> bool:
        """Whether :meth:`start` must be called: nobody is at it, and there is such a target."""
        if (workspace_id, run_id) in self._under_way:
            return False
        if self._services.targets.kind(workspace_id, target) not in self._backends:
            return False
        self._under_way.add((workspace_id, run_id))
        return True

    async def start(self, workspace_id: str, run_id: str, target: str) -> None:
        """Begin an attempt and put its agents there. A run that can't be started fails, and says why."""
        try:
            begun = await self._services.attempts.begin(workspace_id, run_id)
            await self._launch(begun, self._backends[self._services.targets.kind(workspace_id, target) or ""])
        except (IllegalTransition, RunNotFound):
            pass  # canceled meanwhile, or started already
        except StorageFull as error:
            _log.warning("run %s waits: %s", run_id, error.message)
        except Exception:  # noqa: BLE001  a task's outermost frame
            _log.exception("starting run %s", run_id)
        finally:
            self._under_way.discard((workspace_id, run_id))

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
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, lambda: backend.start(backend.plan(assignment)))
        except OSError as error:
            _log.exception("run %s could not be started", begun.run.id)
            message = "The run could not be started on %r: %s" % (begun.run.target, error)
            await self._services.attempts.give_up(
                begun.attempt.id,
                reason="it could not be started",
                error=RunError(code="prepare", message=message),
                ending=RunStatus.FAILED,
            )
