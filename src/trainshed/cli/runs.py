"""``trainshed runs``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trainshed.cli import exits
from trainshed.cli.times import local, spent

if TYPE_CHECKING:
    from trainshed.cli.output import Output
    from trainshed.contract.records import RunRecord

SUMMARY = "List runs, newest first."
COLUMNS = ("run", "status", "experiment", "created", "duration", "target")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Filters; all that are given must hold."""
    from trainshed.contract.status import RunStatus

    words = [status.value for status in RunStatus]
    parser.add_argument("-e", "--experiment", metavar="NAME", help="of this experiment")
    parser.add_argument("--status", choices=words, metavar="STATUS", help="one of: " + ", ".join(words))
    parser.add_argument(
        "--tag", action="append", default=[], metavar="KEY[=VALUE]", help="with this tag; may be repeated"
    )
    parser.add_argument("--limit", type=_count, default=20, metavar="N", help="at most N runs (default 20)")
    parser.add_argument("--children", action="store_true", help="child runs too")


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


def execute(args: argparse.Namespace, out: Output) -> int:
    """One line a run; with ``--json`` the whole records."""
    from trainshed.cli.place import open_place

    place = open_place()
    runs = list(
        place.runs(
            args.limit, experiment=args.experiment, status=args.status, tags=args.tag, include_children=args.children
        )
    )
    if out.as_json:
        out.record({"runs": runs})
        return exits.DONE
    out.table(COLUMNS, [_row(run) for run in runs])
    if not runs:
        narrowed = args.experiment or args.status or args.tag
        out.remark("No run matches." if narrowed else "There is no run yet.\n  next: trainshed run train.py")
    return exits.DONE


def _row(run: RunRecord) -> tuple[str, ...]:
    return (run.id, run.status.value, run.experiment, local(run.created_at), spent(run), run.target or "")
