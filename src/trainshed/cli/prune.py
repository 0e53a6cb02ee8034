"""``trainshed prune``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Free disk space: what no run needs any more. Records and files stay."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How old, and whether really."""
    from trainshed.cli.parser import duration_s

    parser.add_argument("--dry-run", action="store_true", help="only tell what would be removed")
    parser.add_argument(
        "--older-than", type=duration_s, default=86400.0, metavar="DURATION", help="such as 6h or 7d (default 1d)"
    )


def execute(args: argparse.Namespace, out: Output) -> int:
    """Folders of ended runs, contents that nothing refers to, runtimes and environments not in use."""
    from trainshed.cli.place import open_server
    from trainshed.contract import words
    from trainshed.contract.api import PruneAsk

    pruned = open_server().prune(PruneAsk(older_than_s=args.older_than, dry_run=args.dry_run))
    if out.as_json:
        out.record(pruned)
        return exits.DONE
    for name in pruned.removed:
        out.line(name)
    out.remark(f"{'Would free' if args.dry_run else 'Freed'} {words.size(pruned.freed_bytes)}.")
    return exits.DONE
