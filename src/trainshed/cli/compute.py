"""``trainshed compute list``, ``show``, ``create`` and ``delete``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.contract.compute import ClusterRecord
    from trainshed.sdk.workspace import Workspace

SUMMARY = "List, show, make and delete compute clusters."
COLUMNS = ("cluster", "state", "nodes", "running", "waiting", "vm size")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which."""
    parser.add_argument("action", nargs="?", default="list", choices=("list", "show", "create", "delete"))
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the cluster; all but 'list' need it")
    parser.add_argument("--max-nodes", type=int, metavar="N", help="create: how many runs it takes at once (default 4)")
    parser.add_argument("--min-nodes", type=int, metavar="N", help="create: shown as idle nodes (default 0)")
    parser.add_argument("--vm-size", metavar="SIZE", help="create: a name, kept and shown (default STANDARD_D2_V2)")


def execute(args: argparse.Namespace, out: Output) -> int:
    """One request each; ``create`` of a name that is there renews its settings."""
    from trainshed.cli.errors import BadUsage
    from trainshed.cli.place import open_workspace

    if args.action != "create" and (args.max_nodes, args.min_nodes, args.vm_size) != (None, None, None):
        raise BadUsage(why="--max-nodes, --min-nodes and --vm-size belong to 'create'")
    if args.action == "list":
        return _list(open_workspace(), out)
    if not args.name:
        raise BadUsage(why=f"trainshed compute {args.action} needs the cluster's name")
    return _show(_done(args, open_workspace()), out)


def _list(workspace: Workspace, out: Output) -> int:
    clusters = workspace._api.compute.all(workspace._workspace_id).clusters
    if out.as_json:
        out.record({"clusters": clusters})
        return exits.DONE
    out.table(COLUMNS, [_row(cluster) for cluster in clusters])
    if not clusters:
        out.remark("There is no cluster; 'local' is always there.\n  next: trainshed compute create cpu-cluster")
    return exits.DONE


def _done(args: argparse.Namespace, workspace: Workspace) -> ClusterRecord:
    from trainshed.sdk.compute.cluster import AmlCompute
    from trainshed.sdk.compute.target import ComputeTarget

    if args.action == "show":
        return ComputeTarget(workspace, args.name)._seen
    if args.action == "create":
        max_nodes = 4 if args.max_nodes is None else args.max_nodes
        asked = AmlCompute.provisioning_configuration(args.vm_size or "", "dedicated", args.min_nodes or 0, max_nodes)
        return ComputeTarget.create(workspace, args.name, asked)._seen
    target = ComputeTarget(workspace, args.name)
    target.delete()
    return target._seen


def _show(cluster: ClusterRecord, out: Output) -> int:
    if out.as_json:
        out.record(cluster)
        return exits.DONE
    settings = cluster.settings
    out.pairs(
        [
            ("cluster", cluster.name),
            ("type", cluster.type),
            ("state", cluster.state),
            ("nodes", f"{settings.min_nodes} to {settings.max_nodes}"),
            ("vm size", settings.vm_size),
            ("running", ", ".join(cluster.running) or "none"),
            ("waiting", str(cluster.waiting)),
            *([("description", cluster.description)] if cluster.description else []),
            *((f"tag {name}", value) for name, value in cluster.tags.items()),
        ]
    )
    return exits.DONE


def _row(cluster: ClusterRecord) -> tuple[str, ...]:
    settings = cluster.settings
    counts = (f"{settings.min_nodes}-{settings.max_nodes}", str(len(cluster.running)), str(cluster.waiting))
    return (cluster.name, cluster.state, *counts, settings.vm_size)
