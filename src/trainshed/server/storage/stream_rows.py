"""How many bytes the server has of what grows on the nodes: logs, files that only grow, spools."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from trainshed.contract.layout import HomeLayout
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Reading, Transaction

SPOOL = "spool"

_s = t.streams.c
_CHOSEN = (
    _s.id, _s.run_uid, _s.attempt_id, _s.node, _s.path, _s.kind,
    _s.have, _s.durable, _s.closed, _s.sealed, _s.tail, _s.speaks_for,
)  # fmt: skip
_BY_ID = select(*_CHOSEN).where(_s.id == bindparam("id"))
_TO_SEAL = select(*_CHOSEN).where(_s.closed, ~_s.sealed, _s.kind != SPOOL)
_TO_SEAL_OF_ONE = _TO_SEAL.where(_s.attempt_id == bindparam("attempt"))
_NOT_DURABLE = select(*_CHOSEN).where(_s.durable < _s.have)
_OF_ATTEMPT = select(*_CHOSEN).where(_s.attempt_id == bindparam("attempt"))
_PUT = update(t.streams).where(_s.id == bindparam("stream"))
_INSERT = insert(t.streams)
_GIVEN = func.json_each(bindparam("streams")).table_valued("value")
_SET_SEALED = update(t.streams).where(_s.id.in_(select(_GIVEN.c.value))).values(closed=True, sealed=True)
_SET_DURABLE = _PUT.values(durable=bindparam("bytes"))
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
    row = connection.execute(_BY_ID, {"id": stream_id}).first()
    return None if row is None else _record(row)


def fresh(run_uid: int, attempt_id: str, node: int, path: str, kind: str) -> StreamRow:
    """A stream that has no row yet. Its number is drawn, so that its bytes have their place before the row is there."""
    return StreamRow(secrets.randbits(62), run_uid, attempt_id, node, path, kind)


def add(tx: Transaction, stream: StreamRow) -> None:
    """The row of a fresh stream."""
    tx.execute(_INSERT, dict(stream.__dict__))


def put(tx: Transaction, stream: StreamRow) -> None:
    """Store what the server has of a stream now."""
    values = {"have": stream.have, "tail": stream.tail, "speaks_for": stream.speaks_for, "closed": stream.closed}
    tx.execute(_PUT, {"stream": stream.id, **values})


def close(tx: Transaction, stream_ids: Sequence[int]) -> None:
    """These streams get no more bytes."""
    if stream_ids:
        tx.execute(update(t.streams).where(_s.id.in_(stream_ids)).values(closed=True))


def remove(tx: Transaction, stream_id: int) -> None:
    """Forget a stream: its file was sent whole, or is gone. No file may refer to it any more."""
    tx.execute(delete(t.streams).where(_s.id == stream_id))


def set_sealed(tx: Transaction, stream_ids: Sequence[int]) -> None:
    """The streams' bytes lie in the content store, or are needed no more."""
    tx.execute(_SET_SEALED, {"streams": json.dumps(list(stream_ids))})


def of_attempt(connection: Reading, attempt_id: str) -> List[StreamRow]:
    """All streams of an attempt, over all its nodes."""
    return [_record(row) for row in connection.execute(_OF_ATTEMPT, {"attempt": attempt_id})]


def to_seal(connection: Reading, attempt_id: Optional[str] = None) -> List[StreamRow]:
    """Closed logs and files that are no contents yet; of one attempt or of all."""
    if attempt_id is None:
        return [_record(row) for row in connection.execute(_TO_SEAL)]
    return [_record(row) for row in connection.execute(_TO_SEAL_OF_ONE, {"attempt": attempt_id})]


def not_durable(connection: Reading) -> List[StreamRow]:
    """Streams of which a power loss could still take something."""
    return [_record(row) for row in connection.execute(_NOT_DURABLE)]


def set_durable(tx: Transaction, numbers: Sequence[Tuple[int, int]]) -> None:
    """Pairs of stream id and how many of its bytes are on the disk for good."""
    if numbers:
        tx.execute(_SET_DURABLE, [{"stream": number, "bytes": count} for number, count in numbers])


def unsealed(connection: Reading) -> List[StreamRow]:
    """Logs and files whose bytes lie under ``growing``."""
    return [_record(row) for row in connection.execute(select(*_CHOSEN).where(~_s.sealed, _s.kind != SPOOL))]


def shorten(tx: Transaction, stream_id: int, have: int) -> None:
    """After a power loss: the server has less of a stream than it thought."""
    tx.execute(update(t.streams).where(_s.id == stream_id).values(have=have, durable=have))
    tx.execute(update(t.files).where(t.files.c.stream_id == stream_id).values(size_bytes=have))
