"""``trainshed snapshot explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Explain which files of a folder a submit takes along."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder."""
    parser.add_argument("action", choices=("explain",))
    parser.add_argument("folder", metavar="DIR", nargs="?", default=".", help="default: the current folder")
    parser.add_argument("--excluded", action="store_true", help="only what stays behind")


def execute(args: argparse.Namespace, out: Output) -> int:
    """Each file with what decided about it. Asks no server."""
    raise NotImplementedError
