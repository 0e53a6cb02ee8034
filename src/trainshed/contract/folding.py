"""Ranks fold into a node, nodes into an attempt, an attempt into its run. Pure functions; nothing else derives a
status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Optional, Sequence, Tuple

from trainshed.contract.records import NodeReport, PhaseChange, RankReport, RunError
from trainshed.contract.status import ENDED, PROGRESS, RunStatus

if TYPE_CHECKING:
    from datetime import datetime


def fold_ranks(ranks: Iterable[RankReport]) -> RunStatus:
    """The status of a node's processes together.

    Returns:
        The least advanced status while any rank lives; then Failed if any failed, else Canceled if any was, else
        Completed.
        Without ranks: Starting.
    """
    return _fold([rank.status for rank in ranks], RunStatus.STARTING)


def fold_nodes(nodes: Iterable[NodeReport]) -> RunStatus:
    """The status of an attempt from its nodes' newest reports; Queued when no node has reported."""
    return _fold([node.status for node in nodes], RunStatus.QUEUED)


def _fold(statuses: Sequence[RunStatus], none: RunStatus) -> RunStatus:
    if not statuses:
        return none
    alive = [status for status in statuses if status not in ENDED]
    if not alive:
        for ending in (RunStatus.FAILED, RunStatus.CANCELED):
            if ending in statuses:
                return ending
        return RunStatus.COMPLETED
    least = min(alive, key=_rank_of)
    # A node that has ended is past the others: it must not hold the attempt back, nor end it.
    return least


def _rank_of(status: RunStatus) -> int:
    return PROGRESS.index(status) if status in PROGRESS else len(PROGRESS)


def first_error(nodes: Iterable[NodeReport]) -> Optional[RunError]:
    """The cause of an attempt's failure: the error of the node that failed first (by its own clock), else None."""
    failed = [node for node in nodes if node.error is not None]
    if not failed:
        return None
    return min(failed, key=_last_change).error


def _last_change(node: NodeReport) -> float:
    return node.phases[-1].at.timestamp() if node.phases else float("inf")


def fold_attempt(run: RunStatus, changes: Sequence[PhaseChange]) -> Tuple[PhaseChange, ...]:
    """Which status changes a run still has to make, given all those its attempt went through.

    Args:
        run: the run's present status (NotResponding: pass the status before the silence).
        changes: the attempt's history, oldest first, cumulative.

    Returns:
        The changes not yet made, in order; each is allowed by the table when made one after the other. A run that was
        asked to
        cancel takes only Finalizing and the endings; one that has ended takes none.
    """
    if run in ENDED:
        return ()
    ahead: Tuple[PhaseChange, ...] = ()
    present = run
    for change in changes:
        if _is_ahead(present, change.status):
            ahead += (change,)
            present = change.status
    return ahead


def _is_ahead(present: RunStatus, new: RunStatus) -> bool:
    if present in ENDED:
        return False
    if new in ENDED:
        return True
    if present is RunStatus.CANCEL_REQUESTED:
        return new is RunStatus.FINALIZING
    return new in PROGRESS and present in PROGRESS and PROGRESS.index(new) > PROGRESS.index(present)


def node_history(nodes: Sequence[NodeReport], node_count: int) -> Tuple[PhaseChange, ...]:
    """What an attempt went through, from what each of its nodes went through.

    Args:
        nodes: the newest report of each node heard so far.
        node_count: nodes of the attempt; one not heard yet counts as Queued.

    Returns:
        The changes of the nodes' folded status, oldest first, by the nodes' own clocks; for a single node its phases.
    """
    if node_count <= 1:
        return nodes[0].phases if nodes else ()
    present = dict.fromkeys(range(node_count), RunStatus.QUEUED)
    history: Tuple[PhaseChange, ...] = ()
    for node, change in sorted(((report.node, change) for report in nodes for change in report.phases), key=_when):
        present[node] = change.status
        folded = _fold(list(present.values()), RunStatus.QUEUED)
        if not history or history[-1].status is not folded:
            history += (PhaseChange(folded, change.at, change.reason),)
    return history


def _when(item: Tuple[int, PhaseChange]) -> datetime:
    return item[1].at
