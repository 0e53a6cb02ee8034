"""Contents: asked for, sent (also in pieces, also after a break), adopted from ``incoming``, read."""

from __future__ import annotations

import asyncio
import os
import weakref
from pathlib import Path
from typing import AsyncIterator, Dict, List, Sequence, Tuple

from trainshed.contract.api import Adopted, BlobPart
from trainshed.contract.errors import BadValue, BlobMissing, BrokenOffset, ContentMismatch
from trainshed.contract.wire import now
from trainshed.server.services.durability import Durability
from trainshed.server.services.ground import Ground
from trainshed.server.storage import blob_rows
from trainshed.server.storage.contents import check_sha256, hash_file
from trainshed.server.storage.faults import storage_full
from trainshed.server.storage.writer import Transaction

#: Bytes are gathered to blocks of this size before they go to the disk, on a thread.
BLOCK_BYTES = 2**20


class Blobs:
    """The content store, as seen from outside."""

    def __init__(self, ground: Ground, durability: Durability) -> None:
        self._ground = ground
        self._contents = ground.contents
        self._durability = durability
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def missing(self, names: Sequence[str]) -> Tuple[str, ...]:
        """Which of these contents the store lacks. Those it has become young again."""
        for name in names:
            check_sha256(name)

        def look(tx: Transaction) -> Tuple[str, ...]:
            present = blob_rows.present(tx, names)
            blob_rows.touch(tx, sorted(present), now())
            return tuple(name for name in dict.fromkeys(names) if name not in present)

        return await self._ground.database.write(look)

    async def adopt(self, blobs: Sequence[Adopted]) -> Tuple[str, ...]:
        """Take files of ``incoming`` into the store by the hash that their writer made while copying.

        Returns:
            The hashes of those that were not there.

        Raises:
            ContentMismatch: one has another size; none is taken.
        """
        return await self._ground.database.write(lambda tx: self._adopt(tx, blobs))

    def _adopt(self, tx: Transaction, blobs: Sequence[Adopted]) -> Tuple[str, ...]:
        present = blob_rows.present(tx, [check_sha256(blob.sha256) for blob in blobs])
        sources: Dict[str, Path] = {}
        spare: List[Path] = []
        for blob in blobs:
            path = self._contents.check_incoming(blob.incoming, blob.sha256, blob.size)
            if path is None:
                if blob.sha256 not in present and self._contents.is_orphan(blob.sha256, blob.size):
                    blob_rows.add(tx, [(blob.sha256, blob.size)], now())
                    present.add(blob.sha256)
                continue
            if blob.sha256 in present or blob.sha256 in sources:
                spare.append(path)
            else:
                sources[blob.sha256] = path
        for sha256, path in sources.items():
            self._contents.place(path, sha256)
        for path in spare:
            path.unlink(missing_ok=True)
        blob_rows.add(tx, [(blob.sha256, blob.size) for blob in blobs if blob.sha256 in sources], now())
        blob_rows.touch(tx, [blob.sha256 for blob in blobs], now())
        return tuple(blob.sha256 for blob in blobs if blob.sha256 not in present and blob.sha256 not in sources)

    async def have(self, sha256: str) -> BlobPart:
        """How many bytes of a content are there."""
        size = blob_rows.size(self._ground.database.reader, check_sha256(sha256))
        if size is not None:
            return BlobPart(size, complete=True)
        return BlobPart(_size(self._contents.partial(sha256)), complete=False)

    async def put(self, sha256: str, offset: int, size: int, body: AsyncIterator[bytes]) -> BlobPart:
        """Receive a content's bytes from ``offset`` on; whole when ``size`` bytes are there and have that hash.

        Raises:
            BrokenOffset: the server has fewer or more bytes; ``have`` says where to go on.
            ContentMismatch: all bytes are there and are others; they are thrown away.
            StorageFull: what arrived before is kept.
        """
        lock = self._locks.setdefault(check_sha256(sha256), asyncio.Lock())
        async with lock:
            have = await self.have(sha256)
            if have.complete:
                await self.missing([sha256])
                return have
            if offset != have.have or offset > size:
                raise BrokenOffset(have=have.have, what="content %s" % sha256, offset=offset)
            partial = self._contents.partial(sha256)
            received = await self._receive(partial, offset, size, body)
            if received < size:
                return BlobPart(received, complete=False)
            await self._finish(partial, sha256, size)
            return BlobPart(size, complete=True)

    async def _receive(self, path: Path, offset: int, size: int, body: AsyncIterator[bytes]) -> int:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            async for block in _blocks(body):
                if offset + len(block) > size:
                    raise BadValue(what="content of %d bytes" % size, why="the body has more")
                await self._write(descriptor, block, offset)
                offset += len(block)
        finally:
            os.close(descriptor)
        return offset

    async def _write(self, descriptor: int, block: bytes, offset: int) -> None:
        def write() -> None:
            view = memoryview(block)
            done = 0
            while done < len(view):
                done += os.pwrite(descriptor, view[done:], offset + done)

        try:
            await self._ground.database.aside(write)
        except OSError as error:
            raise (storage_full(error, self._ground.layout.root) or error) from error

    async def _finish(self, partial: Path, sha256: str, size: int) -> None:
        got = await self._ground.database.aside(lambda: hash_file(partial))
        if got != sha256:
            partial.unlink(missing_ok=True)
            raise ContentMismatch(got=got, expected=sha256)
        await self.enter(partial, sha256, size)

    async def enter(self, path: Path, sha256: str, size: int) -> None:
        """Move a hashed file of ours into the store."""

        def enter(tx: Transaction) -> None:
            self._contents.place(path, sha256)
            blob_rows.add(tx, [(sha256, size)], now())
            blob_rows.touch(tx, [sha256], now())

        await self._ground.database.write(enter)
        self._durability.soon()

    async def open(self, sha256: str) -> Tuple[int, int]:
        """A descriptor of a content, and its size in bytes; BlobMissing, also when its file is gone from the store."""
        size = blob_rows.size(self._ground.database.reader, check_sha256(sha256))
        if size is None:
            raise BlobMissing(sha256=sha256)
        try:
            return os.open(self._contents.path(sha256), os.O_RDONLY | os.O_CLOEXEC), size
        except FileNotFoundError:
            raise BlobMissing(sha256=sha256) from None


async def _blocks(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in fewer pieces; what came before the connection broke is handed on before the error is."""
    gathered: List[bytes] = []
    size = 0
    try:
        async for piece in body:
            gathered.append(piece)
            size += len(piece)
            if size >= BLOCK_BYTES:
                block, gathered, size = b"".join(gathered), [], 0
                yield block
    except GeneratorExit:
        raise
    except BaseException:
        if gathered:
            yield b"".join(gathered)
        raise
    if gathered:
        yield b"".join(gathered)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
