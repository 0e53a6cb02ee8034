"""A launcher turns "spec + nodes" into the command of each rank; it starts nothing itself."""

from __future__ import annotations

import abc
from typing import Sequence, Tuple

from trainshed.contract.frozen import dataclass
from trainshed.contract.spec import RunSpec
from trainshed.node.agent.trouble import CannotPrepare


@dataclass(frozen=True)
class RankCommand:
    """What one rank executes, before ``$NAME`` is replaced. ``argv[0]`` is a path, or a name on the rank's PATH.

    ``shell``: a shell replaces names by itself, and knows about quotes.
    """

    rank: int
    argv: Tuple[str, ...]
    shell: bool = False


class Launcher(abc.ABC):
    """How the processes of a run are laid out over its nodes."""

    @abc.abstractmethod
    def commands(self, spec: RunSpec, node: int, interpreter: str) -> Sequence[RankCommand]:
        """The ranks that run on ``node`` (counted from 0)."""


def launcher_for(spec: RunSpec) -> Launcher:
    """The launcher that a spec asks for.

    Raises:
        CannotPrepare: this release does not have it.
    """
    from trainshed.node.launchers.alone import Alone

    topology = spec.topology
    if topology.launcher == "none" and topology.node_count == 1 and topology.processes_per_node == 1:
        return Alone()
    raise CannotPrepare(
        "This release starts one process on one node; the run asks for %d nodes with %d processes each (launcher %s)."
        % (topology.node_count, topology.processes_per_node, topology.launcher)
    )
