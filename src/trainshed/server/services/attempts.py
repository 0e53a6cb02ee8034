"""Attempts: begun and given up by the control loop; their orders, told to agents as soon as they are there."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Dict, List, Optional

from trainshed.contract.errors import AttemptNotFound, IllegalTransition
from trainshed.contract.messages import OrdersAnswer
from trainshed.contract.names import new_id
from trainshed.contract.records import AttemptRecord, RunError, RunRecord, WorkspaceRecord
from trainshed.contract.spec import RunSpec
from trainshed.contract.status import RunStatus
from trainshed.contract.wire import now
from trainshed.server.services import lives, runs, workspaces
from trainshed.server.services.ground import Ground
from trainshed.server.services.news import AttemptHeard, orders_key, watch_key
from trainshed.server.services.sealing import Sealing
from trainshed.server.services.tokens import new_token, token_hash
from trainshed.server.storage import attempt_rows, file_rows, run_rows, stream_rows
from trainshed.server.storage.attempt_rows import AttemptRow, TokenHashes
from trainshed.server.storage.run_rows import RunRow
from trainshed.server.storage.writer import Transaction

#: What ``AZUREML_RUN_TOKEN_EXPIRY`` says. The token really ends with the run.
RUN_TOKEN_DAYS = 365

#: Where a run's own logs are; those of an attempt before go one folder deeper.
LOGS = "azureml-logs/"


@dataclass(frozen=True)
class Begun:
    """All that a back-end needs to start an attempt.

    The tokens are nowhere else: the server keeps their hashes only.
    """

    attempt: AttemptRecord
    run: RunRecord
    workspace: WorkspaceRecord
    spec: RunSpec
    agent_token: str
    run_token: str
    run_token_expiry: str


class Attempts:
    """The tries at runs with a spec."""

    def __init__(self, ground: Ground, sealing: Sealing) -> None:
        self._ground = ground
        self._database = ground.database
        self._sealing = sealing
        self._heard: Dict[str, datetime] = {}
        self._runs: Dict[str, tuple[str, str]] = {}

    async def begin(self, workspace_id: str, run_id: str) -> Begun:
        """Give a waiting run its next attempt; it stays Queued until its agent reports.

        Raises:
            RunNotFound.
            IllegalTransition: it does not wait any more (canceled, or another attempt lives).
        """
        agent_token, run_token = new_token(), new_token()
        hashes = TokenHashes(agent=token_hash(agent_token), run=token_hash(run_token))
        attempt, row, workspace, spec = await self._database.write(lambda tx: _begin(tx, workspace_id, run_id, hashes))
        if attempt.number > 1:
            self._sealing.soon()
        expiry = str(int(time.time()) + RUN_TOKEN_DAYS * 86400)
        return Begun(attempt, row.run, workspace, spec, agent_token, run_token, expiry)

    async def alive(self) -> List[AttemptRecord]:
        """Attempts neither given up nor ended, oldest first."""
        return [self._with_last_sync(row.record) for row in attempt_rows.alive(self._database.reader)]

    async def unfinished(self) -> List[str]:
        """Ids of attempts that have ended, but whose agents have not said that nothing more will come."""
        return await self._database.read_aside(attempt_rows.unfinished)

    async def get(self, attempt_id: str) -> AttemptRecord:
        """AttemptNotFound."""
        return self._with_last_sync(self.row(attempt_id).record)

    def row(self, attempt_id: str) -> AttemptRow:
        """The attempt with what only the server needs; AttemptNotFound."""
        row = attempt_rows.find(self._database.reader, attempt_id)
        if row is None:
            raise AttemptNotFound(attempt_id=attempt_id)
        return row

    def heard(self, attempt_id: str) -> None:
        """Its agent has just spoken. Kept in memory: a heartbeat costs no write."""
        self._heard[attempt_id] = now()
        self._ground.news.publish([AttemptHeard(attempt_id)])

    def finished(self, attempt_id: str) -> None:
        """Its agent will hardly speak again: forget what is only kept to be quick."""
        self._heard.pop(attempt_id, None)
        self._runs.pop(attempt_id, None)

    def _with_last_sync(self, record: AttemptRecord) -> AttemptRecord:
        heard = self._heard.get(record.id)
        return record if heard is None else replace(record, last_sync_at=heard)

    async def give_up(
        self, attempt_id: str, *, reason: str, error: Optional[RunError] = None, ending: Optional[RunStatus] = None
    ) -> RunRecord:
        """Fence an attempt and order its agent to drop it; again changes nothing.

        See :func:`lives.give_up` for the run.
        """

        def give_up(tx: Transaction) -> RunRecord:
            attempt = attempt_rows.find(tx, attempt_id)
            if attempt is None:
                raise AttemptNotFound(attempt_id=attempt_id)
            numbers = [stream.id for stream in stream_rows.of_attempt(tx, attempt_id)]
            stream_rows.close(tx, numbers)
            file_rows.close_growing(tx, numbers)
            return lives.give_up(tx, run_rows.by_uid(tx, attempt.run_uid), attempt, reason, error, ending).run

        run = await self._database.write(give_up)
        self.finished(attempt_id)
        self._sealing.soon(attempt_id)
        return run

    async def orders(self, attempt_id: str, after: int, *, watched: bool, wait_s: float) -> OrdersAnswer:
        """Orders newer than ``after``, as soon as there are any, or as being watched is not what the agent thinks."""
        run = self._run_of(attempt_id)
        end = asyncio.get_running_loop().time() + wait_s
        with self._ground.news.listening(orders_key(attempt_id), watch_key(*run)) as bell:
            while True:
                answer = self._orders(attempt_id, after, run)
                if answer.orders or answer.watched != watched:
                    return answer
                if not await bell.heard(end - asyncio.get_running_loop().time()):
                    return answer

    def _run_of(self, attempt_id: str) -> tuple[str, str]:
        """Workspace and run of an attempt; remembered, as its agent asks for orders all its life."""
        run = self._runs.get(attempt_id)
        if run is None:
            record = self.row(attempt_id).record
            run = self._runs[attempt_id] = (record.workspace_id, record.run_id)
        return run

    def _orders(self, attempt_id: str, after: int, run: tuple[str, str]) -> OrdersAnswer:
        orders = attempt_rows.orders(self._database.reader, attempt_id, after)
        last = orders[-1].number if orders else after
        return OrdersAnswer(orders=orders, last=last, watched=self._ground.news.watched(*run))


def _begin(
    tx: Transaction, workspace_id: str, run_id: str, hashes: TokenHashes
) -> tuple[AttemptRecord, RunRow, WorkspaceRecord, RunSpec]:
    row = runs.find(tx, workspace_id, run_id)
    spec = runs.spec_of(tx, row.uid)
    waits = row.run.status is RunStatus.QUEUED and not row.run.cancel_requested
    if spec is None or not waits or lives.live_attempt(tx, row) is not None:
        raise IllegalTransition(run_id=run_id, old=row.run.status.value, new=RunStatus.PREPARING.value)
    _put_aside(tx, row)
    row = RunRow(row.uid, replace(row.run, attempt=row.run.attempt + 1))
    record = AttemptRecord(
        id=new_id(),
        run_id=run_id,
        workspace_id=workspace_id,
        number=row.run.attempt,
        status=RunStatus.QUEUED,
        created_at=now(),
    )
    attempt_rows.add(tx, record, row.uid, spec.topology.node_count, hashes)
    run_rows.put(tx, row.uid, row.run)
    lives.announce(tx, row)
    return record, row, workspaces.record(tx, workspace_id), spec


def _put_aside(tx: Transaction, row: RunRow) -> None:
    """The attempt before gets no more bytes; its logs leave their names to the next one's."""
    before = attempt_rows.newest(tx, row.uid)
    if before is None:
        return
    numbers = [stream.id for stream in stream_rows.of_attempt(tx, before.record.id)]
    stream_rows.close(tx, numbers)
    file_rows.close_growing(tx, numbers)
    for path in file_rows.of_attempt(tx, row.uid, before.record.id, LOGS):
        file_rows.rename(tx, row.uid, path, "%sattempt_%d/%s" % (LOGS, before.record.number, path[len(LOGS) :]))
