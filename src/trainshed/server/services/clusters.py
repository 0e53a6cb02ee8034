"""Clusters: made, changed, deleted; and the sentence that tells a run in their queues why it waits."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import List, Optional

from trainshed.contract.compute import (
    AMLCOMPUTE,
    DELETED,
    DELETING,
    READY,
    ClusterAsk,
    ClusterPatch,
    ClusterRecord,
    ComputePage,
    check_new,
    check_settings,
    check_target_name,
)
from trainshed.contract.errors import TargetExists
from trainshed.contract.records import RunRecord
from trainshed.contract.status import RunStatus
from trainshed.contract.wire import now
from trainshed.server.services import lives, workspaces
from trainshed.server.services.ground import Ground
from trainshed.server.services.news import TargetChanged
from trainshed.server.services.targets import Targets, waits_for
from trainshed.server.storage import compute_rows, run_rows
from trainshed.server.storage.writer import Reading, Transaction


class Clusters:
    """The compute targets of workspaces that somebody made."""

    def __init__(self, ground: Ground, targets: Targets) -> None:
        self._database = ground.database
        self._targets = targets

    def page(self, workspace_id: str) -> ComputePage:
        """All of a workspace; WorkspaceNotFound."""
        reader = self._database.reader
        workspaces.record(reader, workspace_id)
        found = [_told(reader, workspace_id, one) for one in compute_rows.of_workspace(reader, workspace_id)]
        return ComputePage(tuple(found), self._targets.always())

    def get(self, workspace_id: str, name: str) -> ClusterRecord:
        """One of them, also while it is being deleted; UnknownTarget."""
        reader = self._database.reader
        return _told(reader, workspace_id, self._find(reader, workspace_id, name))

    def _find(self, connection: Reading, workspace_id: str, name: str) -> ClusterRecord:
        found = compute_rows.find(connection, workspace_id, name)
        if found is None or found.state == DELETED:
            self._targets.check(connection, workspace_id, name)  # says what there is
        return _present(found)

    async def create(self, workspace_id: str, ask: ClusterAsk) -> ClusterRecord:
        """Make a cluster. Of a name that is taken by one of the same size and kind, the settings are renewed, as v1's
        service did.

        Raises:
            BadTargetName, BadComputeSetting, WorkspaceNotFound.
            TargetExists: one of another size, or a target that always exists, has the name.
            TargetLeaving: one of that name is being deleted.
        """
        check_target_name(ask.name)
        check_new(ask.settings)
        return await self._database.write(lambda tx: self._create(tx, workspace_id, ask))

    def _create(self, tx: Transaction, workspace_id: str, ask: ClusterAsk) -> ClusterRecord:
        workspaces.record(tx, workspace_id)
        if any(view.name == ask.name for view in self._targets.always()):
            raise TargetExists(name=ask.name, what="which is always there")
        old = compute_rows.find(tx, workspace_id, ask.name)
        if old is not None and old.state != DELETED:
            self._targets.check(tx, workspace_id, ask.name)
            if old.settings.vm_size.lower() != ask.settings.vm_size.lower():
                raise TargetExists(name=ask.name, what="of vm_size %s" % old.settings.vm_size)
        at = now()
        since = at if old is None or old.state == DELETED else old.created_at
        record = ClusterRecord(
            ask.name, AMLCOMPUTE, READY, ask.settings, since, at, description=ask.description, tags=ask.tags
        )
        return _store(tx, workspace_id, record)

    async def update(self, workspace_id: str, name: str, patch: ClusterPatch) -> ClusterRecord:
        """Change the settings; more places are filled at once, fewer wait for runs to end.

        Raises:
            UnknownTarget, TargetLeaving, BadComputeSetting.
        """
        changed = {key: value for key, value in vars(patch).items() if value is not None}

        def update(tx: Transaction) -> ClusterRecord:
            self._targets.check(tx, workspace_id, name)
            record = self._find(tx, workspace_id, name)
            settings = check_settings(replace(record.settings, **changed))
            return _store(tx, workspace_id, replace(record, settings=settings, modified_at=now()))

        return await self._database.write(update)

    async def delete(self, workspace_id: str, name: str, actor: str) -> ClusterRecord:
        """Runs that wait are canceled, those that hold a place go on; with the last of them the cluster is gone.

        Raises:
            UnknownTarget.
        """

        def delete(tx: Transaction) -> ClusterRecord:
            record = self._find(tx, workspace_id, name)
            if record.state == READY:
                _cancel_waiting(tx, workspace_id, name, actor)
            left = compute_rows.line(tx, workspace_id, name).holding
            return _store(tx, workspace_id, replace(record, state=DELETING if left else DELETED, modified_at=now()))

        return await self._database.write(delete)

    async def finish_deleting(self) -> None:
        """Those whose last run has ended are gone from now on."""
        for workspace_id, name in compute_rows.leaving(self._database.reader):
            line = compute_rows.line(self._database.reader, workspace_id, name)
            if not line.holding and not line.waiting:
                await self._database.write(functools.partial(_finish, workspace_id=workspace_id, name=name))

    # --- queues

    def capacity(self, workspace_id: str, name: str) -> Optional[int]:
        """How many runs a target takes at once; None: as many as come."""
        found = compute_rows.find(self._database.reader, workspace_id, name)
        return None if found is None else found.settings.max_nodes

    def holding(self, workspace_id: str, name: str) -> List[str]:
        """Ids of the runs that hold a place."""
        return list(compute_rows.line(self._database.reader, workspace_id, name).holding)

    def waiting(self, workspace_id: str, name: str, limit: int) -> List[str]:
        """Ids of the first that wait, oldest first."""
        return compute_rows.waiting(self._database.reader, workspace_id, name, limit)

    def queues(self) -> List[tuple[str, str]]:
        """Workspace and name of all targets in whose queues somebody may wait."""
        return compute_rows.lines(self._database.reader)

    def with_reason(self, connection: Reading, row: run_rows.RunRow) -> RunRecord:
        """The run; while it waits for a node, ``status_reason`` says so in one sentence of the present."""
        run = row.run
        if run.status is not RunStatus.QUEUED or run.target is None:
            return run
        cluster = compute_rows.find(connection, run.workspace_id, run.target)
        if cluster is None:
            return run
        line = compute_rows.line(connection, run.workspace_id, run.target)
        before = compute_rows.waiting_before(connection, run.workspace_id, run.target, row.uid)
        why = None if run.id in line.holding else waits_for(cluster, len(line.holding), before)
        return run if why is None else replace(run, status_reason=why)


def _present(record: Optional[ClusterRecord]) -> ClusterRecord:
    assert record is not None
    return record


def _told(connection: Reading, workspace_id: str, record: ClusterRecord) -> ClusterRecord:
    line = compute_rows.line(connection, workspace_id, record.name)
    return replace(record, running=line.holding, waiting=line.waiting)


def _store(tx: Transaction, workspace_id: str, record: ClusterRecord) -> ClusterRecord:
    compute_rows.put(tx, workspace_id, record)
    tx.announce(TargetChanged(workspace_id, record.name))
    return _told(tx, workspace_id, record)


def _cancel_waiting(tx: Transaction, workspace_id: str, name: str, actor: str) -> None:
    for run_id in compute_rows.waiting(tx, workspace_id, name, -1):
        row = run_rows.find(tx, workspace_id, run_id)
        if row is not None:
            lives.ask_to_cancel_all(tx, row, None, "its compute target %s was deleted" % name, actor)


def _finish(tx: Transaction, workspace_id: str, name: str) -> None:
    record = compute_rows.find(tx, workspace_id, name)
    if record is not None and record.state == DELETING:
        compute_rows.put_state(tx, workspace_id, name, DELETED)
        tx.announce(TargetChanged(workspace_id, name))
