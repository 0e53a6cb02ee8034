"""Downloads: copies that the script may do with as it likes."""

from __future__ import annotations

import hashlib
import os
from functools import partial

from trainshed.contract.data_files import PART
from trainshed.contract.spec import DataInput
from trainshed.contract.tuples import NamedTuple
from trainshed.node.inputs.finding import Files, find_files
from trainshed.node.inputs.hands import Hands, copy_file, is_same
from trainshed.node.inputs.places import Place
from trainshed.node.inputs.trouble import DataTrouble


class Downloaded(NamedTuple):
    """``path`` is what the script is handed; ``words`` what people are told."""

    path: str
    words: str


def download(item: DataInput, place: Place, mark: str, hands: Hands) -> Downloaded:
    """Copy an input's files to its place; those that are there from before the agent was killed are not copied again.

    Args:
        mark: tells the temporary names of this attempt from others'.

    Raises:
        DataTrouble: the data is not there, or another file is in its way and ``overwrite`` is off.
    """
    files = find_files(item, hands)
    what = "Input %r could not be copied" % item.name
    full = "The disk of %s is full; the run waits for space." % os.path.dirname(place.path)
    hands.insist(partial(os.makedirs, place.path, 0o755, exist_ok=True), what, full)
    size = 0
    for file in files.files:
        target = os.path.join(place.path, file.name)
        size += hands.insist(partial(_bring, item, file.source, target, mark, hands), what, full)
    return Downloaded(_handed(files, place), "%d files, %d bytes, copied" % (len(files.files), size))


def _handed(files: Files, place: Place) -> str:
    return os.path.join(place.path, files.files[0].name) if files.alone else place.path


def _bring(item: DataInput, source: str, target: str, mark: str, hands: Hands) -> int:
    hands.check()
    if is_same(source, target):
        return os.stat(target).st_size
    if os.path.lexists(target) and (os.path.isdir(target) or not item.overwrite):
        raise DataTrouble(
            "Input %r: %s is there already, and differs from %s. Pass overwrite=True to replace it, or choose another "
            "path_on_compute." % (item.name, target, source)
        )
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    return copy_file(source, target, partial_name(target, mark), hands.check)


def partial_name(target: str, mark: str) -> str:
    """Beside the target, as it must be for a rename; never too long."""
    folder, name = os.path.split(target)
    digest = hashlib.sha256(("%s/%s" % (mark, name)).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return os.path.join(folder, ".%s%s" % (digest, PART))
