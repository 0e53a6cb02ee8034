"""``trainshed doctor``: what is in order, what is not, and the way out of it. Starts nothing, changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Check this installation, its folder and its server."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def execute(args: argparse.Namespace, out: Output) -> int:
    """One line per check; exit 1 if one failed."""
    from trainshed.cli.checks import FAIL, all_checks

    checks = list(all_checks())
    if out.as_json:
        out.record({"checks": checks})
    else:
        out.table(("", "what", "found", "way out"), [(c.state, c.what, c.found, c.way_out) for c in checks], folds=True)
    return exits.FAILED if any(check.state == FAIL for check in checks) else exits.DONE
