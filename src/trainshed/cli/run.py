"""``trainshed run``: submit a script and follow it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Protocol

from trainshed.cli import exits, interrupts

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord

SUMMARY = "Submit a script and follow it. The script's arguments go after --"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to run, where, and what to call it."""
    from trainshed.cli import packages
    from trainshed.cli.parser import duration_s, key_value

    parser.usage = "trainshed run SCRIPT [options] [-- ARGUMENT ...]"
    parser.add_argument("script", metavar="SCRIPT", help="a Python file, relative to --source if that is given")
    parser.add_argument(
        "-e", "--name", "--experiment", dest="experiment", metavar="NAME", help="default: the source folder's name"
    )
    parser.add_argument("--source", metavar="DIR", help="the folder that is recorded (default: the script's own)")
    parser.add_argument("--target", default="local", metavar="NAME", help="a compute target (default local)")
    parser.add_argument("--tag", action="append", type=key_value, default=[], metavar="KEY=VALUE", help="of the run")
    parser.add_argument(
        "--env", action="append", type=key_value, default=[], metavar="KEY=VALUE", help="a variable of the script"
    )
    parser.add_argument("--interpreter", metavar="PYTHON", help="default: the one that runs this command")
    packages.add_arguments(parser)
    parser.add_argument("--max-duration", type=duration_s, metavar="DURATION", help="such as 90s or 6h; then it fails")
    parser.add_argument("--detach", action="store_true", help="submit, print the run's id, leave")


def execute(args: argparse.Namespace, out: Output) -> int:
    """The script's output on standard output, all else on standard error; the exit code is the script's."""
    from trainshed.cli.submitting import submit

    place, run = submit(args)
    if args.detach:
        return _detached(run, out)
    out.remark(f"Run {run.id}")
    return _follow(place, run, out)


def _detached(run: RunRecord, out: Output) -> int:
    if out.as_json:
        out.record({"run_id": run.id, "status": run.status})
    else:
        out.line(run.id)
        out.remark(f"  next: trainshed logs -f {run.id}")
    return exits.DONE


def _follow(place: Place, run: RunRecord, out: Output) -> int:
    shown = _live_view(place, run) if _in_live_terminal(out) else _piped(place, run, out)
    while True:
        try:
            shown.show()
            return _ended(place, run, out, shown)
        except KeyboardInterrupt:
            interrupts.heard()
        from trainshed.cli.asking import CANCEL, DETACH, what_now

        answer = what_now(run.id)
        if answer == DETACH:
            out.remark(f"Run {run.id} goes on.\n  next: trainshed logs -f {run.id}\n        trainshed cancel {run.id}")
            return exits.INTERRUPTED
        if answer == CANCEL:
            place.cancel(run.id)


class Shown(Protocol):
    """A run that is followed."""

    def show(self) -> None:
        """Until it has ended; after an interrupt, from where it was."""

    def summary(self) -> None:
        """What comes between the log and the last sentence."""


def _in_live_terminal(out: Output) -> bool:
    if os.name != "posix" or os.environ.get("TERM") == "dumb":
        return False
    return out.in_terminal and not out.as_json and sys.stderr.isatty()


def _live_view(place: Place, run: RunRecord) -> Shown:
    from trainshed.cli.live.view import View

    return View(place, run)


def _piped(place: Place, run: RunRecord, out: Output) -> Shown:
    from trainshed.cli.piped import Progress

    return Progress(place, run, out)


def _ended(place: Place, run: RunRecord, out: Output, shown: Shown) -> int:
    from trainshed.cli import ending

    shown.summary()
    details = place.details(run.id)
    code = ending.exit_code(details)
    if out.as_json:
        fields = {"run_id": run.id, "status": details.run.status, "exit_code": code, "error": details.run.error}
        out.record(fields)
    out.remark(ending.sentence(details))
    return code
