"""``trainshed cancel``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Ask runs to stop."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which runs."""
    parser.add_argument("run", nargs="+", metavar="RUN", help="a run's id, an unambiguous beginning of one, or 'last'")


def execute(args: argparse.Namespace, out: Output) -> int:
    """Ask for each; one that has ended already stays as it is, and that is no error."""
    from trainshed.cli.place import open_place

    place = open_place()
    # All are looked up before any is asked: a typing mistake in the third shall not leave two canceled.
    found = [place.find(word) for word in args.run]
    asked = [place.cancel(run.id) for run in found]
    if out.as_json:
        out.record({"runs": [{"run_id": run.id, "status": run.status} for run in asked]})
        return exits.DONE
    for run in asked:
        out.line(f"{run.id}\t{run.status.value}")
    return exits.DONE
