"""The files of an input as they lie on this machine: found in folders, fetched from URLs."""

from __future__ import annotations

import os
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from trainshed.client.url_cache import UrlCache, shown
from trainshed.contract import data, data_files
from trainshed.contract.errors import Coded
from trainshed.contract.spec import DataInput, DataPath
from trainshed.contract.tuples import NamedTuple
from trainshed.node.inputs.hands import Hands
from trainshed.node.inputs.trouble import DataTrouble, words_of

_TOLD_NAMES = 10


class File(NamedTuple):
    """``name`` is relative to the input's place; ``source`` a regular file of this machine, absolute."""

    name: str
    source: str


class Files(NamedTuple):
    """``alone``: the input is one file by its definition, and the script is handed that file, not its folder."""

    files: Tuple[File, ...]
    alone: bool

    @property
    def size_bytes(self) -> int:
        """All of them together; those that went away meanwhile count nothing."""
        return sum(_size(file.source) for file in self.files)


def whole_folder(item: DataInput) -> Optional[str]:
    """The folder that the input is, all of it; None for files, patterns, several paths and steps.

    Raises:
        DataTrouble: it is not there, or can't be read.
    """
    if len(item.paths) != 1 or item.steps or item.paths[0].kind != "folder" or data.has_wildcard(item.paths[0].pattern):
        return None
    path = local_path(item.paths[0])
    try:
        os.scandir(path).close()
    except NotADirectoryError:
        return None
    except OSError as error:
        raise _missing(item, path, error) from error
    return path


def local_path(path: DataPath) -> str:
    """A path without wildcards, absolute."""
    return os.path.join(path.root, *data.clean_pattern(path.pattern).split("/")).rstrip("/") or "/"


def find_files(item: DataInput, hands: Hands) -> Files:
    """All files of an input, those of URLs fetched.

    Raises:
        DataTrouble: a path is missing, can't be read or reached, or matches nothing.
    """
    for path in item.paths:
        _require(item, path)
    left_out: List[str] = []
    try:
        found = data_files.find(item.paths, item.steps, left_out.append)
    except OSError as error:
        raise DataTrouble("Input %r: %s" % (item.name, words_of(error, item.paths[0].root))) from error
    except ValueError as error:
        raise DataTrouble("Input %r: %s" % (item.name, error)) from error
    named = _apart(item, [file.name for file in found.files], hands)
    _tell_renamed(item, found.files, hands)
    tell_left_out("input %s" % item.name, left_out, hands.say)
    sources = _sources(item, found.files, hands)
    files = tuple(File(name, sources[file.source]) for name, file in zip(named, found.files))
    return Files(files, found.one_file and len(files) == 1)


def _require(item: DataInput, path: DataPath) -> None:
    if path.kind == "url":
        return
    pattern = data.has_wildcard(path.pattern)
    top = local_path(DataPath("folder", path.root, data.fixed_folder(path.pattern))) if pattern else local_path(path)
    try:
        os.scandir(top).close()
    except NotADirectoryError:
        _require_readable(item, top)
    except OSError as error:
        raise _missing(item, top, error) from error
    if pattern and not data_files.has_any(path):
        raise DataTrouble("Input %r: no file matches %s." % (item.name, os.path.join(path.root, path.pattern)))


def _require_readable(item: DataInput, file: str) -> None:
    if not os.access(file, os.R_OK):
        raise DataTrouble("Input %r: %s: Permission denied. Let this user read it." % (item.name, file))


def _missing(item: DataInput, path: str, error: OSError) -> DataTrouble:
    if isinstance(error, FileNotFoundError):
        return DataTrouble(
            "Input %r: %s is not there. Was it moved or removed since the run was submitted?" % (item.name, path)
        )
    return DataTrouble("Input %r: %s. Let this user read it." % (item.name, words_of(error, path)))


def _sources(item: DataInput, files: Sequence[data_files.DataFile], hands: Hands) -> Dict[str, str]:
    """Where each source lies on this machine."""
    found = {file.source: file.source for file in files if item.paths[file.path].kind != "url"}
    urls = list(dict.fromkeys(file.source for file in files if item.paths[file.path].kind == "url"))
    if urls:
        found.update(_fetch(item, urls, hands))
    return found


def _fetch(item: DataInput, urls: List[str], hands: Hands) -> Dict[str, str]:
    what = "Input %r could not be kept in %s" % (item.name, hands.home.url_cache)
    full = "The disk of %s is full; the run waits for space." % hands.home.url_cache
    try:
        cache = UrlCache(hands.home, environ=hands.environ, check=hands.check)
        fetched = hands.insist(lambda: cache.fetch_all(urls), what, full)
    except Coded as error:
        raise DataTrouble("Input %r: %s" % (item.name, error.message)) from error
    for url, one in zip(urls, fetched):
        note = " (%s)" % one.note if one.note else ""
        hands.say("input %s: %s: %s, %d bytes: %s%s" % (item.name, shown(url), one.how, one.size_bytes, one.path, note))
    return {url: one.path for url, one in zip(urls, fetched)}


def _apart(item: DataInput, names: Sequence[str], hands: Hands) -> List[str]:
    """No name may be that of a file and of a folder at once, as URLs can have it (``/a`` and ``/a/b``)."""
    folders: Set[str] = set()
    for name in names:
        parts = name.split("/")
        folders.update("/".join(parts[:number]) for number in range(1, len(parts)))
    taken = set(names) | folders
    made = []
    for name in names:
        new, number = name, 2
        while new in folders or (new != name and new in taken):
            new, number = "%s_%d" % (name, number), number + 1
        if new != name:
            taken.add(new)
            hands.say("input %s: %s appears as %s: other files lie below that name" % (item.name, name, new))
        made.append(new)
    return made


def _tell_renamed(item: DataInput, files: Sequence[data_files.DataFile], hands: Hands) -> None:
    renamed = [file for file in files if item.paths[file.path].kind != "url" and not _keeps_name(file)]
    words = ["%s appears as %s: another file has that name" % (file.source, file.name) for file in renamed]
    _tell_some("input %s" % item.name, words, hands.say)


def tell_left_out(what: str, paths: Sequence[str], say: Callable[[str], None]) -> None:
    """Say what lies among the files of an input or output and is none."""
    _tell_some(what, ["%s is no file: left out" % path for path in paths], say)


def _tell_some(what: str, words: Sequence[str], say: Callable[[str], None]) -> None:
    for one in words[:_TOLD_NAMES]:
        say("%s: %s" % (what, one))
    if len(words) > _TOLD_NAMES:
        say("%s: and %d more of that kind" % (what, len(words) - _TOLD_NAMES))


def _keeps_name(file: data_files.DataFile) -> bool:
    return file.name.rsplit("/", 1)[-1] == file.source.rsplit("/", 1)[-1]


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
