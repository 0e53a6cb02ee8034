"""A log or growing file that gets no more bytes is hashed and becomes a content of the store like any other."""

from __future__ import annotations

import asyncio
import functools
import logging
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Set

from trainshed.contract.errors import StorageFull
from trainshed.contract.wire import now
from trainshed.server.services.ground import Ground
from trainshed.server.services.news import FileGrew
from trainshed.server.storage import blob_rows, file_rows, run_rows, stream_rows
from trainshed.server.storage.contents import hash_file
from trainshed.server.storage.stream_rows import StreamRow, growing_path
from trainshed.server.storage.writer import Transaction

#: Up to so many bytes are hashed on the event loop: a thread would cost more time than it saves.
_INLINE_BYTES = 1 << 16
_PORTION, _PORTION_BYTES = 100, 64 << 20

_log = logging.getLogger("trainshed.sealing")


class Sealing:
    """Seals the closed streams of attempts."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._tasks: Set[asyncio.Task[None]] = set()

    def soon(self, attempt_id: Optional[str] = None) -> None:
        """Seal in the background; of one attempt, or whatever is left from before."""
        task = asyncio.get_running_loop().create_task(self._try_seal(attempt_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Stop; the next server goes on."""
        for task in self._tasks:
            task.cancel()

    async def _try_seal(self, attempt_id: Optional[str]) -> None:
        try:
            await self.seal(attempt_id)
        except (OSError, StorageFull) as error:  # the streams stay closed and whole; the next start seals them
            _log.warning("not sealed yet: %s", error)

    async def seal(self, attempt_id: Optional[str] = None) -> None:
        """Return once the closed streams are contents of the store; may be repeated, and interrupted anywhere."""
        for streams in _portions(stream_rows.to_seal(self._ground.database.reader, attempt_id)):
            hashed = functools.partial(self._hash_all, streams)
            is_little = sum(stream.have for stream in streams) <= _INLINE_BYTES
            contents = hashed() if is_little else await self._ground.database.aside(hashed)
            await self._ground.database.write(functools.partial(self._record, streams=streams, contents=contents))

    def _hash_all(self, streams: Sequence[StreamRow]) -> Dict[int, str]:
        """sha256 of what is worth keeping, by stream."""
        lies = (stream for stream in streams if stream.have and growing_path(self._ground.layout, stream).exists())
        return {stream.id: self._hash(stream) for stream in lies}

    def _hash(self, stream: StreamRow) -> str:
        path = growing_path(self._ground.layout, stream)
        if path.stat().st_size > stream.have:  # bytes that a crash left unrecorded
            with open(path, "r+b") as file:
                file.truncate(stream.have)
        return hash_file(path)

    def _record(self, tx: Transaction, *, streams: Sequence[StreamRow], contents: Mapping[int, str]) -> None:
        paths = {stream.id: growing_path(self._ground.layout, stream) for stream in streams}
        # Without those that somebody else has sealed meanwhile, or whose file has other bytes by now.
        growing = file_rows.growing(tx, list(contents))
        kept = [stream for stream in streams if stream.id in growing and paths[stream.id].exists()]
        for stream in kept:
            self._ground.contents.link(paths[stream.id], contents[stream.id])
        sizes = {contents[stream.id]: stream.have for stream in kept}
        if sizes:
            blob_rows.add(tx, list(sizes.items()), now())
            blob_rows.touch(tx, list(sizes), now())
            file_rows.seal(tx, {stream.id: contents[stream.id] for stream in kept})
        stream_rows.set_sealed(tx, list(paths))
        runs = {uid: run_rows.by_uid(tx, uid).run for uid in {stream.run_uid for stream in kept}}
        for stream in kept:
            run = runs[stream.run_uid]
            tx.announce(FileGrew(run.workspace_id, run.id, stream.path))
        for path in paths.values():
            tx.after(functools.partial(_remove, path))


def _portions(streams: Sequence[StreamRow]) -> Iterator[List[StreamRow]]:
    """What is hashed together and recorded in one transaction: big ones alone, small ones many at once."""
    portion: List[StreamRow] = []
    for stream in streams:
        if portion and (len(portion) >= _PORTION or sum(one.have for one in portion) + stream.have > _PORTION_BYTES):
            yield portion
            portion = []
        portion.append(stream)
    if portion:
        yield portion


def _remove(path: Path) -> None:
    """The file, and its folder once that is empty."""
    path.unlink(missing_ok=True)
    try:
        path.parent.rmdir()
    except OSError:
        pass
