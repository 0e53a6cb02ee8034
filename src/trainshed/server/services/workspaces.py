"""Workspaces."""

from __future__ import annotations

from dataclasses import replace
from typing import List

from sqlalchemy import bindparam, insert, select

from trainshed.contract.api import WorkspaceAsk
from trainshed.contract.errors import NotAllowed, WorkspaceNotFound
from trainshed.contract.history import WorkspaceNotes, WorkspacePatch
from trainshed.contract.names import check_workspace_names, new_id
from trainshed.contract.records import WorkspaceRecord
from trainshed.contract.wire import now
from trainshed.server.services.callers import RUN, Caller
from trainshed.server.services.ground import Ground
from trainshed.server.storage import tables as t
from trainshed.server.storage.history_tables import workspace_notes
from trainshed.server.storage.writer import Reading, Transaction

_w = t.workspaces.c
_CHOSEN = select(_w.id, _w.name, _w.subscription_id, _w.resource_group, _w.location, _w.created_at)

_n = workspace_notes.c
_NOTES = select(_n.friendly_name, _n.description, _n.tags).where(_n.workspace_id == bindparam("id"))
_PUT_NOTES = insert(workspace_notes).prefix_with("OR REPLACE")
_BY_ID = _CHOSEN.where(_w.id == bindparam("id"))


class Workspaces:
    """Finds and makes workspaces."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def get_or_create(self, ask: WorkspaceAsk, caller: Caller) -> WorkspaceRecord:
        """The workspace of these names; made if it is missing and ``create`` says so.

        Raises:
            WorkspaceNotFound: names those that exist.
            BadValue: no workspace can be called so.
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
        check_workspace_names(ask.name, ask.subscription_id, ask.resource_group)
        return await self._ground.database.write(lambda tx: _create(tx, ask))

    def of_newest_run(self) -> str:
        """The id of the workspace in which a run was made last; empty: there is no run."""
        newest = select(t.runs.c.workspace_id).order_by(t.runs.c.uid.desc()).limit(1)
        return self._ground.database.reader.execute(newest).scalar() or ""

    async def list(self) -> List[WorkspaceRecord]:
        """All workspaces, oldest first."""
        rows = self._ground.database.reader.execute(_CHOSEN.order_by(_w.created_at))
        return [WorkspaceRecord(*row) for row in rows]

    async def get(self, workspace_id: str) -> WorkspaceRecord:
        """The workspace of that id; WorkspaceNotFound."""
        return record(self._ground.database.reader, workspace_id)

    async def notes(self, workspace_id: str) -> WorkspaceNotes:
        """What people say about it; WorkspaceNotFound."""
        record(self._ground.database.reader, workspace_id)
        return _notes(self._ground.database.reader, workspace_id)

    async def change_notes(self, workspace_id: str, patch: WorkspacePatch) -> WorkspaceNotes:
        """Say something else about it; WorkspaceNotFound."""

        def change(tx: Transaction) -> WorkspaceNotes:
            record(tx, workspace_id)
            given = {name: value for name, value in vars(patch).items() if value is not None}
            changed = replace(_notes(tx, workspace_id), **given)
            tx.execute(_PUT_NOTES, {"workspace_id": workspace_id, **vars(changed)})
            return changed

        return await self._ground.database.write(change)


def record(connection: Reading, workspace_id: str) -> WorkspaceRecord:
    """The workspace of that id; WorkspaceNotFound."""
    row = connection.execute(_BY_ID, {"id": workspace_id}).first()
    if row is None:
        known = ", ".join(sorted(name for (name,) in connection.execute(select(_w.name)))) or "none"
        raise WorkspaceNotFound(name=workspace_id, subscription_id="", resource_group="", known=known)
    return WorkspaceRecord(*row)


def _notes(connection: Reading, workspace_id: str) -> WorkspaceNotes:
    row = connection.execute(_NOTES, {"id": workspace_id}).first()
    return WorkspaceNotes() if row is None else WorkspaceNotes(row[0], row[1], row[2])


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
