"""The files of a dataset as they lie there now: one walk, for the SDK and for the node."""

from __future__ import annotations

import os
from typing import Callable, Iterator, List, Sequence, Tuple

from trainshed.contract.data import (
    Entry,
    appear_as,
    clean_pattern,
    fixed_folder,
    has_wildcard,
    matches,
    names_one_file,
    natural_key,
    select,
)
from trainshed.contract.spec import DataPath, DataStep
from trainshed.contract.tuples import NamedTuple

#: Ends the name of a file that is still being written; it belongs to no dataset yet.
PART = ".trainshed-part"


class DataFile(NamedTuple):
    """One file of a dataset.

    Args:
        name: under which it appears, relative, with forward slashes (``to_path`` puts a ``/`` before it).
        source: the file, absolute; of a ``url`` path the URL.
        path: which of the dataset's paths it belongs to.
    """

    name: str
    source: str
    path: int


class Found(NamedTuple):
    """The files of a dataset. ``one_file``: it is a single file by definition, and a script is handed that file."""

    files: Tuple[DataFile, ...]
    one_file: bool


def find(
    paths: Sequence[DataPath], steps: Sequence[DataStep] = (), left_out: Callable[[str], None] = lambda path: None
) -> Found:
    """Look at the disk (URLs are not asked for): the dataset's files in its order, after its steps.

    A path that matches nothing gives no file; who needs some asks :func:`relative_names` for each path.

    Args:
        left_out: hears of what lies among the files and is none: pipes, sockets, devices, links that lead nowhere.

    Raises:
        OSError: a folder that cannot be read.
    """
    entries = [Entry(number, name) for number, path in enumerate(paths) for name in relative_names(path, left_out)]
    names = appear_as(paths, entries)
    files = [
        DataFile(name, source(paths[entry.path], entry.relative), entry.path) for name, entry in zip(names, entries)
    ]
    return Found(tuple(select(files, steps)), names_one_file(paths, steps, entries))


def source(path: DataPath, relative: str) -> str:
    """Where a file of a path lies: its URL, or its absolute name."""
    return path.root if path.kind == "url" else os.path.join(path.root, *relative.split("/"))


def relative_names(path: DataPath, left_out: Callable[[str], None] = lambda path: None) -> List[str]:
    """The names of a path's files relative to its root, in natural order; of a URL one empty name.

    Links to files and folders are followed, each folder once on every way down to it. ``left_out``: as in :func:`find`.
    """
    if path.kind == "url":
        return [""]
    return sorted(_matching(path, left_out), key=natural_key)


def has_any(path: DataPath) -> bool:
    """Whether a path has a file at all; stops looking at the first. A URL is taken at its word."""
    return path.kind == "url" or next(_matching(path), None) is not None


def _matching(path: DataPath, left_out: Callable[[str], None] = lambda path: None) -> Iterator[str]:
    start = fixed_folder(path.pattern)
    top = os.path.join(path.root, *start.split("/")) if start else path.root
    if not has_wildcard(path.pattern) and start and os.path.isfile(top):
        return iter((clean_pattern(path.pattern),))
    return (name for name in _walk(top, start, (), left_out) if matches(path.pattern, name))


def _walk(
    folder: str, prefix: str, above: Tuple[Tuple[int, int], ...], left_out: Callable[[str], None]
) -> Iterator[str]:
    try:
        status = os.stat(folder)
        with os.scandir(folder) as entries:
            listed = list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        return  # a link to a folder that we are in
    for entry in listed:
        name = "%s/%s" % (prefix, entry.name) if prefix else entry.name
        if entry.is_dir():
            yield from _walk(entry.path, name, (*above, identity), left_out)
        elif not entry.is_file():
            left_out(entry.path)
        elif not entry.name.endswith(PART):
            yield name
