"""Sees to it that every attempt has its agent until all of it is recorded, and gives up what can't be attended."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Set, Tuple

from trainshed.contract.errors import AttemptNotFound
from trainshed.contract.records import AttemptRecord, RunError
from trainshed.contract.status import ENDED, RunStatus
from trainshed.server.compute.backend import ComputeBackend, Handle, Observed
from trainshed.server.control.leases import Leases
from trainshed.server.services import Services

_log = logging.getLogger("trainshed.control")

#: An agent that was just asked for needs time to take its lock.
_START_S = 3.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 60.0
#: After so many agents that died without a word (the pauses grow: a minute in all) more of them won't help.
_TRIES = 6


class _Tries(NamedTuple):
    """Agents asked for in vain since one was heard: how many, and when the next may be asked for (monotonic)."""

    number: int
    next_s: float


class Attending:
    """Used on the event loop; back-ends are asked on threads."""

    def __init__(
        self,
        services: Services,
        backends: Mapping[str, ComputeBackend],
        leases: Leases,
        threads: ThreadPoolExecutor,
        lost_after_s: float,
    ) -> None:
        self._services = services
        self._backends = backends
        self._leases = leases
        self._threads = threads
        self._lost_after_s = lost_after_s
        self._tries: Dict[str, _Tries] = {}
        self._first_seen: Dict[str, float] = {}
        self._open: Set[str] = set()

    def heard(self, attempt_id: str) -> None:
        """Its agent has spoken: it has one, and will need one until all is recorded."""
        self._open.add(attempt_id)
        self._tries.pop(attempt_id, None)

    async def take_up(self) -> None:
        """After a start: what an earlier server began, also when the script has ended and not all was recorded."""
        self._open.update(await self._services.attempts.unfinished())
        for attempt in await self._services.attempts.alive():
            # Who asked for its agent is gone: there is nothing to wait for.
            self._first_seen[attempt.id] = float("-inf")

    async def look(self, alive: Iterable[str], starting: Set[Tuple[str, str]]) -> None:
        """One look at all attempts.

        Args:
            alive: ids of those that have not ended.
            starting: workspace and id of the runs for which agents are being asked for just now.
        """
        self._open.update(alive)
        now_s = time.monotonic()
        due: Dict[str, List[Tuple[Handle, AttemptRecord]]] = {}
        for attempt_id in tuple(self._open):
            row = self._unfinished_row(attempt_id)
            if row is None:
                self._forget(attempt_id)
                continue
            record, node_count = row
            target = self._services.runs.get(record.workspace_id, record.run_id).target or ""
            kind = self._services.targets.kind(record.workspace_id, target) or ""
            is_new = now_s - self._first_seen.setdefault(attempt_id, now_s) < _START_S and _is_young(record)
            if kind in self._backends and not is_new and (record.workspace_id, record.run_id) not in starting:
                due.setdefault(kind, []).append((self._backends[kind].handle(record, node_count), record))
        for kind, pairs in due.items():
            await self._attend(self._backends[kind], dict(pairs))

    def _unfinished_row(self, attempt_id: str) -> Tuple[AttemptRecord, int] | None:
        try:
            row = self._services.attempts.row(attempt_id)
        except AttemptNotFound:
            return None
        over = row.record.given_up_reason is not None or len(row.final_nodes) >= row.node_count
        return None if over else (row.record, row.node_count)

    def _forget(self, attempt_id: str) -> None:
        self._open.discard(attempt_id)
        self._tries.pop(attempt_id, None)
        self._first_seen.pop(attempt_id, None)

    async def _attend(self, backend: ComputeBackend, attempts: Mapping[Handle, AttemptRecord]) -> None:
        loop = asyncio.get_running_loop()
        seen = await loop.run_in_executor(self._threads, backend.observe, tuple(attempts))
        for handle, observed in seen.items():
            attempt = attempts[handle]
            if observed is Observed.ABSENT:
                await loop.run_in_executor(self._threads, backend.discard, handle)
                await self._give_up_absent(attempt)
            elif observed in (Observed.UNATTENDED, Observed.EMPTY):
                await self._revive(backend, handle, attempt, observed)

    async def _revive(
        self, backend: ComputeBackend, handle: Handle, attempt: AttemptRecord, observed: Observed
    ) -> None:
        tries = self._tries.get(attempt.id, _Tries(0, 0.0))
        now_s = time.monotonic()
        if now_s < tries.next_s:
            return
        why = self._hopeless(attempt.id, tries, now_s) if observed is Observed.EMPTY else None
        if why is not None:
            await self._lose(attempt, why)
            return
        _log.info("run %s, attempt %d, has lost its agent: a new one takes over", attempt.run_id, attempt.number)
        tried = 1
        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, backend.adopt, handle)
        except OSError as error:
            tried = 0  # not the agent's fault: the machine may have room for one later
            _log.warning("run %s: %s", attempt.run_id, error)
        pause_s = min(_FIRST_PAUSE_S * 2**tries.number, _LONGEST_PAUSE_S)
        self._tries[attempt.id] = _Tries(tries.number + tried, now_s + pause_s)

    def _hopeless(self, attempt_id: str, tries: _Tries, now_s: float) -> Optional[str]:
        """Why no further agent is worth while, for an attempt of which nothing lives."""
        if tries.number >= _TRIES:
            return "%d agents in a row died without a word; see agent.log in the run's folder." % tries.number
        if self._leases.silence_s(attempt_id, now_s) > self._lost_after_s:
            return "Nothing was heard of the run's node for %d s." % self._lost_after_s
        return None

    async def _give_up_absent(self, attempt: AttemptRecord) -> None:
        """Begun by a server that died before it wrote the folder (nothing ran: again), or the folder was removed."""
        if attempt.status is RunStatus.QUEUED and not attempt.nodes:
            await self._services.attempts.give_up(attempt.id, reason="the server ended before it was started")
        elif attempt.status in ENDED:
            self._forget(attempt.id)
        else:
            await self._lose(attempt, "The folder of the run's node is gone; what ran there can't be supervised.")

    async def _lose(self, attempt: AttemptRecord, message: str) -> None:
        _log.warning("run %s, attempt %d: %s", attempt.run_id, attempt.number, message)
        if attempt.status in ENDED:
            self._forget(attempt.id)
            return
        error = RunError(code="lost", message=message)
        await self._services.attempts.give_up(attempt.id, reason="lost", error=error, ending=RunStatus.FAILED)


def _is_young(attempt: AttemptRecord) -> bool:
    """Nothing was heard of it yet: its first agent may still be on its way to its lock."""
    return not attempt.nodes
