"""Workspaces and their experiments."""

from __future__ import annotations

from typing import List, Tuple

from sqlalchemy import bindparam, insert, select, update

from trainshed.contract.api import ExperimentView, WorkspaceAsk
from trainshed.contract.errors import BadValue, NotAllowed, WorkspaceNotFound
from trainshed.contract.names import check_experiment_name, new_id
from trainshed.contract.records import WorkspaceRecord
from trainshed.contract.wire import now
from trainshed.server.services.callers import RUN, Caller
from trainshed.server.services.ground import Ground
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading, Transaction

_w = t.workspaces.c
_CHOSEN = select(_w.id, _w.name, _w.subscription_id, _w.resource_group, _w.location, _w.created_at)

_BY_ID = _CHOSEN.where(_w.id == bindparam("id"))
_e = t.experiments.c
_EXPERIMENT_ID = select(_e.id).where(_e.workspace_id == bindparam("ws"), _e.name == bindparam("name"))
_COUNT_RUN = (
    update(t.experiments)
    .where(_e.id == bindparam("experiment"))
    .values(run_count=_e.run_count + 1)
    .returning(_e.run_count)
)


class Workspaces:
    """Finds and makes workspaces."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def get_or_create(self, ask: WorkspaceAsk, caller: Caller) -> WorkspaceRecord:
        """The workspace of these names; made if it is missing and ``create`` says so.

        Raises:
            WorkspaceNotFound: names those that exist.
            NotAllowed: a run asked for another workspace than its own.
        """
        found = _find(self._ground.database.reader, ask)
        if caller.kind == RUN and (found is None or found.id != caller.workspace_id):
            raise NotAllowed(what="workspace %r" % ask.name, why="A run works in its own workspace.")
        if found is not None:
            return found
        if not ask.create:
            known = ", ".join(sorted(w.name for w in await self.list())) or "none"
            raise WorkspaceNotFound(
                name=ask.name, subscription_id=ask.subscription_id, resource_group=ask.resource_group, known=known
            )
        for what, value in (
            ("name", ask.name),
            ("subscription_id", ask.subscription_id),
            ("resource_group", ask.resource_group),
        ):
            if not value.strip():
                raise BadValue(what="workspace %s" % what, why="it is empty")
        return await self._ground.database.write(lambda tx: _create(tx, ask))

    async def list(self) -> List[WorkspaceRecord]:
        """All workspaces, oldest first."""
        rows = self._ground.database.reader.execute(_CHOSEN.order_by(_w.created_at))
        return [WorkspaceRecord(*row) for row in rows]

    async def get(self, workspace_id: str) -> WorkspaceRecord:
        """The workspace of that id; WorkspaceNotFound."""
        return record(self._ground.database.reader, workspace_id)

    async def experiments(self, workspace_id: str) -> Tuple[ExperimentView, ...]:
        """The experiments of a workspace, by name; WorkspaceNotFound."""
        connection = self._ground.database.reader
        record(connection, workspace_id)
        e = t.experiments.c
        rows = connection.execute(
            select(e.name, e.created_at, e.run_count).where(e.workspace_id == workspace_id).order_by(e.name)
        )
        return tuple(ExperimentView(*row) for row in rows)

    async def ensure_experiment(self, workspace_id: str, name: str) -> ExperimentView:
        """The experiment of that name, made if missing; BadExperimentName, WorkspaceNotFound."""
        check_experiment_name(name)

        def ensure(tx: Transaction) -> ExperimentView:
            number = experiment_id(tx, workspace_id, name)
            e = t.experiments.c
            return ExperimentView(*tx.execute(select(e.name, e.created_at, e.run_count).where(e.id == number)).one())

        return await self._ground.database.write(ensure)


def record(connection: Reading, workspace_id: str) -> WorkspaceRecord:
    """The workspace of that id; WorkspaceNotFound."""
    row = connection.execute(_BY_ID, {"id": workspace_id}).first()
    if row is None:
        known = ", ".join(sorted(name for (name,) in connection.execute(select(_w.name)))) or "none"
        raise WorkspaceNotFound(name=workspace_id, subscription_id="", resource_group="", known=known)
    return WorkspaceRecord(*row)


def experiment_id(tx: Transaction, workspace_id: str, name: str) -> int:
    """The experiment's number in the database; made if missing."""
    known = tx.execute(_EXPERIMENT_ID, {"ws": workspace_id, "name": name}).scalar()
    if known is not None:
        return int(known)
    record(tx, workspace_id)
    values = {"workspace_id": workspace_id, "name": name, "created_at": now(), "run_count": 0}
    return int(tx.execute(insert(t.experiments), values).inserted_primary_key[0])


def next_number(tx: Transaction, experiment: int) -> int:
    """Count one more run of an experiment; returns its number, from 1."""
    return int(tx.execute(_COUNT_RUN, {"experiment": experiment}).scalar_one())


def _find(connection: Reading, ask: WorkspaceAsk) -> WorkspaceRecord | None:
    named = (_w.name == ask.name) & (_w.subscription_id == ask.subscription_id)
    row = connection.execute(_CHOSEN.where(named, _w.resource_group == ask.resource_group)).first()
    return None if row is None else WorkspaceRecord(*row)


def _create(tx: Transaction, ask: WorkspaceAsk) -> WorkspaceRecord:
    found = _find(tx, ask)  # somebody may have been quicker
    if found is not None:
        return found
    made = WorkspaceRecord(new_id(), ask.name, ask.subscription_id, ask.resource_group, ask.location, now())
    tx.execute(insert(t.workspaces), dict(made.__dict__))
    return made
