"""Who may start now: first come, first served, and never more at once than a target has places."""

from __future__ import annotations

from typing import List, Set, Tuple

from trainshed.server.services import Services


class Queues:
    """Reads the records anew each time: a restart forgets nothing. Used on the event loop."""

    def __init__(self, services: Services) -> None:
        self._clusters = services.clusters

    def may_start(self, workspace_id: str, target: str, starting: Set[Tuple[str, str]]) -> List[str]:
        """Ids of the runs that have a place of their own now, in their order.

        Args:
            workspace_id: where the target is.
            target: one with a queue.
            starting: workspace and id of runs that have got a place, and of which nothing may be recorded yet.
        """
        places = self._clusters.capacity(workspace_id, target)
        if places is None:
            return []
        coming = {run_id for workspace, run_id in starting if workspace == workspace_id}
        waiting = self._clusters.waiting(workspace_id, target, places + len(coming))
        # One that is starting waits or holds: it is counted once, wherever its record stands.
        busy = {*self._clusters.holding(workspace_id, target), *(run for run in waiting if run in coming)}
        return [run for run in waiting if run not in coming][: max(0, places - len(busy))]
