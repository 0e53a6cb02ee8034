"""``trainshed logs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from trainshed.cli import exits, interrupts
from trainshed.cli.errors import NoSuchRank
from trainshed.contract.errors import FileNotInRun

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord

SUMMARY = "Print a run's log; -f follows it until the run ends."
_BLOCK_BYTES = 1 << 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run, which log."""
    from trainshed.cli.parser import count

    parser.add_argument("run", metavar="RUN", help="a run's id, an unambiguous beginning of one, or 'last'")
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the run ends; exit as 'run' does")
    parser.add_argument(
        "-n", "--tail", type=count, metavar="N", help="only the last N lines; with -f, and what follows"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--file", metavar="NAME", help="another file, such as logs/mine.txt")
    which.add_argument("--rank", type=int, default=0, metavar="N", help="the log of this process (default 0)")


def execute(args: argparse.Namespace, out: Output) -> int:
    """The bytes as the script wrote them; with ``--json`` one JSON document per line of the log."""
    from trainshed.cli.place import open_place

    place = open_place()
    run = place.find(args.run)
    path = args.file or _driver_log(place, run, args.rank)
    offset = tail_offset(place, run.id, path, args.tail) if args.tail else 0
    if args.follow:
        return followed(place, run, path, out, offset, must_be=bool(args.file))
    try:
        write_log(path, _as_it_stands(place, run, path, offset), out)
    except FileNotInRun:
        if args.file:
            raise
        out.remark(_nothing(run))
    return exits.DONE


def followed(place: Place, run: RunRecord, path: str, out: Output, offset: int = 0, *, must_be: bool = False) -> int:
    """Hand on a log until the run has ended, and say how it has; the exit code that this gives.

    Args:
        path, offset: of the log.
        must_be: a run that leaves none is an error.

    Raises:
        FileNotInRun: see ``must_be``.
    """
    try:
        write_log(path, _growing(place, run, path, offset, out), out)
    except FileNotInRun:
        if must_be:
            raise
        out.remark(_nothing(run))
    except KeyboardInterrupt:
        return _left(run, out)
    return _ended(place, run, out)


def _nothing(run: RunRecord) -> str:
    """A script that printed nothing has no log, and that is no mistake of who asks for it."""
    return f"Run {run.id} has printed nothing."


def _left(run: RunRecord, out: Output) -> int:
    """Ctrl-C came: the run that was followed goes on."""
    interrupts.heard()
    out.remark(f"\nRun {run.id} goes on.\n  next: trainshed cancel {run.id}")
    return exits.INTERRUPTED


def _ended(place: Place, run: RunRecord, out: Output) -> int:
    """Wait for the run's end and say how it was; the exit code that this gives."""
    from trainshed.cli import ending
    from trainshed.cli.following import until_ended

    until_ended(place, run)
    details = place.details(run.id)
    out.remark(ending.sentence(details))
    return ending.exit_code(details)


def _driver_log(place: Place, run: RunRecord, rank: int) -> str:
    from trainshed.cli.following import driver_log, process_count

    spec = place.details(run.id).spec
    count = process_count(spec)
    if not 0 <= rank < count:
        raise NoSuchRank(run_id=run.id, rank=rank, count=count, last=count - 1)
    return driver_log(spec, rank)


def _growing(place: Place, run: RunRecord, path: str, offset: int, out: Output) -> Iterator[bytes]:
    """A log as it grows; while there is none, a remark tells what the run waits for."""
    from trainshed.cli.following import log_bytes, standing

    return log_bytes(place, run.id, path, offset, tell=lambda now: out.remark(standing(now)))


def _as_it_stands(place: Place, run: RunRecord, path: str, offset: int) -> Iterator[bytes]:
    while True:
        piece = place.read(run.id, path, offset, 0.0)
        if not piece.data:
            return
        yield piece.data
        offset += len(piece.data)


def tail_offset(place: Place, run_id: str, path: str, count: int) -> int:
    """Where the last ``count`` lines of a log begin; it is read from its end on. 0 for one that is not there yet."""
    try:
        end = place.size(run_id, path)
    except FileNotInRun:
        return 0
    breaks, at = 0, end
    while at > 0:
        begin = max(0, at - _BLOCK_BYTES)
        block = place.read_part(run_id, path, begin, at - begin)
        found = len(block)
        while (found := block.rfind(b"\n", 0, found)) >= 0:
            # The line break with which the log ends is the last line's own.
            if begin + found < end - 1:
                breaks += 1
                if breaks == count:
                    return begin + found + 1
        at = begin
    return 0


def write_log(path: str, pieces: Iterable[bytes], out: Output) -> None:
    """A log's bytes as they come, or as JSON documents."""
    if not out.as_json:
        for piece in pieces:
            out.bytes(piece)
        return
    for line in lines(pieces):
        out.record({"file": path, "line": line})


def lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Whole lines, decoded; what comes after the last line break is a line too."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)
    if rest:
        yield rest.decode("utf-8", "replace")
