"""``trainshed du``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Tell what takes how much disk space."

_ROWS = (
    ("database", "database_bytes"),
    ("store (files, snapshots)", "store_bytes"),
    ("  of it unreferenced", "unreferenced_bytes"),
    ("files still written", "growing_bytes"),
    ("folders of runs", "node_folders_bytes"),
    ("runtimes", "runtimes_bytes"),
    ("environments", "environments_bytes"),
    ("files of URLs", "fetched_bytes"),
    ("datastores", "datastores_bytes"),
    ("backups", "backups_bytes"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def execute(args: argparse.Namespace, out: Output) -> int:
    """One line for each thing that takes space, and their sum."""
    from trainshed.cli.place import open_server
    from trainshed.contract import words

    usage = open_server().usage()
    if out.as_json:
        out.record(usage)
        return exits.DONE
    rows = [(name, words.size(getattr(usage, field))) for name, field in _ROWS]
    total = sum(getattr(usage, field) for name, field in _ROWS if not name.startswith(" "))
    out.table(("what", "size"), [*rows, ("together", words.size(total))])
    return exits.DONE
