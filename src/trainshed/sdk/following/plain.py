"""A log for those who are no terminal: no carriage returns, no escape sequences, every line once."""

from __future__ import annotations

import codecs
import re

# CSI sequences (colours, cursor), OSC sequences (titles, links), and the two-character ones.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
_CUT_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?$")


class Plain:
    """Turns a log's bytes, as they come, into text without ``\\r`` and ANSI sequences.

    What rewrites its line (tqdm) is shown as it stands when its line ends.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""  # of the present line, not shown yet
        self._shown = False  # part of the present line was shown

    def feed(self, data: bytes) -> str:
        """What can be shown now."""
        text = self._rest + self._decoder.decode(data)
        *lines, rest = text.split("\n")
        out = []
        for line in lines:
            out.append(self._whole(line) + "\n")
            self._shown = False
        self._rest = rest
        if "\r" not in rest:
            cut = _CUT_ESCAPE.search(rest)
            ready = rest[: cut.start()] if cut else rest
            if ready:
                out.append(_ESCAPES.sub("", ready))
                self._shown = True
            self._rest = rest[len(ready) :]
        return "".join(out)

    def end(self) -> str:
        """What is left when the log has ended."""
        rest, self._rest = self._rest + self._decoder.decode(b"", True), ""
        return self._whole(rest)

    def _whole(self, line: str) -> str:
        line = _ESCAPES.sub("", line[:-1] if line.endswith("\r") else line)
        if "\r" not in line:
            return line
        states = [part for part in line.split("\r") if part.strip()]
        last = states[-1] if states else ""
        # Its beginning was shown before the first carriage return came.
        return "\n" + last if self._shown else last


class Raw:
    """For a terminal, which knows what to do with them: only decoded."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """The text of these bytes."""
        return self._decoder.decode(data)

    def end(self) -> str:
        """The text of a character that was cut off."""
        return self._decoder.decode(b"", True)
