"""``trainshed run``: submit a script and follow it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from trainshed.cli import exits, interrupts

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord

SUMMARY = "Submit a script and follow its log. Arguments of the script go after --"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to run, where, and what to call it."""
    from trainshed.cli.parser import duration_s, key_value

    parser.usage = "trainshed run SCRIPT [options] [-- ARGUMENT ...]"
    parser.add_argument("script", metavar="SCRIPT", help="a Python file, relative to --source if that is given")
    parser.add_argument(
        "-e", "--name", "--experiment", dest="experiment", metavar="NAME", help="default: the source folder's name"
    )
    parser.add_argument("--source", metavar="DIR", help="the folder that is recorded (default: the script's own)")
    parser.add_argument("--target", default="local", metavar="NAME", help="a compute target (default local)")
    parser.add_argument("--tag", action="append", type=key_value, default=[], metavar="KEY=VALUE")
    parser.add_argument("--env", action="append", type=key_value, default=[], metavar="KEY=VALUE")
    parser.add_argument("--interpreter", metavar="PYTHON", help="default: the one that runs this command")
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
    written = Progress(out)
    while True:
        try:
            return _to_the_end(place, run, written)
        except KeyboardInterrupt:
            interrupts.heard()
        if not _wants_cancel(run, out):
            out.remark(f"Run {run.id} goes on.\n  next: trainshed logs -f {run.id}\n        trainshed cancel {run.id}")
            return exits.INTERRUPTED
        place.cancel(run.id)


class Progress:
    """How much of the log has been handed on, so that an interrupted follower goes on where it was."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.offset = 0

    def tell(self, run: RunRecord) -> None:
        """Nothing was printed for a while: what the run is doing."""
        why = f": {run.status_reason}" if run.status_reason else ""
        self.out.remark(f"Run {run.id} is {run.status.value}{why}")

    def write(self, data: bytes) -> None:
        """With ``--json``, standard output is kept for the one document at the end."""
        self.offset += len(data)
        if not self.out.as_json:
            self.out.bytes(data)
            return
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()


def _to_the_end(place: Place, run: RunRecord, written: Progress) -> int:
    from trainshed.cli import ending
    from trainshed.cli.following import driver_log, log_bytes, until_ended
    from trainshed.contract.errors import FileNotInRun

    try:
        for data in log_bytes(place, run.id, driver_log(None), written.offset, tell=written.tell):
            written.write(data)
    except FileNotInRun:
        pass  # it printed nothing
    until_ended(place, run)
    details = place.details(run.id)
    code = ending.exit_code(details)
    if written.out.as_json:
        fields = {"run_id": run.id, "status": details.run.status, "exit_code": code, "error": details.run.error}
        written.out.record(fields)
    written.out.remark(ending.sentence(details))
    return code


def _wants_cancel(run: RunRecord, out: Output) -> bool:
    """Ask in a terminal; elsewhere nobody could answer, and the run goes on."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    out.remark("")
    try:
        sys.stderr.write(f"Cancel run {run.id}? [y/N; N leaves it running] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    except KeyboardInterrupt:
        interrupts.heard()
        return False
