"""``trainshed download``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from trainshed.cli.output import Output
    from trainshed.cli.place import Place

SUMMARY = "Fetch files of a run."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files, where to."""
    parser.add_argument("run", metavar="RUN", help="a run's id, an unambiguous beginning of one, or 'last'")
    parser.add_argument("file", nargs="?", metavar="FILE", help="one file, such as outputs/model.pkl; default: all")
    parser.add_argument("--prefix", metavar="PREFIX", help="all files whose names begin so, such as outputs/")
    parser.add_argument("-o", "--output", metavar="DIR", help="default: here for one file, else ./<run id>")


def execute(args: argparse.Namespace, out: Output) -> int:
    """Prints the path of each file that was written."""
    from pathlib import Path

    from trainshed.cli.errors import BadUsage
    from trainshed.cli.place import open_place
    from trainshed.contract.names import check_file_name

    if args.file and args.prefix:
        raise BadUsage(why="Give one FILE or --prefix, not both.")
    place = open_place()
    run = place.find(args.run)
    if args.file:
        name = check_file_name(args.file)
        wanted = {name: Path(args.output or ".") / name.rpartition("/")[2]}
    else:
        folder = Path(args.output or run.id)
        # Names come from outside: each is checked again before it becomes a path here.
        wanted = {file.path: folder / check_file_name(file.path) for file in place.files(run.id, args.prefix)}
    written = [_fetched(place, run.id, name, path, out) for name, path in wanted.items()]
    if out.as_json:
        out.record({"files": written})
    if not written:
        out.remark(f"Run {run.id} has no such file.\n  next: trainshed show {run.id}")
        return exits.NOT_FOUND
    return exits.DONE


def _fetched(place: Place, run_id: str, name: str, path: Path, out: Output) -> dict[str, object]:
    from pathlib import Path

    from trainshed.sdk.files import fetching

    written = fetching.one(fetching.Run(place.api, place.workspace.id, run_id), name, str(path))
    if not out.as_json:
        out.line(written)
    return {"name": name, "path": written, "size_bytes": Path(written).stat().st_size}
