"""Records of targets become pages: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trainshed.contract.api import TargetView
from trainshed.contract.compute import ClusterRecord
from trainshed.contract.records import AttemptRecord, RunRecord
from trainshed.server.portal.addresses import page_of, runs_of
from trainshed.server.portal.compute.pages import ComputeFact, NodeLine, TargetLine
from trainshed.server.portal.run_lines import run_line
from trainshed.server.portal.texts import minute


def cluster_line(workspace_id: str, cluster: ClusterRecord, why: str) -> TargetLine:
    """A cluster, which has places and a queue; ``why``: why runs wait for it."""
    return TargetLine(
        name=cluster.name,
        type=cluster.type,
        state=cluster.state,
        href=page_of("compute", workspace_id, cluster.name),
        busy=len(cluster.running),
        places=cluster.settings.max_nodes,
        waiting=cluster.waiting,
        why=why,
        size=cluster.settings.vm_size,
        runs_href=runs_of(workspace_id, target=cluster.name),
    )


def always_line(workspace_id: str, view: TargetView, busy: int, waiting: int) -> TargetLine:
    """A target that nobody has to make: as many runs at once as come."""
    return TargetLine(
        name=view.name,
        type=view.type,
        state=view.state,
        href=page_of("compute", workspace_id, view.name),
        busy=busy,
        places=None,
        waiting=waiting,
        why=view.why,
        size="",
        runs_href=runs_of(workspace_id, target=view.name),
    )


def node_lines(runs: Sequence[RunRecord], attempts: Sequence[AttemptRecord], now: datetime) -> tuple[NodeLine, ...]:
    """The nodes of runs; one for each run of which no node has spoken yet."""
    living = {attempt.run_id: attempt for attempt in attempts}
    lines = []
    for run in runs:
        line, attempt = run_line(run, now), living.get(run.id)
        nodes = attempt.nodes if attempt else ()
        for node in nodes:
            lines.append(
                NodeLine(line, node.node, len(nodes), node.host, node.address, node.status.value, len(node.ranks))
            )
        if not nodes:
            lines.append(NodeLine(line, 0, 1, "", "", run.status.value, 0))
    return tuple(lines)


def always_facts(view: TargetView) -> tuple[ComputeFact, ...]:
    """What is to say about a target without places."""
    return (ComputeFact("Type", view.type), ComputeFact("Runs at once", "as many as are submitted"))


def cluster_facts(cluster: ClusterRecord) -> tuple[ComputeFact, ...]:
    """What a cluster was asked to be."""
    settings = cluster.settings
    facts = {
        "Type": cluster.type,
        "State": cluster.state,
        "Size": f"{settings.vm_size}, {settings.vm_priority}",
        "Runs at once": f"{settings.max_nodes} at most (min_nodes {settings.min_nodes})",
        "Made": f"{minute(cluster.created_at)} UTC",
        "Changed": f"{minute(cluster.modified_at)} UTC" if cluster.modified_at != cluster.created_at else "",
        "Description": cluster.description or "",
    }
    return tuple(ComputeFact(name, value) for name, value in facts.items() if value)
