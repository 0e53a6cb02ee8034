"""A log for those who are no terminal: no carriage returns, no escape sequences, every line once."""

from __future__ import annotations

import codecs
import re

#: CSI sequences (colours, cursor), OSC sequences (titles, links), and the two-character ones.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_=>])")
_CUT_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?)?$")


class Plain:
    """Turns a log's bytes, as they come, into text without ``\\r`` and ANSI sequences.

    What rewrites its line (tqdm) is shown as it stands when its line ends, and before that when :meth:`present` is
    asked for.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""  # of the present line, not shown yet
        self._shown = False  # part of the present line was shown
        self._told = ""  # the state of the present line that was shown as a line of its own

    def feed(self, data: bytes) -> str:
        """What can be shown now."""
        text = self._rest + self._decoder.decode(data)
        *lines, rest = text.split("\n")
        out = []
        for line in lines:
            out.append(self._whole(line, "\n"))
            self._shown, self._told = False, ""
        if "\r" in rest:
            self._rest = _newest(rest)
        else:
            cut = _CUT_ESCAPE.search(rest)
            ready = rest[: cut.start()] if cut else rest
            if ready:
                out.append(ESCAPES.sub("", ready))
                self._shown = True
            self._rest = rest[len(ready) :]
        return "".join(out)

    def present(self) -> str:
        """The state of a line that is being rewritten, as a line of its own; empty if there is nothing new to it."""
        state = _state(self._rest) if "\r" in self._rest else ""
        if not state or state == self._told:
            return ""
        lead = "\n" if self._shown else ""
        self._shown, self._told = False, state
        return lead + state + "\n"

    def end(self) -> str:
        """What is left when the log has ended."""
        rest, self._rest = self._rest + self._decoder.decode(b"", True), ""
        return self._whole(rest, "")

    def _whole(self, line: str, end: str) -> str:
        bare = ESCAPES.sub("", line[:-1] if line.endswith("\r") else line)
        if "\r" not in bare:
            return bare + end
        state = _state(line)
        if self._told and state == self._told:
            return ""
        # Its beginning was shown before the first carriage return came.
        return ("\n" if self._shown else "") + state + end


def _state(line: str) -> str:
    """What a terminal shows of a line that is written over."""
    states = [part for part in ESCAPES.sub("", line).split("\r") if part.strip()]
    return states[-1] if states else ""


def _newest(line: str) -> str:
    """The same line without the states that are written over: a progress bar may write for hours."""
    if line.find("\r") == len(line) - 1:
        return line  # "\n" may follow: a line as Windows ends it
    *before, last = line.split("\r")
    state = _state("\r".join(before))
    return "\r%s\r%s" % (state, last) if state else "\r" + last


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
