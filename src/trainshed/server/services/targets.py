"""The compute targets that exist: those that back-ends always offer, and the clusters that somebody made."""

from __future__ import annotations

from typing import Callable, Dict, Iterable, List, Optional, Tuple

from trainshed.contract.api import TargetView
from trainshed.contract.compute import DELETED, DELETING, ClusterRecord, nearest
from trainshed.contract.errors import TargetLeaving, UnknownTarget
from trainshed.server.services.ground import Ground
from trainshed.server.storage import compute_rows
from trainshed.server.storage.writer import Reading

#: Gives the present views of the targets that one back-end offers.
TargetProvider = Callable[[], Iterable[TargetView]]


class Targets:
    """What ``compute_target='...'`` may name."""

    def __init__(self, ground: Ground) -> None:
        self._database = ground.database
        self._providers: List[TargetProvider] = []

    def register(self, provider: TargetProvider) -> None:
        """Ask ``provider`` from now on."""
        self._providers.append(provider)

    def always(self) -> Tuple[TargetView, ...]:
        """The targets that nobody has to make."""
        return tuple(view for provider in self._providers for view in provider())

    def views(self, workspace_id: str) -> Tuple[TargetView, ...]:
        """All targets of a workspace, by name."""
        found: Dict[str, TargetView] = {view.name: view for view in self.always()}
        reader = self._database.reader
        for cluster in compute_rows.of_workspace(reader, workspace_id):
            line = compute_rows.line(reader, workspace_id, cluster.name)
            why = waits_for(cluster, len(line.holding)) if line.waiting else ""
            found[cluster.name] = TargetView(
                cluster.name, cluster.type, cluster.state, len(line.holding), line.waiting, why or ""
            )
        return tuple(found[name] for name in sorted(found))

    def names(self, connection: Reading, workspace_id: str) -> Tuple[str, ...]:
        """All names that a run may give."""
        made = [cluster.name for cluster in compute_rows.of_workspace(connection, workspace_id)]
        return tuple(sorted({*made, *(view.name for view in self.always())}))

    def kind(self, workspace_id: str, name: str) -> Optional[str]:
        """The type of a target, which says whose back-end serves it; also of one that was deleted. None: unknown."""
        for view in self.always():
            if view.name == name:
                return view.type
        cluster = compute_rows.find(self._database.reader, workspace_id, name)
        return None if cluster is None else cluster.type

    def check(self, connection: Reading, workspace_id: str, name: str) -> Optional[ClusterRecord]:
        """The cluster of that name, None for a target that always exists.

        Raises:
            UnknownTarget: names those that exist, and the way to make one.
            TargetLeaving: it is being deleted.
        """
        if any(view.name == name for view in self.always()):
            return None
        cluster = compute_rows.find(connection, workspace_id, name)
        if cluster is None or cluster.state == DELETED:
            known = self.names(connection, workspace_id)
            raise UnknownTarget(target=name, known=", ".join(known) or "none", near=nearest(name, known))
        if cluster.state == DELETING:
            running = len(compute_rows.line(connection, workspace_id, name).holding)
            raise TargetLeaving(name=name, running=running)
        return cluster


def waits_for(cluster: ClusterRecord, busy: int, before: Optional[int] = None) -> Optional[str]:
    """One sentence why a run waits; None when it need not.

    Args:
        cluster: whose place it waits for.
        busy: places that are held.
        before: how many wait before it; None: nobody in particular waits.
    """
    nodes = cluster.settings.max_nodes
    if nodes == 0:
        return "waits for a node of %s, whose max_nodes is 0: raise it" % cluster.name
    if busy < nodes:
        return None
    words = "waits for a node of %s: %d of %d busy" % (cluster.name, busy, nodes)
    return words if before is None else "%s, %s before it" % (words, before or "none")
