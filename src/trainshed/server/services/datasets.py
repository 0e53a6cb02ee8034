"""Datasets: kept by definition, registered by name and version."""

from __future__ import annotations

from difflib import get_close_matches
from typing import List, Optional
from uuid import uuid4

from trainshed.contract.data_errors import DatasetExists, DatasetNotFound
from trainshed.contract.data_records import (
    DatasetAsk,
    DatasetPage,
    DatasetPatch,
    DatasetRecord,
    DatasetUses,
    check_dataset_name,
)
from trainshed.contract.errors import BadValue
from trainshed.contract.wire import now
from trainshed.server.services import workspaces
from trainshed.server.services.ground import Ground
from trainshed.server.storage import data_rows
from trainshed.server.storage.writer import Reading, Transaction


class Datasets:
    """The datasets of each workspace."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def keep(self, workspace_id: str, ask: DatasetAsk) -> DatasetRecord:
        """Keep a dataset, so that it has an id; with a name, as a version of that name.

        The same definition gives what is there already; then only description and tags are brought up to date.

        Raises:
            BadValue: a name that cannot be. WorkspaceNotFound.
            DatasetExists: the name is taken by another definition, and ``create_new_version`` is not said.
        """
        if ask.name is not None:
            check_dataset_name(ask.name)
        return await self._ground.database.write(lambda tx: _keep(tx, workspace_id, ask))

    async def page(self, workspace_id: str, name: Optional[str] = None) -> DatasetPage:
        """The newest version of each name; of one name all versions, newest first (none: an empty page)."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        if name is None:
            return DatasetPage(tuple(data_rows.newest(connection, workspace_id)))
        return DatasetPage(tuple(data_rows.versions(connection, workspace_id, name)))

    async def by_name(self, workspace_id: str, name: str, version: Optional[int] = None) -> DatasetRecord:
        """A version of a name, the newest one if none is said; DatasetNotFound."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        return _by_name(connection, workspace_id, name, version)

    async def get(self, workspace_id: str, dataset_id: str) -> DatasetRecord:
        """The dataset of that id, registered or not; DatasetNotFound."""
        return _by_id(self._ground.database.reader, workspace_id, dataset_id)

    async def patch(self, workspace_id: str, dataset_id: str, patch: DatasetPatch) -> DatasetRecord:
        """Change description and tags of a registered version; DatasetNotFound."""

        def change(tx: Transaction) -> DatasetRecord:
            record = _by_id(tx, workspace_id, dataset_id)
            if record.name is None:
                raise BadValue(what="dataset %s" % dataset_id, why="it is not registered; register it first")
            data_rows.change_dataset(tx, record, patch)
            return _by_id(tx, workspace_id, dataset_id)

        return await self._ground.database.write(change)

    async def unregister(self, workspace_id: str, name: str) -> DatasetPage:
        """Take back all versions of a name; runs that were given one keep it. DatasetNotFound."""

        def unregister(tx: Transaction) -> DatasetPage:
            found = data_rows.versions(tx, workspace_id, name)
            if not data_rows.unregister(tx, workspace_id, name):
                raise _unknown(tx, workspace_id, name, None)
            return DatasetPage(tuple(found))

        return await self._ground.database.write(unregister)

    async def uses(self, workspace_id: str, dataset_id: str) -> DatasetUses:
        """The runs that were given a dataset; DatasetNotFound."""
        connection = self._ground.database.reader
        _by_id(connection, workspace_id, dataset_id)
        return DatasetUses(tuple(data_rows.uses(connection, dataset_id)))


def _keep(tx: Transaction, workspace_id: str, ask: DatasetAsk) -> DatasetRecord:
    workspaces.record(tx, workspace_id)
    if ask.name is None:
        return data_rows.like(tx, workspace_id, ask.definition) or _add(tx, workspace_id, ask, None)
    known = data_rows.versions(tx, workspace_id, ask.name)
    for version in known:
        if version.definition == ask.definition:
            data_rows.change_dataset(tx, version, DatasetPatch(ask.description, ask.tags))
            return _by_id(tx, workspace_id, version.id)
    if known and not ask.create_new_version:
        raise DatasetExists(name=ask.name, version=known[0].version)
    return _add(tx, workspace_id, ask, 1 + (known[0].version or 0) if known else 1)


def _add(tx: Transaction, workspace_id: str, ask: DatasetAsk, version: Optional[int]) -> DatasetRecord:
    record = DatasetRecord(
        id=str(uuid4()),
        definition=ask.definition,
        created_at=now(),
        name=ask.name,
        version=version,
        description=ask.description,
        tags=ask.tags,
    )
    data_rows.add_dataset(tx, workspace_id, record)
    return _by_id(tx, workspace_id, record.id)


def _by_id(connection: Reading, workspace_id: str, dataset_id: str) -> DatasetRecord:
    found = data_rows.dataset(connection, workspace_id, dataset_id)
    if found is None:
        raise _unknown(connection, workspace_id, None, None, dataset_id)
    return found


def _by_name(connection: Reading, workspace_id: str, name: str, version: Optional[int]) -> DatasetRecord:
    for found in data_rows.versions(connection, workspace_id, name):
        if version in (None, found.version):
            return found
    raise _unknown(connection, workspace_id, name, version)


def _unknown(
    connection: Reading, workspace_id: str, name: Optional[str], version: Optional[int], dataset_id: str = ""
) -> DatasetNotFound:
    known = [record.name or "" for record in data_rows.newest(connection, workspace_id)]
    if name is None:
        return DatasetNotFound(what="with id %r" % dataset_id, known=_words(known), near="", name="name")
    versions = [str(found.version) for found in data_rows.versions(connection, workspace_id, name)]
    if versions:
        what = "%r in version %s (its versions: %s)" % (name, version, ", ".join(versions))
        return DatasetNotFound(what=what, known=_words(known), near="", name=name)
    near = get_close_matches(name, known, 3)
    did = " Did you mean %s?" % " or ".join(repr(one) for one in near) if near else ""
    return DatasetNotFound(what=repr(name), known=_words(known), near=did, name=name)


def _words(known: List[str]) -> str:
    return ", ".join(repr(name) for name in known[:20]) + (" ..." if len(known) > 20 else "") if known else "none"
