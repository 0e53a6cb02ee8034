"""All of a run's data, before its script starts."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, Mapping, Tuple

from trainshed.contract import variables
from trainshed.contract.frozen import dataclass, field
from trainshed.contract.messages import Mount
from trainshed.contract.spec import DataInput, RunSpec
from trainshed.node.inputs import mounting
from trainshed.node.inputs.copying import download
from trainshed.node.inputs.hands import Hands, took
from trainshed.node.inputs.places import Place, places
from trainshed.node.inputs.trouble import DataTrouble


@dataclass(frozen=True)
class Brought:
    """``paths``: what the script is handed for each input and output, by name; ``mounts``: for its shim."""

    paths: Mapping[str, str] = field(default_factory=dict)
    mounts: Tuple[Mount, ...] = ()


def needs_mounts(spec: RunSpec) -> bool:
    """Whether anything of the run is mounted where that can be."""
    return any(item.mode == "mount" for item in spec.inputs)


def bring(hands: Hands, mark: str) -> Brought:
    """Put every input at its place, and make a place for every output. Done again after a kill, it goes on.

    Args:
        mark: of the attempt.

    Raises:
        DataTrouble: the run can't start.
    """
    found = places(hands.spec, hands.layout)
    paths: Dict[str, str] = {}
    mounts: List[Mount] = []
    if needs_mounts(hands.spec) and not hands.may_mount:
        hands.say(
            "This user may not have mount namespaces on this node: data is linked instead of mounted, and nothing "
            "keeps the script from writing to it."
        )
    for item in hands.spec.inputs:
        hands.check()
        if item.mode == "direct":
            paths[item.name] = str(item.reference.get("dataset_id") or "")
            hands.say("input %s: only named" % item.name)
            continue
        path, more = _bring(item, found[item.name], mark, hands)
        paths[item.name] = path
        mounts += [mount for mount in more if mount not in mounts]
    for output in hands.spec.outputs:
        paths[output.name] = found[output.name].path
        _make_room(output.name, found[output.name].path, hands)
    return Brought(paths, tuple(mounts))


def _bring(item: DataInput, place: Place, mark: str, hands: Hands) -> Tuple[str, Tuple[Mount, ...]]:
    began = time.monotonic()
    mounts: Tuple[Mount, ...] = ()
    if item.mode == "mount":
        full = "The node's disk is full; the run waits for space."
        what = "Input %r could not be put in place" % item.name
        path, mounts, words = hands.insist(lambda: mounting.mount(item, place, hands), what, full)
    elif item.mode == "download":
        path, words = download(item, place, mark, hands)
    else:
        raise DataTrouble("Input %r: this release knows no mode %r." % (item.name, item.mode))
    hands.say("input %s: %s: %s: %s, %s" % (item.name, item.mode, path, words, took(began)))
    return path, mounts


def _make_room(name: str, path: str, hands: Hands) -> None:
    what = "Output %r: its folder could not be made" % name
    full = "The node's disk is full; the run waits for space."
    hands.insist(lambda: os.makedirs(path, mode=0o755, exist_ok=True), what, full)


def data_variables(spec: RunSpec, paths: Mapping[str, str]) -> Dict[str, str]:
    """What tells a training process where its data is."""
    found: Dict[str, str] = {}
    items: List[Any] = [*spec.inputs, *spec.outputs]
    for item in items:
        path = paths[item.name]
        found.update((name, path) for name in item.variables)
        found[variables.DATA_REFERENCE + item.name] = path
    datasets = [item for item in spec.inputs if item.reference.get("dataset_id")]
    if datasets:
        found[variables.DATASETS] = ",".join("%s:%s" % (item.name, item.mode) for item in datasets)
    return found
