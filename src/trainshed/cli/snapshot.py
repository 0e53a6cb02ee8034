"""``trainshed snapshot explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.sdk.snapshot import Verdict

SUMMARY = "Explain which files of a folder a submit takes along."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder."""
    parser.add_argument("action", choices=("explain",))
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: the current folder")
    parser.add_argument("--excluded", action="store_true", help="only what stays behind")


def execute(args: argparse.Namespace, out: Output) -> int:
    """Each file with what decided about it. Asks no server, reads no content."""
    from trainshed.contract import words
    from trainshed.sdk.snapshot import explain

    verdicts = [verdict for verdict in explain(args.folder) if not (args.excluded and verdict.kept)]
    if out.as_json:
        out.record({"files": [verdict._asdict() for verdict in verdicts]})
        return exits.DONE
    out.table(("", "file", "size", "decided by"), [_row(verdict) for verdict in verdicts], folds=True)
    kept = [verdict for verdict in verdicts if verdict.kept]
    if not args.excluded:
        size = words.size(sum(verdict.size_bytes for verdict in kept))
        out.remark(f"{len(kept)} files, {size}; {len(verdicts) - len(kept)} entries stay behind.")
    return exits.DONE


def _row(verdict: Verdict) -> tuple[str, str, str, str]:
    from trainshed.contract import words

    size = words.size(verdict.size_bytes) if verdict.kept else ""
    where = f"{verdict.source}:{verdict.line}: " if verdict.source else ""
    return ("takes" if verdict.kept else "leaves", verdict.path, size, where + (verdict.rule or ""))
