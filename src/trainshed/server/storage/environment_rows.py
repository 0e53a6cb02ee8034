"""Registered environments and private wheels in the database."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Dict, List, Mapping, Optional, Sequence

from sqlalchemy import func, insert, select

from trainshed.contract.environment_records import EnvironmentRecord
from trainshed.server.storage import blob_rows
from trainshed.server.storage import environment_tables as e
from trainshed.server.storage.writer import Reading, Transaction

_e = e.environments.c
_l = e.environment_labels.c
_w = e.wheels.c
_newest = e.environments.alias("newest")
_LATEST = (
    select(func.max(_newest.c.version))
    .where(_newest.c.workspace_id == _e.workspace_id, _newest.c.name == _e.name)
    .scalar_subquery()
)
_CHOSEN = select(_e.name, _e.version, _e.definition, _e.created_at, _LATEST.label("latest"))


def digest(definition: Mapping[str, Any]) -> str:
    """The same for the same definition."""
    return sha256(json.dumps(definition, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def newest(connection: Reading, workspace_id: str) -> List[EnvironmentRecord]:
    """The newest version of each environment, by name."""
    chosen = _CHOSEN.where(_e.workspace_id == workspace_id, _e.version == _LATEST).order_by(_e.name)
    return _records(connection, workspace_id, connection.execute(chosen))


def versions(connection: Reading, workspace_id: str, name: str) -> List[EnvironmentRecord]:
    """All versions of an environment, newest first."""
    chosen = _CHOSEN.where(_e.workspace_id == workspace_id, _e.name == name).order_by(_e.version.desc())
    return _records(connection, workspace_id, connection.execute(chosen))


def latest_digest(connection: Reading, workspace_id: str, name: str) -> Optional[str]:
    """The digest of the newest version; None where there is none."""
    chosen = select(_e.digest).where(_e.workspace_id == workspace_id, _e.name == name)
    return connection.execute(chosen.order_by(_e.version.desc()).limit(1)).scalar()


def add(
    tx: Transaction, workspace_id: str, name: str, version: int, definition: Mapping[str, Any], at: datetime
) -> None:
    """Add a version."""
    values = {
        "workspace_id": workspace_id,
        "name": name,
        "version": version,
        "digest": digest(definition),
        "definition": dict(definition),
        "created_at": at,
    }
    tx.execute(insert(e.environments), values)


def label(tx: Transaction, workspace_id: str, name: str, version: int, labels: Sequence[str]) -> None:
    """Put labels on a version; another one that had them loses them."""
    for one in labels:
        values = {"workspace_id": workspace_id, "name": name, "label": one, "version": version}
        tx.execute(insert(e.environment_labels).prefix_with("OR REPLACE"), values)


def wheel_contents(connection: Reading, workspace_id: str, file_name: str) -> List[str]:
    """The contents that are private wheels of that name."""
    chosen = select(_w.sha256).where(_w.workspace_id == workspace_id, _w.file_name == file_name)
    return [row[0] for row in connection.execute(chosen)]


def add_wheel(tx: Transaction, workspace_id: str, file_name: str, content: str, at: datetime) -> None:
    """Record a private wheel; its content is kept from now on."""
    values = {"workspace_id": workspace_id, "file_name": file_name, "sha256": content, "created_at": at}
    tx.execute(insert(e.wheels).prefix_with("OR IGNORE"), values)
    blob_rows.refer(tx, "wheel", [(content, "%s/%s" % (workspace_id, file_name))])


def _records(connection: Reading, workspace_id: str, rows: Any) -> List[EnvironmentRecord]:
    labels: Dict[Any, List[str]] = {}
    chosen = select(_l.name, _l.version, _l.label).where(_l.workspace_id == workspace_id).order_by(_l.label)
    for name, version, text in connection.execute(chosen):
        labels.setdefault((name, version), []).append(text)
    return [
        EnvironmentRecord(name, version, definition, created_at, latest, tuple(labels.get((name, version), ())))
        for name, version, definition, created_at, latest in rows
    ]
