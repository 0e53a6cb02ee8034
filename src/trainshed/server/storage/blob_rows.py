"""Which contents the store has, since when somebody last asked for them, and who refers to them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, List, Sequence, Set, Tuple

from sqlalchemy import Select, bindparam, delete, func, insert, literal, select, update

from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading, Transaction

_GIVEN = func.json_each(bindparam("names")).table_valued("value")
_AMONG = t.blobs.c.sha256.in_(select(_GIVEN.c.value))
_PRESENT = select(t.blobs.c.sha256).where(_AMONG)
_TOUCH = update(t.blobs).where(_AMONG).values(touched_at=bindparam("at"))
_ADD = insert(t.blobs).prefix_with("OR IGNORE")
_REFER = insert(t.blob_refs).prefix_with("OR IGNORE")
_NOT_DURABLE = select(t.blobs.c.sha256).where(~t.blobs.c.durable)
_SET_DURABLE = update(t.blobs).where(_AMONG).values(durable=True)
_REFERENCED = select(literal(1)).where(t.blob_refs.c.sha256 == t.blobs.c.sha256).exists()


def present(connection: Reading, names: Sequence[str]) -> Set[str]:
    """Those of the contents that the store has."""
    rows = connection.execute(_PRESENT, {"names": json.dumps(list(names))})
    return {row[0] for row in rows}


def touch(tx: Transaction, names: Sequence[str], at: datetime) -> None:
    """Make contents young again: no sweep takes them for a while."""
    tx.execute(_TOUCH, {"names": json.dumps(list(names)), "at": at})


def add(tx: Transaction, rows: Sequence[Tuple[str, int]], at: datetime) -> None:
    """Contents (sha256, size in bytes) whose files have just entered the store."""
    if rows:
        values = [{"sha256": name, "size_bytes": size, "touched_at": at, "durable": False} for name, size in rows]
        tx.execute(_ADD, values)


def size(connection: Reading, sha256: str) -> int | None:
    """A content's size in bytes; None when the store doesn't have it."""
    return connection.execute(select(t.blobs.c.size_bytes).where(t.blobs.c.sha256 == sha256)).scalar()


def refer(tx: Transaction, kind: str, pairs: Sequence[Tuple[str, str]]) -> None:
    """Record references: pairs of sha256 and owner."""
    if pairs:
        values = [{"sha256": name, "kind": kind, "owner": owner} for name, owner in pairs]
        tx.execute(_REFER, values)


def drop_reference(tx: Transaction, sha256: str, kind: str, owner: str) -> None:
    """Take a reference back."""
    refs = t.blob_refs.c
    tx.execute(delete(t.blob_refs).where(refs.sha256 == sha256, refs.kind == kind, refs.owner == owner))


def _unreferenced(before: datetime) -> Select[Tuple[str, int]]:
    return select(t.blobs.c.sha256, t.blobs.c.size_bytes).where(t.blobs.c.touched_at < before, ~_REFERENCED)


def unreferenced(connection: Reading, before: datetime, limit: int = 1000) -> List[Tuple[str, int]]:
    """Contents (sha256, size) that nobody refers to and nobody asked for since ``before``."""
    rows: Any = connection.execute(_unreferenced(before).limit(limit))
    return [(row[0], row[1]) for row in rows]


def unreferenced_bytes(connection: Reading) -> int:
    """The sum of all contents that nobody refers to, of any age."""
    return connection.execute(select(func.sum(t.blobs.c.size_bytes)).where(~_REFERENCED)).scalar() or 0


def forget(tx: Transaction, names: Sequence[str], before: datetime) -> List[str]:
    """Delete the rows of contents that are still old and unreferenced; their files may go once this is committed."""
    gone = delete(t.blobs).where(_AMONG, t.blobs.c.touched_at < before, ~_REFERENCED).returning(t.blobs.c.sha256)
    return [row[0] for row in tx.execute(gone, {"names": json.dumps(list(names))})]


def not_durable(connection: Reading) -> List[str]:
    """Contents whose bytes a power loss could still take."""
    return [row[0] for row in connection.execute(_NOT_DURABLE)]


def set_durable(tx: Transaction, names: Sequence[str]) -> None:
    """The bytes of these are on the disk for good."""
    if names:
        tx.execute(_SET_DURABLE, {"names": json.dumps(list(names))})


def lose(tx: Transaction, sha256: str) -> None:
    """A content's bytes are gone: forget it and who referred to it; whoever needs it hears BlobMissing."""
    tx.execute(delete(t.blob_refs).where(t.blob_refs.c.sha256 == sha256))
    tx.execute(delete(t.blobs).where(t.blobs.c.sha256 == sha256))
