"""Datastores and datasets in the database, and which run was given which dataset."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Dict, List, Optional, Sequence

import msgspec
from sqlalchemy import delete, func, insert, select, update

from trainshed.contract.data_records import (
    DatasetDefinition,
    DatasetPatch,
    DatasetRecord,
    DatasetUse,
    DatastoreRecord,
)
from trainshed.contract.spec import DataInput
from trainshed.contract.status import RunStatus
from trainshed.contract.wire import to_wire
from trainshed.server.storage import data_tables as d
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading, Transaction

_s = d.datastores.c
_d = d.datasets.c
_STORES = select(_s.name, _s.type, _s.properties, _s.created_at)
_newest = d.datasets.alias("newest")
_LATEST = (
    select(func.max(_newest.c.version))
    .where(_newest.c.workspace_id == _d.workspace_id, _newest.c.name == _d.name)
    .scalar_subquery()
)
_DATASETS = select(
    _d.id, _d.definition, _d.created_at, _d.name, _d.version, _LATEST.label("latest"), _d.description, _d.tags
)


# --- datastores


def stores(connection: Reading, workspace_id: str) -> List[DatastoreRecord]:
    """The registered ones, by name."""
    rows = connection.execute(_STORES.where(_s.workspace_id == workspace_id).order_by(_s.name))
    return [DatastoreRecord(row[0], row[1], row[2], created_at=row[3]) for row in rows]


def put_store(tx: Transaction, workspace_id: str, record: DatastoreRecord) -> None:
    """Add or replace a datastore."""
    values = {
        "workspace_id": workspace_id,
        "name": record.name,
        "type": record.type,
        "properties": dict(record.properties),
        "created_at": record.created_at,
    }
    tx.execute(insert(d.datastores).prefix_with("OR REPLACE"), values)


def remove_store(tx: Transaction, workspace_id: str, name: str) -> None:
    """Forget a datastore; it is no longer the default one."""
    tx.execute(delete(d.datastores).where(_s.workspace_id == workspace_id, _s.name == name))
    own = d.default_datastores.c
    tx.execute(delete(d.default_datastores).where(own.workspace_id == workspace_id, own.name == name))


def default_store(connection: Reading, workspace_id: str) -> Optional[str]:
    """The name of the datastore that was made the default one, or None."""
    own = d.default_datastores.c
    return connection.execute(select(own.name).where(own.workspace_id == workspace_id)).scalar()


def set_default_store(tx: Transaction, workspace_id: str, name: str) -> None:
    """Make a datastore the default one."""
    values = {"workspace_id": workspace_id, "name": name}
    tx.execute(insert(d.default_datastores).prefix_with("OR REPLACE"), values)


# --- datasets


def digest(definition: DatasetDefinition) -> str:
    """The same for the same definition."""
    return sha256(json.dumps(to_wire(definition), sort_keys=True).encode()).hexdigest()


def _record(row: Any) -> DatasetRecord:
    return DatasetRecord(
        id=row[0],
        definition=msgspec.convert(row[1], DatasetDefinition),
        created_at=row[2],
        name=row[3],
        version=row[4],
        latest=row[4] is not None and row[4] == row[5],
        description=row[6],
        tags=row[7],
    )


def dataset(connection: Reading, workspace_id: str, dataset_id: str) -> Optional[DatasetRecord]:
    """The dataset of that id."""
    row = connection.execute(_DATASETS.where(_d.workspace_id == workspace_id, _d.id == dataset_id)).first()
    return None if row is None else _record(row)


def versions(connection: Reading, workspace_id: str, name: str) -> List[DatasetRecord]:
    """All versions of a name, newest first."""
    query = _DATASETS.where(_d.workspace_id == workspace_id, _d.name == name).order_by(_d.version.desc())
    return [_record(row) for row in connection.execute(query)]


def newest(connection: Reading, workspace_id: str) -> List[DatasetRecord]:
    """The newest version of each name, by name."""
    query = _DATASETS.where(_d.workspace_id == workspace_id, _d.version == _LATEST).order_by(_d.name)
    return [_record(row) for row in connection.execute(query)]


def like(connection: Reading, workspace_id: str, definition: DatasetDefinition) -> Optional[DatasetRecord]:
    """An unregistered dataset of that definition."""
    same = (_d.workspace_id == workspace_id) & (_d.digest == digest(definition)) & _d.name.is_(None)
    row = connection.execute(_DATASETS.where(same).order_by(_d.created_at).limit(1)).first()
    return None if row is None else _record(row)


def add_dataset(tx: Transaction, workspace_id: str, record: DatasetRecord) -> None:
    """Keep a dataset."""
    values: Dict[str, Any] = {
        "id": record.id,
        "workspace_id": workspace_id,
        "name": record.name,
        "version": record.version,
        "digest": digest(record.definition),
        "definition": to_wire(record.definition),
        "description": record.description,
        "tags": dict(record.tags),
        "created_at": record.created_at,
    }
    tx.execute(insert(d.datasets), values)


def change_dataset(tx: Transaction, record: DatasetRecord, patch: DatasetPatch) -> None:
    """Description and tags."""
    tags = {name: value for name, value in record.tags.items() if name not in patch.remove_tags}
    tags.update(patch.set_tags)
    description = record.description if patch.description is None else patch.description
    tx.execute(update(d.datasets).where(_d.id == record.id).values(tags=tags, description=description))


def unregister(tx: Transaction, workspace_id: str, name: str) -> int:
    """All versions lose their name; how many."""
    mine = (_d.workspace_id == workspace_id) & (_d.name == name)
    return int(tx.execute(update(d.datasets).where(mine).values(name=None, version=None)).rowcount)


# --- lineage


def add_uses(tx: Transaction, workspace_id: str, run_uid: int, inputs: Sequence[DataInput]) -> None:
    """Which of the workspace's datasets a run is given."""
    for given in inputs:
        dataset_id = given.reference.get("dataset_id")
        if not isinstance(dataset_id, str) or dataset(tx, workspace_id, dataset_id) is None:
            continue
        values = {"run_uid": run_uid, "name": given.name, "dataset_id": dataset_id, "mode": given.mode}
        tx.execute(insert(d.run_datasets).prefix_with("OR REPLACE"), values)


def uses(connection: Reading, dataset_id: str) -> List[DatasetUse]:
    """The runs that were given a dataset, newest first."""
    u = d.run_datasets.c
    query = (
        select(t.runs.c.id, t.runs.c.status, u.name, u.mode)
        .join(t.runs, t.runs.c.uid == u.run_uid)
        .where(u.dataset_id == dataset_id)
        .order_by(u.run_uid.desc(), u.name)
    )
    return [DatasetUse(row[0], RunStatus(row[1]), row[2], row[3]) for row in connection.execute(query)]
