"""The files of ``outputs/``, ``logs/`` and what else is watched: which to send, how, and which are settled."""

from __future__ import annotations

import json
import logging
import os
import time
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.layout import NodeLayout
from trainshed.contract.messages import AgentConfig, WholeFile
from trainshed.node import disk
from trainshed.node.agent.contents import Changed, Content, Contents, StoreTrouble
from trainshed.node.agent.folder import Finder, Found, watched_folders
from trainshed.node.agent.streams import FILE, Streams

_log = logging.getLogger(__name__)

#: A file that was not written to for so long is sent whole, if it is not one that grows.
QUIET_S = 2.0
#: One message's share: a batch is copied while the server records the one before.
_BATCH_FILES, _BATCH_BYTES = 256, 256 << 20
_TAIL_BYTES = 256

Version = Tuple[int, int, int]


class Kept:
    """What is known about one file. ``version`` changes with each write (size, mtime, inode).

    ``grows``: it has grown, and the bytes known before were still there. ``content``: of ``brought``, the version that
    was read last. ``stored``: the version whose content the server has recorded; ``sealed``: as the final one.
    ``anew``: the server missed a content that was thought to be there.
    """

    def __init__(self, found: Found, version: Version, since: float) -> None:
        self.found = found
        self.version = version
        self.since = since
        self.tail: Tuple[int, bytes] = (0, b"")
        self.grows = False
        self.content: Optional[Content] = None
        self.brought: Optional[Version] = None
        self.stored: Optional[Version] = None
        self.sealed = False
        self.failed = ""
        self.anew = False


class Outputs:
    """Used by one thread. ``tell`` hears what people should know about single files."""

    def __init__(
        self, config: AgentConfig, layout: NodeLayout, contents: Contents, streams: Streams, tell: Callable[[str], None]
    ) -> None:
        history = config.spec.history
        folders = watched_folders(history.output_collection, history.directories_to_watch)
        self.folders = folders
        self._finder = Finder(str(layout.code), folders, tell)
        self._contents = contents
        self._streams = streams
        self._tell = tell
        self._given = _read_given(layout)
        self._seen_as_given: Dict[str, Version] = {}
        self._kept: Dict[str, Kept] = {}
        self._waiting: Dict[str, Kept] = {}
        self._said: Dict[str, Kept] = {}
        self._removed: Dict[str, None] = {}
        self._final = False
        #: A file was written to while it was read: another look is needed.
        self.changing = False

    def scan(self, *, final: bool) -> None:
        """Look at all files. ``final``: nobody writes any more; everything is to be sealed."""
        self.changing = False
        if final:
            self._final = True
            self._said.clear()
        at = time.monotonic()
        gone = dict(self._kept)
        for found in self._finder.find(final=final):
            gone.pop(found.path, None)
            self._see(found, at)
        for path, kept in gone.items():
            del self._kept[path]
            self._waiting.pop(path, None)
            self._streams.drop(path)
            if kept.stored is not None or kept.grows:
                self._removed[path] = None

    def _see(self, found: Found, at: float) -> None:
        version = (found.size, found.mtime_ns, found.inode)
        kept = self._kept.get(found.path)
        if kept is None:
            if self._is_as_given(found):
                return
            kept = self._kept[found.path] = Kept(found, version, at)
            kept.tail = (0, b"") if self._final else _tail(found)
            self._removed.pop(found.path, None)
        elif version != kept.version:
            self._has_changed(kept, found, version, at)
        if self._final or (found.path not in self._said and kept.stored != kept.version and _is_done(kept, at)):
            self._waiting[found.path] = kept

    def _has_changed(self, kept: Kept, found: Found, version: Version, at: float) -> None:
        grew = version[2] == kept.version[2] and version[0] > kept.version[0] and _still_there(found, kept.tail)
        # At the end a copy beside the store takes less than sending what a stream still lacks.
        if grew and not (self._final and (self._contents.beside or not kept.grows)):
            kept.grows = True
            stream = self._streams.add(found.path, FILE, found.file)
            stream.box = stream.box.grown(found.size)
        else:
            kept.grows = False
            self._streams.drop(found.path)
        kept.found, kept.version, kept.since, kept.sealed = found, version, at, False
        kept.tail = _tail(found)

    def _is_as_given(self, found: Found) -> bool:
        """Whether it came with the snapshot and was not changed. Only a file of the same size has to be read."""
        given = self._given.get(found.path)
        if given is None or given[0] != found.size:
            return False
        version = (found.size, found.mtime_ns, found.inode)
        if self._seen_as_given.get(found.path) != version:
            if _sha256(found) != given[1]:
                return False
            self._seen_as_given[found.path] = version
        return True

    @property
    def pending(self) -> bool:
        """Whether the server has to be told anything."""
        return bool(self._waiting or self._said or self._removed)

    def take(self) -> Tuple[Tuple[WholeFile, ...], Tuple[str, ...]]:
        """Finished files and removed names for the next message.

        Raises:
            StoreTrouble: the store takes nothing now. Server errors, where contents go over HTTP.
        """
        size = 0
        while self._waiting and len(self._said) < _BATCH_FILES and size < _BATCH_BYTES:
            path = next(iter(self._waiting))
            kept = self._waiting[path]
            try:
                brought = self._bring(kept)
            except StoreTrouble:
                if not self._said:
                    raise
                break
            if brought:
                self._said[path] = kept
                size += kept.found.size
            del self._waiting[path]
        return tuple(self._as_said(kept) for kept in self._said.values()), tuple(self._removed)

    def _as_said(self, kept: Kept) -> WholeFile:
        assert kept.content is not None
        content = kept.content
        return WholeFile(kept.found.path, content.size, content.sha256, content.incoming, provisional=not self._final)

    def _bring(self, kept: Kept) -> bool:
        """Get hold of the content of the present version; False when there is none to be had now."""
        if kept.brought == kept.version and kept.content is not None:
            return True
        if kept.content is not None:
            self._contents.forget(kept.content)
        try:
            kept.content = self._contents.bring(kept.found, anew=kept.anew)
        except Changed:
            self.changing = True
            return False  # the next look finds the new version
        except OSError as error:
            self._cannot_read(kept, error)
            return False
        kept.brought = kept.version
        return True

    def _cannot_read(self, kept: Kept, error: OSError) -> None:
        words = "%s cannot be read: %s" % (kept.found.path, error.strerror)
        if kept.failed != words:
            kept.failed = words
            self._tell(words)

    def answered(
        self, files: Sequence[WholeFile], removed: Sequence[str], stored: Sequence[str], missing: Sequence[str]
    ) -> None:
        """The server spoke about what :meth:`take` gave."""
        have, lack = set(stored), set(missing)
        for file in files:
            kept = self._said.get(file.path)
            if kept is None:
                continue
            if file.path in have:
                del self._said[file.path]
                self._has_stored(kept, file)
            elif file.path in lack:
                self._bring_again(kept, file)
        for path in removed:
            self._removed.pop(path, None)

    def _has_stored(self, kept: Kept, file: WholeFile) -> None:
        self._streams.drop(file.path)  # the server does so as well
        kept.stored = kept.brought
        kept.sealed = not file.provisional
        if kept.content is not None:
            # The copy in incoming is the store's now.
            kept.content = Content(file.size, file.sha256)
        if self._final and not kept.sealed:
            self._waiting[file.path] = kept

    def _bring_again(self, kept: Kept, file: WholeFile) -> None:
        """The store lacks the content: send it, or copy it once more."""
        if self._contents.beside:
            kept.content, kept.brought, kept.anew = None, None, True
            del self._said[file.path]
            self._waiting[file.path] = kept
        elif kept.content is not None:
            self._contents.send(kept.found, kept.content)

    @property
    def recorded(self) -> Tuple[int, int]:
        """How many files the server has recorded, and their bytes."""
        sizes = [kept.version[0] for kept in self._kept.values() if kept.stored is not None]
        return len(sizes), sum(sizes)


def write_given(layout: NodeLayout, files: Mapping[str, Tuple[int, str]], folders: Sequence[str]) -> None:
    """Remember the snapshot's files under watched folders: ``{path: (size, sha256)}``."""
    inside = {path: facts for path, facts in files.items() if any(path.startswith(name + "/") for name in folders)}
    if inside:
        disk.write_whole(layout.given, json.dumps(inside).encode("utf-8"))


def _read_given(layout: NodeLayout) -> Dict[str, List[object]]:
    try:
        with open(layout.given, "rb") as file:
            return dict(json.load(file))
    except (FileNotFoundError, ValueError):
        return {}


def _is_done(kept: Kept, at: float) -> bool:
    # By our own watch, and not by the file's time alone: that may be set to anything.
    return not kept.grows and at - kept.since >= QUIET_S


def _tail(found: Found) -> Tuple[int, bytes]:
    """Where the file ends now, and its last bytes: should it grow, they tell whether it only grew."""
    offset = max(0, found.size - _TAIL_BYTES)
    return found.size, _read_at(found.file, offset, found.size - offset)


def _still_there(found: Found, tail: Tuple[int, bytes]) -> bool:
    size, data = tail
    return _read_at(found.file, size - len(data), len(data)) == data


def _read_at(file: bytes, offset: int, size: int) -> bytes:
    try:
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            return os.pread(fd, size, offset)
        finally:
            os.close(fd)
    except OSError:
        return b""


def _sha256(found: Found) -> str:
    import hashlib

    digest = hashlib.sha256()
    try:
        with open(found.file, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()
