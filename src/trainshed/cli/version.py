"""``trainshed version``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Tell the version."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def execute(args: argparse.Namespace, out: Output) -> int:
    """Version of the package, of its messages, and the v1 SDK whose names it follows."""
    from trainshed.contract.version import SDK_VERSION, VERSION, WIRE_VERSION

    if out.as_json:
        out.record({"version": VERSION, "wire": WIRE_VERSION, "sdk": SDK_VERSION})
    else:
        out.line(f"trainshed {VERSION} (wire {WIRE_VERSION}; names of Azure ML SDK v1 {SDK_VERSION})")
    return exits.DONE
