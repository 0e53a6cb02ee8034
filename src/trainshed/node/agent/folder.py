"""What lies in the folders whose files a run keeps: found, and named so that a server can take the name."""

from __future__ import annotations

import os
import re
import stat
from typing import Callable, Dict, Iterator, List, Sequence

from trainshed.contract.frozen import dataclass

# What no name on the wire may hold: control characters, backslashes, and bytes that are no UTF-8 (lone surrogates).
# The percent sign goes with them, but only inside names that hold one of the others.
_UNFIT = re.compile("[\x00-\x1f\x7f\\\\\ud800-\udfff]")


@dataclass(frozen=True)
class Found:
    """A regular file. ``path`` is its name on the wire, ``file`` where it lies."""

    path: str
    file: bytes
    size: int
    mtime_ns: int
    inode: int


def watched_folders(output_collection: bool, directories: Sequence[str]) -> List[str]:
    """The folders to look into, relative to the code; those that would leave it are left out."""
    named = (["outputs"] if output_collection else []) + list(directories)
    clean = (os.path.normpath(name.replace("\\", "/").strip("/") or ".") for name in named)
    kept: List[str] = []
    for name in clean:
        if name not in (".", "..") and not name.startswith("../") and name not in kept:
            kept.append(name)
    return [name for name in kept if not any(name.startswith(other + "/") for other in kept)]


class Finder:
    """Walks the watched folders of a code folder. ``tell`` hears, once for each, what is left out or renamed."""

    def __init__(self, code: str, folders: Sequence[str], tell: Callable[[str], None]) -> None:
        self._root = os.fsencode(code)
        self._folders = [os.fsencode(name) for name in folders]
        self._tell_once = tell
        self._told: Dict[bytes, None] = {}
        self._final = False

    def find(self, *, final: bool = False) -> Iterator[Found]:
        """All regular files; symbolic links to regular files inside the code folder count as such.

        Args:
            final: nobody writes any more: a link to nothing will stay one.
        """
        self._final = final
        for folder in self._folders:
            path = os.path.join(self._root, folder)
            if os.path.islink(path):
                self._tell(path, "is a symbolic link, whose files are not collected")
            else:
                yield from self._walk(path)

    def _walk(self, folder: bytes) -> Iterator[Found]:
        try:
            with os.scandir(folder) as entries:
                below = []
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
                    else:
                        yield from self._look_at(entry)
        except (FileNotFoundError, NotADirectoryError):
            return
        except PermissionError as error:
            self._tell(folder, "cannot be read: %s" % error.strerror)
            return
        for path in below:
            yield from self._walk(path)

    def _look_at(self, entry: os.DirEntry[bytes]) -> Iterator[Found]:
        try:
            if entry.is_symlink() and not self._is_inside(entry.path):
                self._tell(entry.path, "is a symbolic link out of the run's folder")
                return
            seen = entry.stat()
        except OSError:
            # Gone meanwhile, or a link to nothing, or to itself.
            if self._final and os.path.islink(entry.path):
                self._tell(entry.path, "is a symbolic link to nothing")
            return
        if stat.S_ISREG(seen.st_mode):
            yield Found(self._name(entry.path), entry.path, seen.st_size, seen.st_mtime_ns, seen.st_ino)
        elif stat.S_ISDIR(seen.st_mode):
            self._tell(entry.path, "is a symbolic link to a folder")
        else:
            self._tell(entry.path, "is no regular file")

    def _is_inside(self, link: bytes) -> bool:
        return os.path.realpath(link).startswith(os.path.realpath(self._root) + b"/")

    def _name(self, path: bytes) -> str:
        name = path[len(self._root) + 1 :].decode("utf-8", "surrogateescape")
        fit = fit_for_wire(name)
        if fit == name:
            return name
        while os.path.lexists(os.path.join(self._root, os.fsencode(fit))):
            fit += "%"  # another file has that very name
        if path not in self._told:
            self._told[path] = None
            self._tell_once("%s is kept as %s" % (ascii(name), fit))
        return fit

    def _tell(self, path: bytes, why: str) -> None:
        if path not in self._told:
            self._told[path] = None
            name = path[len(self._root) + 1 :].decode("utf-8", "surrogateescape")
            self._tell_once("%s %s: left out" % (ascii(name), why))


def fit_for_wire(name: str) -> str:
    """The name with ``%XX`` for what no name on the wire may hold."""
    if not _UNFIT.search(name):
        return name
    return _UNFIT.sub(_escaped, name.replace("%", "%25"))


def _escaped(match: re.Match[str]) -> str:
    return "".join("%%%02X" % byte for byte in match.group().encode("utf-8", "surrogateescape"))
