"""Datastores: those that every workspace has, those that were registered, and where their files lie."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import List

from trainshed.contract import data_settings
from trainshed.contract.data_errors import DatastoreExists, DatastoreFixed, DatastoreNotFound
from trainshed.contract.data_records import (
    AZURE_BLOB,
    AZURE_FILE,
    BLOB_STORE,
    FILE_STORE,
    OWN_STORES,
    STORE_TYPES,
    DatastoreAsk,
    DatastorePage,
    DatastoreRecord,
    check_store_name,
)
from trainshed.contract.errors import BadValue
from trainshed.contract.layout import HomeLayout
from trainshed.contract.records import WorkspaceRecord
from trainshed.contract.wire import now
from trainshed.server.services import workspaces
from trainshed.server.services.ground import Ground
from trainshed.server.storage import data_rows
from trainshed.server.storage.writer import Reading, Transaction


class Datastores:
    """The datastores of each workspace. Registering contacts nobody."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def page(self, workspace_id: str) -> DatastorePage:
        """All of a workspace, by name; WorkspaceNotFound."""
        return DatastorePage(tuple(self._all(self._ground.database.reader, workspace_id)))

    async def get(self, workspace_id: str, name: str) -> DatastoreRecord:
        """The datastore of that name; DatastoreNotFound."""
        return _find(self._all(self._ground.database.reader, workspace_id), name)

    async def register(self, workspace_id: str, ask: DatastoreAsk) -> DatastoreRecord:
        """Record a datastore; the same again changes nothing.

        Raises:
            BadValue: a name or type that cannot be. DatastoreFixed: every workspace has one of that name.
            DatastoreExists: one of that name is registered otherwise, and ``overwrite`` is not said.
        """
        name = check_store_name(ask.name)
        if ask.type not in STORE_TYPES:
            raise BadValue(what="datastore type %r" % ask.type, why="use one of %s" % ", ".join(STORE_TYPES))
        if name in OWN_STORES:
            raise DatastoreFixed(name=name, what="registered")
        record = DatastoreRecord(name, ask.type, ask.properties, created_at=now())
        await self._ground.database.write(lambda tx: _register(tx, workspace_id, record, overwrite=ask.overwrite))
        return await self.get(workspace_id, name)

    async def remove(self, workspace_id: str, name: str) -> DatastoreRecord:
        """Forget a datastore; files stay where they are. DatastoreNotFound, DatastoreFixed."""
        record = await self.get(workspace_id, name)
        if record.own:
            raise DatastoreFixed(name=name, what="unregistered")
        await self._ground.database.write(lambda tx: data_rows.remove_store(tx, workspace_id, name))
        return record

    async def set_default(self, workspace_id: str, name: str) -> DatastoreRecord:
        """Make a datastore the workspace's default one; DatastoreNotFound."""
        await self.get(workspace_id, name)
        await self._ground.database.write(lambda tx: data_rows.set_default_store(tx, workspace_id, name))
        return await self.get(workspace_id, name)

    def _all(self, connection: Reading, workspace_id: str) -> List[DatastoreRecord]:
        workspace = workspaces.record(connection, workspace_id)
        layout = self._ground.layout
        settings = data_settings.read(layout.data_settings)
        default = data_rows.default_store(connection, workspace_id) or BLOB_STORE
        known = [*_own(layout, workspace), *data_rows.stores(connection, workspace_id)]
        return [
            replace(
                record,
                folder=settings.folder_of(record.name) or record.folder,
                settings=settings.file,
                is_default=record.name == default,
            )
            for record in sorted(known, key=lambda record: record.name)
        ]


def _own(layout: HomeLayout, workspace: WorkspaceRecord) -> List[DatastoreRecord]:
    """v1's two, under the names that v1 gave container and share."""
    made = []
    for name, kind, container in (
        (BLOB_STORE, AZURE_BLOB, "azureml-blobstore-%s" % workspace.id),
        (FILE_STORE, AZURE_FILE, "azureml-filestore-%s" % workspace.id),
    ):
        folder = layout.datastore(workspace.id, name)
        folder.mkdir(parents=True, exist_ok=True)
        properties = {"container_name": container, "account_name": "local"}
        made.append(
            DatastoreRecord(name, kind, properties, folder=str(folder), own=True, created_at=workspace.created_at)
        )
    return made


def _find(known: List[DatastoreRecord], name: str) -> DatastoreRecord:
    for record in known:
        if record.name == name:
            return record
    names = [record.name for record in known]
    near = get_close_matches(name, names, 3)
    did = " Did you mean %s?" % " or ".join(repr(one) for one in near) if near else ""
    raise DatastoreNotFound(name=name, known=", ".join(names), near=did)


def _register(tx: Transaction, workspace_id: str, record: DatastoreRecord, *, overwrite: bool) -> None:
    workspaces.record(tx, workspace_id)
    for known in data_rows.stores(tx, workspace_id):
        if known.name != record.name:
            continue
        difference = _difference(known, record)
        if not difference:
            return
        if not overwrite:
            raise DatastoreExists(name=record.name, difference=difference)
    data_rows.put_store(tx, workspace_id, record)


def _difference(old: DatastoreRecord, new: DatastoreRecord) -> str:
    if old.type != new.type:
        return "%s, not %s" % (old.type, new.type)
    names = sorted({*old.properties, *new.properties})
    changed = [name for name in names if old.properties.get(name) != new.properties.get(name)]
    return ", ".join("%s %r, not %r" % (n, old.properties.get(n), new.properties.get(n)) for n in changed)
