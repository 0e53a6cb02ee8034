"""How many bytes the server has of what grows on the nodes: logs, files that only grow, spools."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from sqlalchemy import bindparam, delete, insert, select, update

from trainshed.contract.layout import HomeLayout
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading, Transaction

SPOOL = "spool"

_s = t.streams.c
_CHOSEN = (
    _s.id, _s.run_uid, _s.attempt_id, _s.node, _s.path, _s.kind,
    _s.have, _s.durable, _s.closed, _s.sealed, _s.tail, _s.speaks_for,
)  # fmt: skip
_OF_NODE = select(*_CHOSEN).where(
    _s.run_uid == bindparam("uid"), _s.attempt_id == bindparam("attempt"), _s.node == bindparam("node")
)


@dataclass(frozen=True)
class StreamRow:
    """One stream; storage/tables.py says what the fields mean."""

    id: int
    run_uid: int
    attempt_id: str
    node: int
    path: str
    kind: str
    have: int = 0
    durable: int = 0
    closed: bool = False
    sealed: bool = False
    tail: Optional[bytes] = None
    speaks_for: Optional[int] = None


def growing_path(layout: HomeLayout, stream: StreamRow) -> Path:
    """Where the bytes of a log or a growing file lie until it is sealed."""
    return layout.growing / str(stream.run_uid) / str(stream.id)


def of_node(connection: Reading, run_uid: int, attempt_id: str, node: int) -> Dict[str, StreamRow]:
    """The streams of a node of an attempt (of a notebook: attempt empty, node 0), by path."""
    rows = connection.execute(_OF_NODE, {"uid": run_uid, "attempt": attempt_id, "node": node})
    return {row[4]: _record(row) for row in rows}


def _record(row: Any) -> StreamRow:
    return StreamRow(*row)


def by_id(connection: Reading, stream_id: int) -> Optional[StreamRow]:
    """A stream, or None."""
    row = connection.execute(select(*_CHOSEN).where(_s.id == stream_id)).first()
    return None if row is None else _record(row)


def add(tx: Transaction, run_uid: int, attempt_id: str, node: int, path: str, kind: str) -> StreamRow:
    """A new stream without bytes; the one that is there if there is one."""
    known = of_node(tx, run_uid, attempt_id, node).get(path)
    if known is not None:
        return known
    values = {"run_uid": run_uid, "attempt_id": attempt_id, "node": node, "path": path, "kind": kind}
    number = int(tx.execute(insert(t.streams), values).inserted_primary_key[0])
    return StreamRow(id=number, **values)  # type: ignore[arg-type]


def put(tx: Transaction, stream: StreamRow) -> None:
    """Store what the server has of a stream now."""
    values = {"have": stream.have, "tail": stream.tail, "speaks_for": stream.speaks_for, "closed": stream.closed}
    tx.execute(update(t.streams).where(_s.id == stream.id), values)


def close(tx: Transaction, stream_ids: Sequence[int]) -> None:
    """These streams get no more bytes."""
    if stream_ids:
        tx.execute(update(t.streams).where(_s.id.in_(stream_ids)).values(closed=True))


def remove(tx: Transaction, stream_id: int) -> None:
    """Forget a stream: its file was sent whole, or is gone. No file may refer to it any more."""
    tx.execute(delete(t.streams).where(_s.id == stream_id))


def set_sealed(tx: Transaction, stream_id: int) -> None:
    """The stream's bytes lie in the content store, or are needed no more."""
    tx.execute(update(t.streams).where(_s.id == stream_id).values(closed=True, sealed=True))


def of_attempt(connection: Reading, attempt_id: str) -> List[StreamRow]:
    """All streams of an attempt, over all its nodes."""
    return [_record(row) for row in connection.execute(select(*_CHOSEN).where(_s.attempt_id == attempt_id))]


def to_seal(connection: Reading, attempt_id: Optional[str] = None) -> List[StreamRow]:
    """Closed logs and files that are no contents yet; of one attempt or of all."""
    query = select(*_CHOSEN).where(_s.closed, ~_s.sealed, _s.kind != SPOOL)
    if attempt_id is not None:
        query = query.where(_s.attempt_id == attempt_id)
    return [_record(row) for row in connection.execute(query)]


def not_durable(connection: Reading) -> List[StreamRow]:
    """Streams of which a power loss could still take something."""
    return [_record(row) for row in connection.execute(select(*_CHOSEN).where(_s.durable < _s.have))]


def set_durable(tx: Transaction, numbers: Sequence[Tuple[int, int]]) -> None:
    """Pairs of stream id and how many of its bytes are on the disk for good."""
    if numbers:
        change = update(t.streams).where(_s.id == bindparam("stream")).values(durable=bindparam("bytes"))
        tx.execute(change, [{"stream": number, "bytes": count} for number, count in numbers])


def unsealed(connection: Reading) -> List[StreamRow]:
    """Logs and files whose bytes lie under ``growing``."""
    return [_record(row) for row in connection.execute(select(*_CHOSEN).where(~_s.sealed, _s.kind != SPOOL))]


def shorten(tx: Transaction, stream_id: int, have: int) -> None:
    """After a power loss: the server has less of a stream than it thought."""
    tx.execute(update(t.streams).where(_s.id == stream_id).values(have=have, durable=have))
    tx.execute(update(t.files).where(t.files.c.stream_id == stream_id).values(size_bytes=have))
