"""Where the script finds an input and leaves an output."""

from __future__ import annotations

import os
import shutil
from typing import Dict, Optional

from trainshed.contract.frozen import dataclass
from trainshed.contract.layout import NodeLayout
from trainshed.contract.spec import RunSpec
from trainshed.node.inputs.trouble import DataTrouble


@dataclass(frozen=True)
class Place:
    """``path`` is absolute. ``ours``: it lies in the run's folder, where nobody else's files can be."""

    path: str
    ours: bool


def places(spec: RunSpec, layout: NodeLayout) -> Dict[str, Place]:
    """The place of each input (but the ones only named) and output, by name.

    Raises:
        DataTrouble: a place that can't be: outside the code, around the run's folder, within another one's.
    """
    found: Dict[str, Place] = {}
    for item in spec.inputs:
        if item.mode != "direct":
            _add(found, item.name, _place(item.name, item.path_on_compute, layout, str(layout.inputs)))
    for output in spec.outputs:
        _add(found, output.name, _place(output.name, output.path_on_compute, layout, str(layout.deliveries)))
    return found


def _add(found: Dict[str, Place], name: str, place: Place) -> None:
    if name in found:
        raise DataTrouble("Two inputs or outputs have the name %r. Give each its own." % name)
    for other, taken in found.items():
        if _is_within(place.path, taken.path) or _is_within(taken.path, place.path):
            raise DataTrouble(
                "%r is to be at %s and %r at %s: neither may lie within the other. Change path_on_compute."
                % (name, place.path, other, taken.path)
            )
    found[name] = place


def _place(name: str, wanted: Optional[str], layout: NodeLayout, usual: str) -> Place:
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise DataTrouble("%r is no name for an input or output: use letters, digits and '_'." % name)
    if not wanted:
        return Place(os.path.join(usual, name), ours=True)
    if os.path.isabs(wanted):
        return _absolute(name, os.path.normpath(wanted), str(layout.root))
    code = str(layout.code)
    path = os.path.normpath(os.path.join(code, wanted))
    # A snapshot may hold symbolic links.
    if (
        path == code
        or not _is_within(path, code)
        or not _is_within(os.path.realpath(os.path.dirname(path)), code, real=True)
    ):
        raise DataTrouble("%r is to be at %r, which is not within the script's folder." % (name, wanted))
    return Place(path, ours=True)


def _absolute(name: str, path: str, root: str) -> Place:
    if _is_within(root, path) or _is_within(os.path.realpath(root), os.path.realpath(path)):
        raise DataTrouble("%r is to be at %s, which would hide the run's own folder %s." % (name, path, root))
    return Place(path, ours=False)


def _is_within(path: str, folder: str, *, real: bool = False) -> bool:
    folder = os.path.realpath(folder) if real else folder
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def clear(place: Place) -> None:
    """Make way at a place in the run's folder: what an agent before us made, or the snapshot brought.

    Raises:
        DataTrouble: it is not in the run's folder, and there is something.
    """
    if place.ours:
        remove(place.path)
        os.makedirs(os.path.dirname(place.path), mode=0o755, exist_ok=True)
    elif os.path.lexists(place.path):
        raise DataTrouble("%s is there already. Remove it, or choose another path_on_compute." % place.path)


def remove(path: str) -> None:
    """Whatever is there; a link, not what it leads to."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
