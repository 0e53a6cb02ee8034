"""Files that only grow, sent as bytes at offsets: the logs, the metric spool, growing files of the run."""

from __future__ import annotations

import json
import os
from typing import Dict, List, Mapping, Tuple

from trainshed.contract.frozen import replace
from trainshed.contract.layout import NodeLayout
from trainshed.contract.messages import Append
from trainshed.contract.protocol import Outbox
from trainshed.node import disk

LOG, FILE, SPOOL = "log", "file", "spool"
#: One message's share of a stream, and of all of them.
CHUNK_BYTES = 4 << 20
MESSAGE_BYTES = 8 << 20


class Stream:
    """A file that grows. ``path`` is its name in messages, ``file`` where it lies; ``named``: the server knows it."""

    def __init__(self, path: str, kind: str, file: bytes, box: Outbox, *, named: bool) -> None:
        self.path = path
        self.kind = kind
        self.file = file
        self.box = box
        self.named = named

    @property
    def pending(self) -> bool:
        """Whether the server lacks bytes, or does not even know of a log that is empty so far."""
        return self.box.acked < self.box.size or (self.kind == LOG and not self.named)

    def look(self) -> None:
        """See how far it has grown."""
        try:
            self.box = self.box.grown(os.stat(self.file).st_size)
        except OSError:
            pass  # removed: what was seen of it stays

    def read(self, limit: int) -> bytes:
        """What the server lacks, at most ``limit`` bytes."""
        chunk = self.box.next_chunk(limit)
        if chunk is None:
            return b""
        offset, size = chunk
        try:
            fd = os.open(self.file, os.O_RDONLY | os.O_CLOEXEC)
            try:
                data = os.pread(fd, size, offset)
            finally:
                os.close(fd)
        except FileNotFoundError:
            data = b""
        if not data:
            # Somebody cut or removed it: the bytes that were there are gone, nothing is left to send.
            self.box = replace(self.box, size=self.box.acked)
        return data


class Streams:
    """All growing files of a node. Used by one thread."""

    def __init__(self, layout: NodeLayout) -> None:
        self._layout = layout
        self._all: Dict[str, Stream] = {}
        self._acked_file: Dict[str, int] = {}
        self._acked_file_is_old = False
        self._known: Dict[str, int] = {}

    def look(self) -> None:
        """Find new logs and spools, and see how far all have grown."""
        for folder, kind, prefix in (
            (self._layout.azureml_logs, LOG, "azureml-logs/"),
            (self._layout.spool, SPOOL, ""),
        ):
            for name in os.listdir(folder):
                if not _is_ours(name):
                    self.add(prefix + name, kind, os.fsencode(os.path.join(str(folder), name)))
        for stream in self._all.values():
            if stream.kind != FILE:
                stream.look()

    def add(self, path: str, kind: str, file: bytes) -> Stream:
        """Take up a stream; the one that is known under this name already, if any."""
        stream = self._all.get(path)
        if stream is None:
            box = Outbox()
            if path in self._known:  # the server had a part of it before this agent began
                box = Outbox(size=self._known[path], acked=self._known[path])
            stream = self._all[path] = Stream(path, kind, file, box, named=path in self._known)
        return stream

    def drop(self, path: str) -> None:
        """It turned out not to be one that only grows."""
        self._all.pop(path, None)

    @property
    def pending(self) -> bool:
        """Whether the server lacks bytes."""
        return any(stream.pending for stream in self._all.values())

    @property
    def undurable(self) -> bool:
        """Whether a spool's bytes could still be lost by a power loss at the server: ``run.flush()`` waits."""
        return any(stream.kind == SPOOL and not stream.box.settled for stream in self._all.values())

    @property
    def pending_bytes(self) -> int:
        """How many bytes the server lacks."""
        return sum(stream.box.size - stream.box.acked for stream in self._all.values() if stream.pending)

    def take(self) -> Tuple[Tuple[Append, ...], bytes]:
        """What goes into the next message: metrics and logs before files."""
        appends: List[Append] = []
        parts: List[bytes] = []
        left = MESSAGE_BYTES
        for stream in sorted(self._all.values(), key=lambda stream: stream.kind == FILE):
            if left <= 0:
                break
            offset = stream.box.acked
            data = stream.read(min(left, CHUNK_BYTES))
            if data or (stream.kind == LOG and not stream.named):
                appends.append(Append(stream.path, stream.kind, offset, len(data)))
                parts.append(data)
                left -= len(data)
        return tuple(appends), b"".join(parts)

    def answered(self, acked: Mapping[str, int], durable: Mapping[str, int]) -> None:
        """What the server has. Streams that it names and that are not known yet are remembered."""
        self._known.update((path, have) for path, have in acked.items() if path not in self._all)
        for path, stream in self._all.items():
            # The answer names every stream of the node: one that is missing, the server has lost.
            stream.named = path in acked
            stream.box = stream.box.answered(acked.get(path, 0), durable.get(path, 0))
        self._tell_scripts()

    def _tell_scripts(self) -> None:
        spools = {path: stream.box.durable for path, stream in self._all.items() if stream.kind == SPOOL}
        if spools == self._acked_file and not self._acked_file_is_old:
            return
        self._acked_file = spools
        try:
            disk.write_whole(self._layout.spool_acked, json.dumps(spools).encode("utf-8"))
            self._acked_file_is_old = False
        except OSError:
            self._acked_file_is_old = True


def _is_ours(name: str) -> bool:
    return name == "acked" or name.endswith(".new")
