"""Bytes of logs, growing files and spools on their way in: what is new of them, where it goes, what rows say so.

The heavy part (:func:`weigh`, :func:`keep`) is done before the transaction, the rows (:func:`record`) in it. A crash
between the two leaves bytes behind a log's recorded end, where the next ones are written over them; points exist only
together with their offset.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.layout import HomeLayout
from trainshed.contract.protocol import take
from trainshed.server.services.news import FileGrew, MetricsGrew
from trainshed.server.storage import file_rows, metric_rows, run_rows, spooled, stream_rows
from trainshed.server.storage.metric_rows import Prepared
from trainshed.server.storage.spooled import Spooled
from trainshed.server.storage.stream_rows import SPOOL, StreamRow, growing_path
from trainshed.server.storage.writer import Transaction


@dataclass(frozen=True)
class Piece:
    """Bytes of one stream as they arrived."""

    path: str
    kind: str
    offset: int
    data: memoryview


@dataclass(frozen=True)
class PartIn:
    """Points ready to be stored, and the run they are said to be of (None: the one named before)."""

    run_id: Optional[str]
    prepared: Tuple[Prepared, ...]
    dropped: int


@dataclass(frozen=True)
class Arrived:
    """What is new in a stream. ``stream`` says what will be had once ``data`` is kept and the rows are written."""

    stream: StreamRow
    is_new: bool
    offset: int
    data: memoryview
    parts: Tuple[PartIn, ...] = ()
    torn_lines: int = 0


@dataclass(frozen=True)
class Owner:
    """Whose streams these are: a run, and its attempt (empty for a notebook's)."""

    workspace_id: str
    run_id: str
    run_uid: int
    attempt_id: str


def weigh(owner: Owner, node: int, streams: Mapping[str, StreamRow], pieces: Sequence[Piece]) -> List[Arrived]:
    """Decide about each piece, in order; parses spools. A path that ``streams`` doesn't know begins a stream."""
    known = dict(streams)
    arrived = []
    for piece in pieces:
        stream = known.get(piece.path)
        is_new = stream is None
        if stream is None:
            stream = stream_rows.fresh(owner.run_uid, owner.attempt_id, node, piece.path, piece.kind)
        taken = take(stream.have, piece.offset, len(piece.data))
        begins = is_new and piece.offset == 0  # a log is a file of the run also while it is empty
        if stream.closed or (taken.skip is None and not begins):
            continue
        data = piece.data[taken.skip or 0 :]
        item = _arrival(replace(stream, have=taken.have), data, stream.have, is_new=is_new)
        known[piece.path] = item.stream
        arrived.append(item)
    return arrived


def _arrival(stream: StreamRow, data: memoryview, offset: int, *, is_new: bool) -> Arrived:
    if stream.kind != SPOOL:
        return Arrived(stream, is_new, offset, data)
    found = spooled.parse((stream.tail or b"") + bytes(data))
    stream = replace(stream, tail=found.tail or None)
    return Arrived(stream, is_new, offset, data, tuple(_parts(found)), found.torn_lines)


def _parts(found: Spooled) -> Iterator[PartIn]:
    for part in found.parts:
        yield PartIn(part.run_id, tuple(metric_rows.prepare(points) for points in part.points.values()), part.dropped)


def keep(layout: HomeLayout, arrived: Sequence[Arrived]) -> None:
    """Write the bytes of logs and files to their places; OSError when the disk is full."""
    for item in arrived:
        if item.stream.kind != SPOOL and len(item.data):
            _write_at(growing_path(layout, item.stream), item.offset, item.data)


def _write_at(path: Path, offset: int, data: memoryview) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while data:
            written = os.pwrite(descriptor, data, offset)
            data, offset = data[written:], offset + written
    finally:
        os.close(descriptor)


def record(tx: Transaction, owner: Owner, arrived: Sequence[Arrived]) -> None:
    """The rows: how much is had now, the points, the sizes of files."""
    speakers: Dict[int, Optional[int]] = {}
    for item in arrived:
        stream = item.stream
        if stream.kind == SPOOL:
            speaker = speakers.get(stream.id, stream.speaks_for)
            stream = replace(stream, speaks_for=_record_points(tx, owner, item, speaker))
            speakers[stream.id] = stream.speaks_for
        if item.is_new:
            stream_rows.add(tx, stream)
        else:
            stream_rows.put(tx, stream)
        if stream.kind != SPOOL:
            size, name = stream.have, stream.path
            file_rows.put_growing(tx, owner.run_uid, name, stream.id, owner.attempt_id, size, is_new=item.is_new)
            tx.announce(FileGrew(owner.workspace_id, owner.run_id, name))


def _record_points(tx: Transaction, owner: Owner, item: Arrived, speaker: Optional[int]) -> Optional[int]:
    run_rows.count_losses(tx, speaker or owner.run_uid, torn=item.torn_lines)
    for part in item.parts:
        if part.run_id is not None:
            speaker = _run_named(tx, owner, part.run_id)
        uid = speaker or owner.run_uid
        metric_rows.append(tx, uid, part.prepared)
        run_rows.count_losses(tx, uid, dropped=part.dropped)
        if part.prepared:
            tx.announce(MetricsGrew(owner.workspace_id, part.run_id or owner.run_id))
    return speaker


def _run_named(tx: Transaction, owner: Owner, run_id: str) -> int:
    """The run that a spool's head names, if it is the owner's, below it or above it (``run.parent.log``).

    Else the owner's: no script writes into foreign runs.
    """
    if run_id == owner.run_id:
        return owner.run_uid
    row = run_rows.find(tx, owner.workspace_id, run_id)
    if row is None:
        return owner.run_uid
    if run_rows.is_within(tx, row.uid, owner.run_uid) or run_rows.is_within(tx, owner.run_uid, row.uid):
        return row.uid
    return owner.run_uid
