"""Registered models: their versions, tags, files and lineage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, insert, literal, select, update

from trainshed.contract.models import ModelDataset, ModelFile, ModelRecord, ModelResources
from trainshed.contract.wire import to_wire
from trainshed.server.storage import blob_rows
from trainshed.server.storage import model_tables as t
from trainshed.server.storage.writer import Reading, Transaction

_m = t.models.c
_PLAIN = tuple(column.name for column in t.models.columns if column.name not in ("uid", "resources"))
_COLUMNS = (_m.uid, _m.resources, *(_m[name] for name in _PLAIN))
_REF = "model"
Pairs = Tuple[Tuple[str, Optional[str]], ...]


@dataclass(frozen=True)
class ModelRow:
    """A model and its number in the database."""

    uid: int
    model: ModelRecord


@dataclass(frozen=True)
class ModelFilter:
    """What a list of models is narrowed to. ``tags`` and ``properties``: a value None asks only that the name is
    there. ``latest``: of those that fit only the newest version of each name.
    """

    name: Optional[str] = None
    version: Optional[int] = None
    tags: Pairs = ()
    properties: Pairs = ()
    run_id: Optional[str] = None
    dataset_id: Optional[str] = None
    framework: Optional[str] = None
    latest: bool = False


def page(
    connection: Reading, workspace_id: str, narrowed: ModelFilter, limit: int, below_uid: Optional[int] = None
) -> List[ModelRow]:
    """Up to ``limit`` models, newest first, older than the model ``below_uid``."""
    query = _narrowed(select(*_COLUMNS), workspace_id, narrowed).order_by(_m.uid.desc()).limit(limit)
    if below_uid is not None:
        query = query.where(_m.uid < below_uid)
    return _records(connection, query)


def find(connection: Reading, workspace_id: str, name: str, version: int) -> Optional[ModelRow]:
    """That version of that name, or None."""
    found = page(connection, workspace_id, ModelFilter(name=name, version=version), 1)
    return found[0] if found else None


def by_id(connection: Reading, workspace_id: str, model_id: str) -> Optional[ModelRow]:
    """The model of that id, or None."""
    found = _records(connection, select(*_COLUMNS).where(_m.workspace_id == workspace_id, _m.id == model_id))
    return found[0] if found else None


def names(connection: Reading, workspace_id: str) -> List[str]:
    """The names that models of a workspace have, sorted."""
    query = select(_m.name).where(_m.workspace_id == workspace_id).distinct().order_by(_m.name)
    return [row[0] for row in connection.execute(query)]


def frameworks(connection: Reading, workspace_id: str) -> List[str]:
    """The frameworks that models of a workspace name, sorted."""
    query = select(_m.framework).where(_m.workspace_id == workspace_id, _m.framework.is_not(None)).distinct()
    return [row[0] for row in connection.execute(query.order_by(_m.framework))]


def files(connection: Reading, uid: int) -> List[ModelFile]:
    """The files of a model, by path."""
    f = t.model_files.c
    query = select(f.path, f.sha256, f.size_bytes).where(f.model_uid == uid).order_by(f.path)
    return [ModelFile(*row) for row in connection.execute(query)]


def _narrowed(query: Select[Any], workspace_id: str, narrowed: ModelFilter) -> Select[Any]:
    query = query.where(*_conditions(_m, workspace_id, narrowed))
    if narrowed.latest:
        other = t.models.alias().c
        fits = _conditions(other, workspace_id, narrowed)
        newer = select(literal(1)).where(*fits, other.name == _m.name, other.version > _m.version)
        query = query.where(~newer.exists())
    return query


def _conditions(m: Any, workspace_id: str, narrowed: ModelFilter) -> List[ColumnElement[bool]]:
    """What must hold of a row of models; ``m``: its columns."""
    found: List[ColumnElement[bool]] = [m.workspace_id == workspace_id]
    for column, value in (
        (m.name, narrowed.name),
        (m.version, narrowed.version),
        (m.run_id, narrowed.run_id),
        (m.framework, narrowed.framework),
    ):
        if value is not None:
            found.append(column == value)
    for table, wanted in ((t.model_tags, narrowed.tags), (t.model_properties, narrowed.properties)):
        for name, value in wanted:
            has = select(literal(1)).where(table.c.model_uid == m.uid, table.c.name == name)
            found.append((has if value is None else has.where(table.c.value == value)).exists())
    if narrowed.dataset_id is not None:
        d = t.model_datasets.c
        found.append(m.uid.in_(select(d.model_uid).where(d.dataset_id == narrowed.dataset_id)))
    return found


def _records(connection: Reading, query: Select[Any]) -> List[ModelRow]:
    rows = list(connection.execute(query))
    uids = [row[0] for row in rows]
    tags = _pairs(connection, t.model_tags, uids)
    properties = _pairs(connection, t.model_properties, uids)
    datasets = _datasets(connection, uids)
    return [
        ModelRow(
            row[0],
            ModelRecord(
                **dict(zip(_PLAIN, row[2:])),
                resources=None if row[1] is None else msgspec.convert(row[1], ModelResources),
                tags=tags.get(row[0], {}),
                properties=properties.get(row[0], {}),
                datasets=tuple(datasets.get(row[0], ())),
            ),
        )
        for row in rows
    ]


def _pairs(connection: Reading, table: Any, uids: Sequence[int]) -> Dict[int, Dict[str, Optional[str]]]:
    found: Dict[int, Dict[str, Optional[str]]] = {}
    query = select(table.c.model_uid, table.c.name, table.c.value).where(table.c.model_uid.in_(uids))
    for uid, name, value in connection.execute(query.order_by(table.c.name)):
        found.setdefault(uid, {})[name] = value
    return found


def _datasets(connection: Reading, uids: Sequence[int]) -> Dict[int, List[ModelDataset]]:
    d = t.model_datasets.c
    found: Dict[int, List[ModelDataset]] = {}
    query = select(d.model_uid, d.purpose, d.dataset_id, d.name, d.version).where(d.model_uid.in_(uids))
    for uid, *values in connection.execute(query.order_by(d.model_uid, d.position)):
        found.setdefault(uid, []).append(ModelDataset(*values))
    return found


# --- writing


def next_version(tx: Transaction, workspace_id: str, name: str) -> int:
    """Count one more version of a name; from 1."""
    n = t.model_names.c
    counted = (
        update(t.model_names)
        .where(n.workspace_id == workspace_id, n.name == name)
        .values(last_version=n.last_version + 1)
        .returning(n.last_version)
    )
    version = tx.execute(counted).scalar()
    if version is not None:
        return int(version)
    tx.execute(insert(t.model_names), {"workspace_id": workspace_id, "name": name, "last_version": 1})
    return 1


def add(tx: Transaction, model: ModelRecord, contents: Sequence[ModelFile]) -> int:
    """Store a new version with its files, which the store has; returns its uid."""
    uid = int(tx.execute(insert(t.models), _values(model)).inserted_primary_key[0])
    set_tags(tx, uid, model.tags)
    add_properties(tx, uid, model.properties)
    add_datasets(tx, uid, model.datasets)
    rows = [{"model_uid": uid, "path": f.path, "sha256": f.sha256, "size_bytes": f.size_bytes} for f in contents]
    tx.execute(insert(t.model_files), rows)
    blob_rows.refer(tx, _REF, [(f.sha256, _owner(uid, f.path)) for f in contents])
    return uid


def put(tx: Transaction, uid: int, model: ModelRecord) -> None:
    """Store what changed of a model itself; tags, properties and datasets have functions of their own."""
    tx.execute(update(t.models).where(_m.uid == uid).values(_values(model)))


def _values(model: ModelRecord) -> Dict[str, Any]:
    values = {name: getattr(model, name) for name in _PLAIN}
    values["resources"] = None if model.resources is None else to_wire(model.resources)
    return values


def set_tags(tx: Transaction, uid: int, tags: Mapping[str, Optional[str]]) -> None:
    """Set some tags."""
    _put_pairs(tx, t.model_tags, uid, tags)


def remove_tags(tx: Transaction, uid: int, wanted: Optional[Sequence[str]] = None) -> None:
    """Remove the tags of these names, or all."""
    tags = t.model_tags.c
    gone = delete(t.model_tags).where(tags.model_uid == uid)
    tx.execute(gone if wanted is None else gone.where(tags.name.in_(wanted)))


def add_properties(tx: Transaction, uid: int, properties: Mapping[str, Optional[str]]) -> None:
    """Store properties; whether they may be set is the caller's rule."""
    _put_pairs(tx, t.model_properties, uid, properties)


def _put_pairs(tx: Transaction, table: Any, uid: int, pairs: Mapping[str, Optional[str]]) -> None:
    if pairs:
        rows = [{"model_uid": uid, "name": name, "value": value} for name, value in pairs.items()]
        tx.execute(insert(table).prefix_with("OR REPLACE"), rows)


def add_datasets(tx: Transaction, uid: int, datasets: Sequence[ModelDataset]) -> None:
    """Add to the data that a model was made from; what is told twice counts once."""
    d = t.model_datasets.c
    known = set(_datasets(tx, [uid]).get(uid, ()))
    first = tx.execute(select(func.count()).where(d.model_uid == uid)).scalar() or 0
    fresh = [dataset for dataset in dict.fromkeys(datasets) if dataset not in known]
    rows = [{"model_uid": uid, "position": first + n, **to_wire(dataset)} for n, dataset in enumerate(fresh)]
    if rows:
        tx.execute(insert(t.model_datasets), rows)


def remove(tx: Transaction, row: ModelRow) -> None:
    """Forget a model; contents that nobody else refers to are left to the sweep."""
    for file in files(tx, row.uid):
        blob_rows.drop_reference(tx, file.sha256, _REF, _owner(row.uid, file.path))
    for table in (t.model_files, t.model_datasets, t.model_properties, t.model_tags):
        tx.execute(delete(table).where(table.c.model_uid == row.uid))
    tx.execute(delete(t.models).where(_m.uid == row.uid))


def _owner(uid: int, path: str) -> str:
    return "%d/%s" % (uid, path)
