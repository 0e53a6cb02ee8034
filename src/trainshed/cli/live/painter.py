"""A terminal on which a log scrolls, with a few lines below it.

Between two writes the cursor stands where the lines below the log begin. Whatever the terminal does to them when its
size changes (one wraps them, another cuts them off), they are below the cursor, and are erased whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from trainshed.cli.live.frame import Line, Part
from trainshed.sdk.following.plain import ESCAPES

_ERASE = "\x1b[J"
_BACK = "\x1b[0m\r"
_HARMLESS = re.compile(rb"[\t\x20-\x7e]*")
# The first group: a colour, which is handed on.
_ESCAPE = re.compile(r"(\x1b\[[0-9;:]*m)|" + ESCAPES.pattern)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;:]*m)")
_RESET = re.compile(r"\x1b\[0*m")


class Painter:
    """A log, and lines below it.

    Args:
        to: the terminal.
        colored: the lines below the log may have colours; those of the log are the script's.
    """

    def __init__(self, to: BinaryIO, *, colored: bool) -> None:
        self._to = to
        self._colored = colored
        self._rest = b""  # the log's last line, to which no line break has come
        self._ink = ""  # colours that the log has left on
        self._ready: list[str] = []  # of the log, not written yet
        self._drawn = False

    @property
    def unfinished(self) -> str:
        """The log's last line as it stands, without colours."""
        return _ESCAPE.sub("", _visible(self._rest.decode("utf-8", "replace")))

    def log(self, data: bytes) -> None:
        """Bytes of the log, written with the next lines. Of a line that is rewritten (tqdm) its last state is kept."""
        *whole, rest = (self._rest + data).split(b"\n")
        self._ready += map(self._colored_line, whole)
        self._rest = rest[rest.rstrip(b"\r").rfind(b"\r") + 1 :]

    def end_log(self) -> None:
        """Nothing more comes: its last line is whole."""
        if self._rest:
            self.log(b"\n")

    def draw(self, lines: Sequence[Line]) -> None:
        """Write the log so far, and these lines below it instead of those that are there."""
        up = f"\x1b[{len(lines) - 1}A" if len(lines) > 1 else ""
        self._write("\r\n".join(map(self._styled, lines)) + up + _BACK)
        self._drawn = True

    def clear(self) -> None:
        """Write the log so far, and nothing below it."""
        if self._drawn or self._ready:
            self._write("")
            self._drawn = False

    def lines(self, lines: Sequence[Line]) -> None:
        """Lines that stay, after the log so far."""
        self._ready += (self._styled(line) + "\n" for line in lines)
        self.clear()

    def _write(self, text: str) -> None:
        """In one piece: nobody sees the lines gone."""
        text = (_BACK + _ERASE if self._drawn else "") + "".join(self._ready) + text
        self._ready.clear()
        self._to.write(text.encode("utf-8", "surrogateescape"))
        self._to.flush()

    def _colored_line(self, line: bytes) -> str:
        if not self._ink and _HARMLESS.fullmatch(line):
            return line.decode("ascii") + "\n"
        text = self._ink + _visible(line.decode("utf-8", "surrogateescape"))
        colors = "".join(_ESCAPE.findall(text))
        self._ink = _RESET.split(colors)[-1]
        return text + ("\x1b[0m\n" if colors else "\n")

    def _styled(self, line: Line) -> str:
        return "".join(self._part(part) for part in line)

    def _part(self, part: Part) -> str:
        text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", part.text.replace("\x1b", "\x00"))
        return f"\x1b[{part.style}m{text}\x1b[0m" if part.style and self._colored and text else text


def _visible(line: str) -> str:
    """What a terminal would show of a line in the end: no carriage returns, no control characters but colours."""
    states = [state for state in line.rstrip("\r").split("\r") if state]
    text = _ESCAPE.sub(lambda found: found.group(1) or "", states[-1] if states else "")
    return _CONTROL.sub("", text)
