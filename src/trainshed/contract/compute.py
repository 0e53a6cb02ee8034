"""Compute clusters as they are kept and told: an ``AmlCompute`` is so many places for runs behind one queue."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Mapping, Optional, Tuple

from trainshed.contract.api import TargetView
from trainshed.contract.errors import BadComputeSetting, BadTargetName
from trainshed.contract.frozen import dataclass, field

AMLCOMPUTE = "AmlCompute"

#: v1's defaults. It filled in a GPU size; a cluster that names none gets one without.
DEFAULT_VM_SIZE = "STANDARD_D2_V2"
DEFAULT_IDLE_S = 120

PRIORITIES = ("dedicated", "lowpriority")
#: Names that mean something else where a compute target is expected.
RESERVED = ("local", "amlcompute", "containerinstance")

#: A cluster takes runs; it is being deleted, and what runs there still ends; it is gone.
READY, DELETING, DELETED = "Succeeded", "Deleting", "Deleted"

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])", re.ASCII)
_VM_SIZE = re.compile(r"[A-Za-z][\w-]{0,63}", re.ASCII)
_GPU_FAMILY = re.compile(r"(?:(?:standard|basic)_)?n[cdvgp]", re.IGNORECASE)


@dataclass(frozen=True)
class ClusterSettings:
    """What a cluster was asked to be. ``max_nodes`` is how many runs it takes at once; the others are kept as said."""

    vm_size: str
    max_nodes: int
    min_nodes: int = 0
    vm_priority: str = "dedicated"
    idle_s: int = DEFAULT_IDLE_S


@dataclass(frozen=True)
class ClusterAsk:
    """Body of ``POST /workspaces/{ws}/compute``."""

    name: str
    settings: ClusterSettings
    description: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterPatch:
    """Body of ``PATCH /workspaces/{ws}/compute/{name}``; None leaves a value as it is."""

    min_nodes: Optional[int] = None
    max_nodes: Optional[int] = None
    idle_s: Optional[int] = None


@dataclass(frozen=True)
class ClusterRecord:
    """A cluster. ``running``: ids of the runs that hold a place, oldest first; ``waiting``: how many have none."""

    name: str
    type: str
    state: str
    settings: ClusterSettings
    created_at: datetime
    modified_at: datetime
    description: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)
    running: Tuple[str, ...] = ()
    waiting: int = 0


@dataclass(frozen=True)
class ComputePage:
    """Answer of ``GET /workspaces/{ws}/compute``: the clusters, and the targets that nobody has to make."""

    clusters: Tuple[ClusterRecord, ...]
    always: Tuple[TargetView, ...] = ()


def check_target_name(name: Any) -> str:
    """Return ``name`` if a cluster may have it; BadTargetName, which tells the rule."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadTargetName(name=name, why="2 to 32 letters, digits and '-', a letter first, no '-' at the end")
    if name.lower() in RESERVED:
        raise BadTargetName(name=name, why="the name is reserved, as in v1: %s" % ", ".join(RESERVED))
    return name


def check_settings(settings: ClusterSettings) -> ClusterSettings:
    """Return the settings if they can be; BadComputeSetting, which names the one that can't."""
    if not _VM_SIZE.fullmatch(settings.vm_size):
        raise BadComputeSetting(what="vm_size %r" % settings.vm_size, why="give a name such as %r" % DEFAULT_VM_SIZE)
    if settings.vm_priority not in PRIORITIES:
        raise BadComputeSetting(what="vm_priority %r" % settings.vm_priority, why="use 'dedicated' or 'lowpriority'")
    counts = (("min_nodes", settings.min_nodes), ("max_nodes", settings.max_nodes))
    for name, value in (*counts, ("idle_seconds_before_scaledown", settings.idle_s)):
        if value < 0:
            raise BadComputeSetting(what="%s %r" % (name, value), why="give a number of at least 0")
    if settings.min_nodes > settings.max_nodes:
        why = "it is above max_nodes (%d)" % settings.max_nodes
        raise BadComputeSetting(what="min_nodes %d" % settings.min_nodes, why=why)
    return settings


def check_new(settings: ClusterSettings) -> ClusterSettings:
    """As :func:`check_settings`, for a cluster that is made: its size has to be one of Azure's, and with
    ``max_nodes=0`` its runs would wait for ever. An update may say 0, to hold the queue.
    """
    from trainshed.contract.vm_sizes import amiss

    why = amiss(settings.vm_size)
    if why is not None:
        raise BadComputeSetting(what="vm_size %r" % settings.vm_size, why=why)
    if settings.max_nodes < 1:
        why = "give a number of at least 1: how many runs the cluster takes at once"
        raise BadComputeSetting(what="max_nodes %d" % settings.max_nodes, why=why)
    return check_settings(settings)


def names_gpu(vm_size: str) -> bool:
    """Whether Azure's machines of that size have GPUs: all families whose name begins with N."""
    return bool(_GPU_FAMILY.match(vm_size))


def nearest(name: str, known: Tuple[str, ...]) -> str:
    """`` Did you mean 'cpu-cluster'?``, or nothing: for the end of a sentence."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, 3)
    return " Did you mean %s?" % " or ".join(map(repr, close)) if close else ""
