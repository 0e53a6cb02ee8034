"""``trainshed portal``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Print a link that opens the portal in a browser, logged in."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which page."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="its page (a run's id or 'last'); default: all runs")
    parser.add_argument("--open", action="store_true", help="open it in the default browser too")


def execute(args: argparse.Namespace, out: Output) -> int:
    """The link works once, within 24 hours; it holds no token."""
    from trainshed.cli.place import open_place

    place = open_place()
    url = place.portal_link(place.find(args.run).id if args.run else None)
    if out.as_json:
        out.record({"url": url})
    else:
        out.line(url)
    if args.open and not _opened(url):
        out.remark("There is no browser here that could be opened: take the link to one.")
        return exits.FAILED
    return exits.DONE


def _opened(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)
