"""Data in place, never copied.

Where the system allows a mount namespace, the script sees the whole file system once more, read-only, below
``mounted/`` in the run's folder: a folder of data is handed to it as ``mounted/data/mnist``. So every link in the data,
also a relative one that leaves the folder, leads where it should, and nothing of it can be written to. Elsewhere it is
handed a symbolic link.

Several paths, a pattern or steps: a folder of links into that same view.
"""

from __future__ import annotations

import os
from typing import Callable, List, Tuple

from trainshed.contract.messages import Mount
from trainshed.contract.spec import DataInput
from trainshed.contract.tuples import NamedTuple
from trainshed.node.inputs import places
from trainshed.node.inputs.finding import Files, find_files, local_path, whole_folder
from trainshed.node.inputs.hands import Hands
from trainshed.node.inputs.places import Place
from trainshed.node.inputs.trouble import DataTrouble, words_of

_NEW = ".new"


class InPlace(NamedTuple):
    """``path`` is what the script is handed; ``words`` what people are told."""

    path: str
    mounts: Tuple[Mount, ...]
    words: str


def mount(item: DataInput, place: Place, hands: Hands) -> InPlace:
    """Have the script see an input at its place.

    Raises:
        DataTrouble: the data is not there, or the place is taken.
        OSError: the disk can't take what is written for it.
    """
    if item.writable:
        return _writable(item, place, hands)
    folder = whole_folder(item)
    if folder is not None:
        return _folder(item, os.path.realpath(folder), place, hands)
    files = find_files(item, hands)
    if files.alone and hands.may_mount and not item.path_on_compute:
        file = files.files[0]
        seen = _seen(file.source, hands)
        if os.path.basename(seen) == file.name:
            words = "%s, %d bytes, mounted read-only" % (file.source, files.size_bytes)
            return InPlace(seen, (_view(hands),), words)
    return _links(item, files, place, hands)


def _view(hands: Hands) -> Mount:
    os.makedirs(hands.layout.mounted, mode=0o755, exist_ok=True)
    return Mount("/", str(hands.layout.mounted), read_only=True)


def _seen(path: str, hands: Hands) -> str:
    """Where the script sees a path of this machine. A link at its end would lead out of the view: it is followed."""
    return str(hands.layout.mounted) + os.path.realpath(path)


def _folder(item: DataInput, real: str, place: Place, hands: Hands) -> InPlace:
    if not hands.may_mount:
        _link(place, real)
        return InPlace(place.path, (), "%s, linked" % real)
    words = "%s, mounted read-only" % real
    if not item.path_on_compute:
        return InPlace(_seen(real, hands), (_view(hands),), words)
    if place.ours:
        _link(place, _seen(real, hands))
        return InPlace(place.path, (_view(hands),), words)
    return InPlace(place.path, (Mount(real, _target(item, place, folder=True)),), words)


def _writable(item: DataInput, place: Place, hands: Hands) -> InPlace:
    """v1's references to a datastore: the script works in the folder itself."""
    if len(item.paths) != 1 or item.steps or item.paths[0].kind != "folder":
        raise DataTrouble("Input %r: only one folder or file can be mounted for writing." % item.name)
    real = os.path.realpath(local_path(item.paths[0]))
    if not os.path.lexists(real):
        _make_folder(item, real)
    if not item.path_on_compute:
        return InPlace(real, (), "%s, in place, for reading and writing" % real)
    words = "%s, mounted for reading and writing" % real
    if place.ours or not hands.may_mount:
        _link(place, real)
        return InPlace(place.path, (), words)
    target = _target(item, place, folder=os.path.isdir(real))
    return InPlace(place.path, (Mount(real, target, read_only=False),), words)


def _links(item: DataInput, files: Files, place: Place, hands: Hands) -> InPlace:
    folder = place if place.ours else Place(str(hands.layout.inputs / item.name), ours=True)
    mounts: List[Mount] = []
    lead: Callable[[str], str] = os.path.abspath
    if hands.may_mount:
        # The folder of links itself shall be read-only, too; made last, so that it is not part of the view.
        mounts = [_view(hands), Mount(folder.path, folder.path if place.ours else _target(item, place, folder=True))]
        lead = _Leading(hands)
    _write_links(files, folder, lead, hands)
    if not place.ours and not hands.may_mount:
        _link(place, folder.path)
    path = os.path.join(place.path, files.files[0].name) if files.alone else place.path
    kind = "read-only links" if hands.may_mount else "links"
    words = "%d files, %d bytes, as %s" % (len(files.files), files.size_bytes, kind)
    return InPlace(path, tuple(mounts), words)


class _Leading:
    """Where a link to a file must lead. Folders are resolved once each, not for every file."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._folders: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        if os.path.islink(path):
            return _seen(path, self._hands)
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = _seen(folder, self._hands)
        return os.path.join(self._folders[folder], name)


def _write_links(files: Files, folder: Place, lead: Callable[[str], str], hands: Hands) -> None:
    """Whole or not at all."""
    new = folder.path + _NEW
    places.remove(new)
    made = {""}
    os.makedirs(new, mode=0o755)
    for file in files.files:
        hands.check()
        parent = os.path.dirname(file.name)
        if parent not in made:
            os.makedirs(os.path.join(new, parent), mode=0o755, exist_ok=True)
            made.add(parent)
        os.symlink(lead(file.source), os.path.join(new, file.name))
    places.clear(folder)
    os.rename(new, folder.path)


def _link(place: Place, source: str) -> None:
    if os.path.islink(place.path) and os.readlink(place.path) == source:
        return
    places.clear(place)
    os.makedirs(os.path.dirname(place.path), mode=0o755, exist_ok=True)
    os.symlink(source, place.path)


def _target(item: DataInput, place: Place, *, folder: bool) -> str:
    """Make what is mounted over, outside of the run's folder; what is there stays, and is not seen by the script."""
    real = os.path.realpath(place.path)
    try:
        if folder:
            os.makedirs(real, mode=0o755, exist_ok=True)
        elif not os.path.lexists(real):
            os.makedirs(os.path.dirname(real), mode=0o755, exist_ok=True)
            os.close(os.open(real, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
    except FileExistsError:
        raise DataTrouble("Input %r: %s is there already, and no folder." % (item.name, real)) from None
    except (PermissionError, NotADirectoryError) as error:
        raise DataTrouble(
            "Input %r can't be put at %s: %s." % (item.name, place.path, words_of(error, real))
        ) from error
    return real


def _make_folder(item: DataInput, path: str) -> None:
    try:
        os.makedirs(path, mode=0o755, exist_ok=True)
    except (PermissionError, NotADirectoryError) as error:
        raise DataTrouble("Input %r: the folder could not be made: %s." % (item.name, words_of(error, path))) from error
