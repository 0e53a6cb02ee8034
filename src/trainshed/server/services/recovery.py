"""What a start looks after: a machine that lost power may have lost bytes that were not durable; say so in the rows."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import List

from sqlalchemy import insert, select

from trainshed.server.services.ground import Ground
from trainshed.server.storage import blob_rows, file_rows, stream_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.contents import hash_file
from trainshed.server.storage.stream_rows import StreamRow, growing_path
from trainshed.server.storage.writer import Transaction

_log = logging.getLogger("trainshed.recovery")


def recover(ground: Ground) -> None:
    """Before anything is served: compare the rows with the files, if the machine was started since; clear leftovers."""
    _clear_growing(ground)
    boot = _boot_id()
    known = select(t.facts.c.value).where(t.facts.c.name == "boot")
    before = ground.database.reader.execute(known).scalar()
    if before is not None and before != boot:
        _shorten_streams(ground)
        _forget_lost_contents(ground)
    if before != boot:
        values = {"name": "boot", "value": boot}
        ground.database.write_blocking(lambda tx: tx.execute(insert(t.facts).prefix_with("OR REPLACE"), values))


def _clear_growing(ground: Ground) -> None:
    """Bytes of streams that are contents by now: a server was killed before it removed them."""
    needed = {growing_path(ground.layout, stream) for stream in stream_rows.unsealed(ground.database.reader)}
    for path in ground.layout.growing.glob("*/*"):
        if path not in needed:
            path.unlink(missing_ok=True)


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"


def _shorten_streams(ground: Ground) -> None:
    """A growing file's bytes past the durable ones may be lost: the agents still have them and send them again."""
    short: List[StreamRow] = [s for s in stream_rows.unsealed(ground.database.reader) if s.durable < s.have]
    for stream in short:
        have = min(stream.durable, _size(growing_path(ground.layout, stream)))
        _log.warning("after a power loss: %s of attempt %s again from byte %d", stream.path, stream.attempt_id, have)

        def shorten(tx: Transaction, number: int = stream.id, size: int = have) -> None:
            stream_rows.shorten(tx, number, size)

        ground.database.write_blocking(shorten)


def _forget_lost_contents(ground: Ground) -> None:
    for sha256 in blob_rows.not_durable(ground.database.reader):
        path = Path(ground.contents.path(sha256))
        if path.exists() and hash_file(path) == sha256:
            continue
        _log.warning("after a power loss: content %s is gone", sha256)

        def forget(tx: Transaction, name: str = sha256) -> None:
            file_rows.lost(tx, name)
            blob_rows.lose(tx, name)
            ground.contents.remove(name)

        ground.database.write_blocking(forget)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
