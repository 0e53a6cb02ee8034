"""What the command prints: data to standard output, remarks to standard error, ANSI only where a terminal reads it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainshed.cli.errors import Failure

Row = Sequence[str]


class Output:
    """Standard output and standard error of one command.

    Args:
        as_json: the data is JSON for programs instead of text for people.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.in_terminal = sys.stdout.isatty()

    def record(self, value: Any) -> None:
        """A record, or any nesting of records in mappings and lists, as one JSON document on one line."""
        from trainshed.contract.wire import to_wire

        self.line(json.dumps(to_wire(value), ensure_ascii=True))

    def line(self, text: str = "") -> None:
        """One line of data."""
        sys.stdout.write(printable(text, sys.stdout.encoding) + "\n")

    def bytes(self, data: bytes) -> None:
        """Data as it is, at once."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def remark(self, text: str) -> None:
        """One line for the reader, which is no data."""
        sys.stdout.flush()
        sys.stderr.write(printable(text, sys.stderr.encoding) + "\n")
        sys.stderr.flush()

    def table(self, columns: Row, rows: Sequence[Row], *, folds: bool = False) -> None:
        """Rows under headings in a terminal; else one line a row, cells parted by tabs, no headings.

        Args:
            columns, rows: the first column is what people copy; the last ones matter least.
            folds: what does not fit goes on in the next line; else it is cut off, and the last columns are left out.
        """
        if self.in_terminal:
            _draw(columns, rows, folds=folds)
        for row in () if self.in_terminal else rows:
            self.line("\t".join(one_line(cell) for cell in row))

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Names and values, the values in one column."""
        width = max((len(name) for name, _ in pairs), default=0)
        for name, value in pairs:
            self.line(f"{name:<{width}}  {one_line(value)}".rstrip())

    def failure(self, failure: Failure) -> None:
        """Why the command did not do what was asked."""
        if self.as_json:
            fields = {"code": failure.code, "message": failure.message, "facts": failure.facts, "next": failure.next}
            self.remark(json.dumps(fields, default=str))
            return
        self.remark(f"trainshed: {failure.message}")
        if failure.next:
            self.remark(f"  next: {failure.next}")


def one_line(text: str) -> str:
    """Control characters replaced: what a script named or logged must not move the cursor or break a table."""
    return text if text.isprintable() else "".join(map(_harmless, text))


def _harmless(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char in "\t\r\n" else "\N{REPLACEMENT CHARACTER}"


def printable(text: str, encoding: str | None) -> str:
    """What the stream's encoding can say of the text."""
    encoding = encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _draw(columns: Row, rows: Sequence[Row], *, folds: bool) -> None:
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(no_color="NO_COLOR" in os.environ or None, highlight=False)
    natural = [max(cell_len(cell) for cell in cells) for cells in zip(columns, *rows, strict=True)]
    widths = fitting(natural, console.width, most_left_out=0 if folds else len(columns))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name, width in zip(columns, widths, strict=False):
        table.add_column(name, overflow="fold" if folds else "ellipsis", no_wrap=not folds, width=width)
    for row in rows:
        cells = row[: len(widths)]
        table.add_row(*(Text(one_line(cell), style=_STYLES.get(cell, "")) for cell in cells))
    console.print(table)


def fitting(natural: Sequence[int], room: int, *, most_left_out: int) -> list[int]:
    """Widths for columns that would like to be so wide. The first gets what it wants; the widest give way first, but
    not below :data:`_NARROW`; then the last ones are left out.
    """
    widths = list(natural)

    def excess() -> int:
        return sum(widths) + _GAP * (len(widths) - 1) - room

    least = sum(min(width, _NARROW) for width in widths[1:])
    while most_left_out > 0 and len(widths) > 1 and widths[0] + least + _GAP * (len(widths) - 1) > room:
        least -= min(widths.pop(), _NARROW)
        most_left_out -= 1
    while excess() > 0 and max(widths[1:], default=0) > _NARROW:
        widest = max(range(1, len(widths)), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


#: A column is not made narrower than that, and between two there are so many blanks.
_NARROW = 12
_GAP = 3
_STYLES = {
    "Completed": "green",
    "Failed": "red",
    "Canceled": "yellow",
    "CancelRequested": "yellow",
    "NotResponding": "magenta",
    "Running": "cyan",
    "ok": "green",
    "warn": "yellow",
    "fail": "red",
}
