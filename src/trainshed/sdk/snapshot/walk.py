"""What lies in a source folder: one look at every entry, nothing read but ignore files.

Symbolic links that stay inside the folder are kept as links; one that leads out is followed, as v1 did, so that its
content is there on every node; one that leads nowhere is left out and named. Sockets, pipes and devices are left out.
"""

from __future__ import annotations

import os
import stat
from typing import FrozenSet, Iterator, List, Optional, Tuple

from trainshed.contract.errors import SourceMissing, SourceNameBad, SourceUnreadable
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.snapshot.ignoring import AMLIGNORE, GITIGNORE, NEVER, Rules

Stamp = Tuple[int, int, int, int, int]


class Found(NamedTuple):
    """A regular file. ``stamp``: size in bytes, mtime and ctime in ns, inode, mode; the same stamp, the same bytes."""

    path: str
    stamp: Stamp

    @property
    def size_bytes(self) -> int:
        return self.stamp[0]

    @property
    def is_executable(self) -> bool:
        return bool(self.stamp[4] & stat.S_IXUSR)


class Link(NamedTuple):
    """A symbolic link that is kept; ``target`` is relative to the link's own folder."""

    path: str
    target: str


class Listing(NamedTuple):
    """All that belongs to a snapshot, each kind sorted by path; paths are relative with forward slashes."""

    files: Tuple[Found, ...]
    links: Tuple[Link, ...]
    empty_folders: Tuple[str, ...]
    skipped: Tuple[str, ...]


def stamp_of(found: os.stat_result) -> Stamp:
    """What tells an unchanged file."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_mode)


def walk(root: str, left_out: FrozenSet[str] = frozenset()) -> Listing:
    """List a source folder.

    Args:
        root: absolute.
        left_out: real paths of folders that never belong to it, such as our own home.

    Raises:
        SourceMissing: it is no folder.
        SourceUnreadable: a folder in it cannot be listed.
        SourceNameBad: a name that cannot be kept (a line break, bytes that are no UTF-8).
    """
    require_folder(root)
    walker = Walker(root, left_out)
    walker.folder(root, "", Rules(), ())
    files, links, empty, skipped = walker.files, walker.links, walker.empty_folders, walker.skipped
    _check_names([*(file[0] for file in files), *(link[0] for link in links), *empty])
    files.sort()
    links.sort()
    return Listing(tuple(files), tuple(links), tuple(sorted(empty)), tuple(sorted(skipped)))


def require_folder(root: str) -> None:
    """SourceMissing unless it is a folder."""
    if not os.path.isdir(root):
        words = "is not a folder." if os.path.exists(root) else "does not exist."
        raise SourceMissing(what="Source directory", path=root, why=words)


class Walker:
    """Collects what :func:`walk` gives. The two methods at the end are for those who want to know why."""

    def __init__(self, root: str, left_out: FrozenSet[str]) -> None:
        self._root = root
        self._real_root: Optional[str] = None
        self._left_out = left_out
        self._left_out_names = {os.path.basename(path) for path in left_out}
        self.files: List[Found] = []
        self.links: List[Link] = []
        self.empty_folders: List[str] = []
        self.skipped: List[str] = []

    def folder(self, folder: str, path: str, rules: Rules, inside: Tuple[str, ...]) -> None:
        """List one folder. ``inside``: the real paths of the followed links that led here."""
        entries = self._entries(folder)
        rules = self._rules(entries, folder, path, rules)
        self.entered(path, rules)
        before = len(self.files) + len(self.links) + len(self.empty_folders)
        for entry in entries:
            try:
                self._entry(entry, path + "/" + entry.name if path else entry.name, rules, inside)
            except FileNotFoundError:
                continue  # gone since the folder was listed
            except PermissionError as error:
                raise SourceUnreadable(path=entry.path, why=error.strerror, ignore_file=AMLIGNORE) from error
        if path and before == len(self.files) + len(self.links) + len(self.empty_folders):
            self.empty_folders.append(path)

    def _entry(self, entry: os.DirEntry[str], path: str, rules: Rules, inside: Tuple[str, ...]) -> None:
        name = entry.name
        if entry.is_file(follow_symlinks=False):
            if (rules.files or name == NEVER) and rules.leaves_out(path, name, is_folder=False):
                self.left(path, name, rules, is_folder=False)
            else:
                self.files.append(Found(path, stamp_of(entry.stat(follow_symlinks=False))))
        elif entry.is_dir(follow_symlinks=False):
            if self._is_ours(entry) or rules.leaves_out(path, name, is_folder=True):
                self.left(path, name, rules, is_folder=True)
            else:
                self.folder(entry.path, path, rules, inside)
        elif rules.leaves_out(path, name, is_folder=False):
            self.left(path, name, rules, is_folder=False)
        else:
            self._special(entry, path, rules, inside)

    def _entries(self, folder: str) -> List[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as found:
                return list(found)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise SourceUnreadable(path=folder, why=error.strerror, ignore_file=AMLIGNORE) from error

    def _rules(self, entries: List[os.DirEntry[str]], folder: str, path: str, rules: Rules) -> Rules:
        ignore_files = {entry.name for entry in entries if entry.name in (AMLIGNORE, GITIGNORE) and entry.is_file()}
        if not ignore_files:
            return rules
        try:
            return rules.below(
                folder, path, has_amlignore=AMLIGNORE in ignore_files, has_gitignore=GITIGNORE in ignore_files
            )
        except OSError as error:
            why = "its ignore file: %s" % error.strerror
            raise SourceUnreadable(path=folder, why=why, ignore_file=AMLIGNORE) from error

    def _is_ours(self, entry: os.DirEntry[str]) -> bool:
        return entry.name in self._left_out_names and os.path.realpath(entry.path) in self._left_out

    def _special(self, entry: os.DirEntry[str], path: str, rules: Rules, inside: Tuple[str, ...]) -> None:
        if not entry.is_symlink():
            self.skipped.append(path)
            return
        text = os.readlink(entry.path)
        real = os.path.realpath(entry.path)
        if self._real_root is None:
            self._real_root = os.path.realpath(self._root)
        if real == self._real_root or real.startswith(self._real_root + os.sep):
            self.links.append(Link(path, _relative(text, real, path, entry.path)))
        elif os.path.isfile(real):
            self.files.append(Found(path, stamp_of(os.stat(real))))
        elif os.path.isdir(real) and real not in inside and not _holds(real, self._real_root):
            self.folder(entry.path, path, rules, (*inside, real))
        else:
            self.skipped.append(path)

    def entered(self, path: str, rules: Rules) -> None:
        """A folder is being listed, with these rules."""

    def left(self, path: str, name: str, rules: Rules, *, is_folder: bool) -> None:
        """An entry is left out by these rules, or because it is our own home."""


def _relative(text: str, real: str, path: str, full: str) -> str:
    """The link's own text where it cannot lead out of the folder, else a way that can't."""
    if not os.path.isabs(text) and not os.path.normpath(os.path.join(os.path.dirname(path), text)).startswith(".."):
        return text
    return os.path.relpath(real, os.path.realpath(os.path.dirname(full)))


def _holds(folder: str, root: str) -> bool:
    """Whether ``folder`` is one of those around the source folder: following it would never end."""
    return folder == os.sep or root.startswith(folder + os.sep)


def _check_names(names: List[str]) -> None:
    joined = "/".join(names)
    if joined.isprintable() and joined.isascii():
        return
    for name, why in _bad_names(names):
        raise SourceNameBad(path=name, why=why, ignore_file=AMLIGNORE)


def _bad_names(names: List[str]) -> Iterator[Tuple[str, str]]:
    for name in names:
        if any(ord(char) < 32 for char in name):
            yield name, "its name holds a control character"
        if any(0xD800 <= ord(char) < 0xE000 for char in name):
            yield name, "its name is not UTF-8"
