"""File names as a tree of folders, one row after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TreeFile:
    """A file in a tree. ``href`` shows it, ``download`` saves it; ``note``: such as "still written"."""

    path: str
    name: str
    size: str
    href: str
    download: str
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Folder:
    """A folder with what is in it. ``open``: shown unfolded; ``count``: files below it."""

    name: str
    path: str
    folders: tuple[Folder, ...]
    files: tuple[TreeFile, ...]
    count: int
    open: bool


@dataclass
class _Growing:
    folders: dict[str, _Growing] = field(default_factory=dict)
    files: list[TreeFile] = field(default_factory=list)


def tree(files: Iterable[TreeFile], *, most_open: int = 200) -> Folder:
    """The root of the tree. Folders are unfolded while the files are few, or where the chosen file is."""
    root, count = _Growing(), 0
    for file in files:
        count += 1
        place = root
        for part in file.path.split("/")[:-1]:
            place = place.folders.setdefault(part, _Growing())
        place.files.append(file)
    return _folder("", "", root, unfolded=count <= most_open)


def _folder(name: str, path: str, growing: _Growing, *, unfolded: bool) -> Folder:
    inside = tuple(
        _folder(child, f"{path}{child}/", below, unfolded=unfolded) for child, below in sorted(growing.folders.items())
    )
    # A folder that holds nothing but a folder is one row with it.
    if path and len(inside) == 1 and not growing.files:
        only = inside[0]
        return Folder(f"{name}/{only.name}", only.path, only.folders, only.files, only.count, only.open)
    files = tuple(growing.files)
    count = len(files) + sum(folder.count for folder in inside)
    chosen = any(file.chosen for file in files) or any(_holds_chosen(folder) for folder in inside)
    return Folder(name, path, inside, files, count, unfolded or chosen)


def _holds_chosen(folder: Folder) -> bool:
    return any(file.chosen for file in folder.files) or any(map(_holds_chosen, folder.folders))


def every_file(folder: Folder) -> Iterator[TreeFile]:
    """All files of the tree."""
    yield from folder.files
    for below in folder.folders:
        yield from every_file(below)
