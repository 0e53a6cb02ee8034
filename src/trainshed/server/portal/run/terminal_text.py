"""Bytes of a log as lines that a page can show: progress bars, colours as names of classes, broken UTF-8.

Logs are what programs wrote to a terminal. A line that was written over and over (``\\r``) shows its last form; a line
longer than :data:`LONGEST` comes in pieces, so that one of 10 MB holds up nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A piece of a line, in bytes.
LONGEST = 8192

# Control sequences of terminals (ECMA-48): CSI ... final byte, OSC ... BEL or ST, other two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_COLOURS = re.compile(r"\x1b\[([0-9;:]*)m")
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_ATTRIBUTES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_ENDS = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("inverse",), 29: ("strike",)}


@dataclass(frozen=True)
class Span:
    """Text of one look. ``look``: names of classes, empty for plain text."""

    text: str
    look: str = ""


@dataclass(frozen=True)
class Line:
    """A line, or a piece of a long one.

    Args:
        at, end: its bytes within the log, line break included.
        open: there is no line break yet; more may come.
    """

    at: int
    end: int
    spans: tuple[Span, ...]
    open: bool = False

    @property
    def text(self) -> str:
        """Without colours."""
        return "".join(span.text for span in self.spans)


def lines(data: bytes, at: int) -> tuple[Line, ...]:
    """The lines of a part of a log that begins ``at`` a byte where a line, or a piece of one, begins."""
    found: list[Line] = []
    look = _Look()
    start = 0
    while start < len(data):
        end, is_open = _line_end(data, start)
        spans = look.spans(_last_form(data[start:end]))
        # A piece that ends in a bare line return is written over by what comes next.
        if end == len(data) or data[end - 1 : end] != b"\r":
            found.append(Line(at + start, at + end, spans, is_open))
        start = end
    return tuple(found)


def _line_end(data: bytes, start: int) -> tuple[int, bool]:
    """Where the line or piece that begins at ``start`` ends, and whether more of it may come."""
    newline = data.find(b"\n", start, start + LONGEST)
    if newline >= 0:
        return newline + 1, False
    if start + LONGEST > len(data):
        return len(data), True
    # A progress bar's piece ends where its next form begins; a character is not cut in two.
    over = data.rfind(b"\r", start + 1, start + LONGEST)
    end = over + 1 if over > 0 else start + LONGEST
    while over <= 0 and end > start + LONGEST - 4 and end < len(data) and data[end] & 0xC0 == 0x80:
        end -= 1
    return end, False


def begin_before(data: bytes, at: int, wanted: int) -> int:
    """Where the line that holds byte ``wanted`` begins. ``data`` begins at byte ``at``, at most LONGEST before it."""
    newline = data.rfind(b"\n", 0, wanted - at)
    if newline >= 0:
        return at + newline + 1
    return at if at == 0 else wanted


def _last_form(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").rstrip("\r\n")
    before, _, shown = text.rpartition("\r")
    # A colour that an earlier form set holds for the last one, too.
    return "".join(match.group() for match in _COLOURS.finditer(before)) + shown


class _Look:
    """Colours and attributes as they stand; they hold until they are changed, over lines, too."""

    def __init__(self) -> None:
        self._front = self._back = ""
        self._attributes: set[str] = set()

    def spans(self, text: str) -> tuple[Span, ...]:
        found, start = [], 0
        for match in _COLOURS.finditer(text):
            found.append(Span(_printable(text[start : match.start()]), self._classes()))
            self._change(match.group(1))
            start = match.end()
        found.append(Span(_printable(text[start:]), self._classes()))
        return tuple(span for span in found if span.text)

    def _classes(self) -> str:
        names = [self._front and f"fg-{self._front}", self._back and f"bg-{self._back}", *sorted(self._attributes)]
        return " ".join(f"t-{name}" for name in names if name)

    def _change(self, codes: str) -> None:
        numbers = [int(code) for code in re.split("[;:]", codes) if code[:4].isdigit() and len(code) < 5] or [0]
        while numbers:
            number = numbers.pop(0)
            if number in (38, 48):
                colour, numbers = _extended(numbers)
                self._paint(colour, front=number == 38)
            else:
                self._apply(number)

    def _apply(self, number: int) -> None:
        if number == 0:
            self._front = self._back = ""
            self._attributes.clear()
        elif number in _ATTRIBUTES:
            self._attributes.add(_ATTRIBUTES[number])
        elif number in _ENDS:
            self._attributes.difference_update(_ENDS[number])
        elif number in (39, 49):
            self._paint("", front=number == 39)
        else:
            base = number - number % 10
            if base in (30, 40, 90, 100) and number % 10 < 8:
                self._paint(_NAMES[number % 10], front=base in (30, 90))

    def _paint(self, colour: str, *, front: bool) -> None:
        if front:
            self._front = colour
        else:
            self._back = colour


def _extended(numbers: list[int]) -> tuple[str, list[int]]:
    """The nearest of the eight names for ``5;N`` and ``2;R;G;B``, and the codes after it."""
    if numbers[:1] == [5] and len(numbers) > 1:
        return _of_palette(numbers[1]), numbers[2:]
    if numbers[:1] == [2] and len(numbers) > 3:
        return _of_levels(numbers[1:4]), numbers[4:]
    return "", []


def _of_palette(number: int) -> str:
    if number < 16:
        return _NAMES[number % 8]
    if number >= 232:
        return "black" if number < 244 else "white"
    cube = number - 16
    return _of_levels([cube // 36 * 51, cube // 6 % 6 * 51, cube % 6 * 51])


def _of_levels(levels: list[int]) -> str:
    return _NAMES[sum(bit for level, bit in zip(levels, (1, 2, 4)) if level > 127)]


def _printable(text: str) -> str:
    plain = _ESCAPES.sub("", text)
    if plain.isprintable():
        return plain
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in plain)
