"""Snapshots: lists of files whose contents the store has."""

from __future__ import annotations

from typing import Dict, Tuple

import msgspec
from sqlalchemy import insert, select

from trainshed.contract.errors import BadFileName, BadValue, SnapshotMissing
from trainshed.contract.names import check_file_name
from trainshed.contract.snapshot import Manifest
from trainshed.contract.wire import now, to_wire
from trainshed.server.services import workspaces
from trainshed.server.services.durability import Durability
from trainshed.server.services.ground import Ground
from trainshed.server.storage import blob_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.contents import check_sha256
from trainshed.server.storage.writer import Transaction


class Snapshots:
    """Recorded once, never changed."""

    def __init__(self, ground: Ground, durability: Durability) -> None:
        self._ground = ground
        self._durability = durability

    async def put(self, workspace_id: str, snapshot_id: str, manifest: Manifest) -> Tuple[str, ...]:
        """Record a snapshot, unless contents are missing: their hashes are returned, and nothing is recorded.

        Raises:
            WorkspaceNotFound; BadValue: the id is not the manifest's, or a name or hash is none.
        """
        if self._is_known(workspace_id, snapshot_id):
            return ()
        _check(snapshot_id, manifest)
        missing = await self._ground.database.write(lambda tx: _put(tx, workspace_id, snapshot_id, manifest))
        self._durability.soon()
        return missing

    def _is_known(self, workspace_id: str, snapshot_id: str) -> bool:
        s = t.snapshots.c
        query = select(s.id).where(s.workspace_id == workspace_id, s.id == snapshot_id)
        return self._ground.database.reader.execute(query).first() is not None

    async def get(self, workspace_id: str, snapshot_id: str) -> Manifest:
        """SnapshotMissing."""
        s = t.snapshots.c
        query = select(s.manifest).where(s.workspace_id == workspace_id, s.id == snapshot_id)
        row = self._ground.database.reader.execute(query).first()
        if row is None:
            raise SnapshotMissing(snapshot_id=snapshot_id)
        return msgspec.convert(row[0], Manifest)


def _check(snapshot_id: str, manifest: Manifest) -> None:
    for file in manifest.files:
        if not file.link:
            check_sha256(file.sha256)
        try:
            check_file_name(file.path)
        except BadFileName as error:
            raise BadValue(what="snapshot %s" % snapshot_id, why=error.message) from error
    if manifest.id() != snapshot_id:
        raise BadValue(what="snapshot %s" % snapshot_id, why="its files give the id %s" % manifest.id())


def _put(tx: Transaction, workspace_id: str, snapshot_id: str, manifest: Manifest) -> Tuple[str, ...]:
    workspaces.record(tx, workspace_id)
    names: Dict[str, None] = dict.fromkeys(file.sha256 for file in manifest.files if not file.link)
    present = blob_rows.present(tx, list(names))
    blob_rows.touch(tx, sorted(present), now())
    missing = tuple(name for name in names if name not in present)
    if missing:
        return missing
    values = {
        "workspace_id": workspace_id,
        "id": snapshot_id,
        "manifest": to_wire(manifest),
        "size_bytes": manifest.size_bytes,
        "created_at": now(),
    }
    tx.execute(insert(t.snapshots).prefix_with("OR IGNORE"), values)
    blob_rows.refer(tx, "snapshot", [(name, "%s/%s" % (workspace_id, snapshot_id)) for name in names])
    return ()
