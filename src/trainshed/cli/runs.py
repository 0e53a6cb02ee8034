"""``trainshed runs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits
from trainshed.cli.times import local, spent

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.contract.records import RunRecord

SUMMARY = "List runs, newest first."
COLUMNS = ("run", "status", "experiment", "created", "duration", "target")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Filters; all that are given must hold."""
    from trainshed.cli.parser import count, when
    from trainshed.contract.status import RunStatus

    words = [status.value for status in RunStatus]
    parser.add_argument("-e", "--experiment", metavar="NAME", help="of this experiment")
    parser.add_argument(
        "--status",
        action="append",
        choices=words,
        metavar="STATUS",
        help="one of: " + ", ".join(words) + "; may be repeated: in any of them",
    )
    parser.add_argument(
        "--tag", action="append", default=[], metavar="KEY[=VALUE]", help="with this tag; may be repeated"
    )
    parser.add_argument("--target", metavar="NAME", help="on this compute target")
    parser.add_argument("--since", type=when, metavar="WHEN", help="made then or later: 2026-11-24, yesterday, 6h")
    parser.add_argument("--until", type=when, metavar="WHEN", help="made before that")
    parser.add_argument("--limit", type=count, default=20, metavar="N", help="at most N runs (default 20)")
    parser.add_argument("--children", action="store_true", help="child runs too")


def execute(args: argparse.Namespace, out: Output) -> int:
    """One line a run; with ``--json`` the whole records."""
    from trainshed.cli.place import open_place

    narrowed = {
        "experiment": args.experiment,
        "status": args.status,
        "tags": args.tag,
        "target": args.target,
        "created_since": args.since,
        "created_before": args.until,
    }
    runs = list(open_place().runs(args.limit, include_children=args.children, **narrowed))
    if out.as_json:
        out.record({"runs": runs})
        return exits.DONE
    out.table(COLUMNS, [_row(run) for run in runs])
    if not runs:
        first = "There is no run yet.\n  next: trainshed run train.py"
        out.remark("No run matches." if any(narrowed.values()) else first)
    return exits.DONE


def _row(run: RunRecord) -> tuple[str, ...]:
    return (run.id, run.status.value, run.experiment, local(run.created_at), spent(run), run.target or "")
