"""What the script wrote for others, copied to where they look for it."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import List, Tuple

from trainshed.contract import data_files
from trainshed.contract.spec import DataOutput, DataPath
from trainshed.node.inputs import places
from trainshed.node.inputs.copying import partial_name
from trainshed.node.inputs.finding import local_path, tell_left_out
from trainshed.node.inputs.hands import Hands, copy_file, is_same, took
from trainshed.node.inputs.trouble import DataTrouble, words_of


def deliver(hands: Hands, mark: str) -> None:
    """Copy every output to its target. Done again after a kill, it goes on.

    Raises:
        DataTrouble: an output could not be copied; the others were, as far as they could.
    """
    found = places.places(hands.spec, hands.layout)
    failed: List[str] = []
    for output in hands.spec.outputs:
        if output.target is None:
            continue
        try:
            _deliver(output, found[output.name].path, local_path(output.target), mark, hands)
        except DataTrouble as trouble:
            hands.say(str(trouble))
            failed.append(str(trouble))
    if failed:
        raise DataTrouble("\n".join(failed))


def _deliver(output: DataOutput, source: str, target: str, mark: str, hands: Hands) -> None:
    began = time.monotonic()
    left_out: List[str] = []
    files = _files(output, source, target, left_out)
    tell_left_out("output %s" % output.name, left_out, hands.say)
    what = "Output %r could not be copied to %s" % (output.name, target)
    full = "The disk of %s is full; the run's output waits for space." % target
    size, kept = 0, []
    for file, goal in files:
        hands.check()
        if is_same(file, goal):
            size += os.stat(goal).st_size
        elif os.path.lexists(goal) and not output.overwrite:
            kept.append(goal)
        else:
            size += hands.insist(partial(_copy, file, goal, mark, hands), what, full)
    hands.say(
        "output %s: %d files, %d bytes, from %s copied to %s, %s"
        % (output.name, len(files) - len(kept), size, source, target, took(began))
    )
    if kept:
        hands.say(
            "output %s: %d files were there already and stay as they are (overwrite=False), first %s"
            % (output.name, len(kept), kept[0])
        )


def _files(output: DataOutput, source: str, target: str, left_out: List[str]) -> List[Tuple[str, str]]:
    """Each file with the one that it becomes. The script may have written a file where a folder was made for it."""
    if os.path.isfile(source):
        return [(source, os.path.join(target, os.path.basename(source)))]
    try:
        found = data_files.find((DataPath("folder", source),), (), left_out.append).files
    except OSError as error:
        raise DataTrouble("Output %r: %s" % (output.name, words_of(error, source))) from error
    return [(file.source, os.path.join(target, file.name)) for file in found]


def _copy(source: str, target: str, mark: str, hands: Hands) -> int:
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    return copy_file(source, target, partial_name(target, mark), hands.check)
