"""The end of a log as text that a page can show. Logs are bytes: progress bars, colours, broken UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trainshed.contract.records import FileEntry

_DRIVER_LOG = re.compile(r"azureml-logs/70_driver_log(_\d+)?\.txt")
# Control sequences of terminals (ECMA-48): CSI ... final byte, OSC ... BEL or ST, other two-byte escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


def driver_log(files: Iterable[FileEntry]) -> FileEntry | None:
    """The log of the script's first process, if the run has one."""
    logs = [file for file in files if _DRIVER_LOG.fullmatch(file.path)]
    return min(logs, key=lambda file: (len(file.path), file.path), default=None)


def readable(data: bytes, *, whole: bool) -> str:
    """What a terminal would show at the end: no colours, of a line written over and over its last form.

    Args:
        whole: ``data`` is all of the log; otherwise its first line is a part of one and is left out.
    """
    text = data.decode("utf-8", "replace")
    lines = text.split("\n")
    if not whole and len(lines) > 1:
        lines = lines[1:]
    return "\n".join(map(_shown, lines))


def _shown(line: str) -> str:
    plain = _ESCAPES.sub("", line).rstrip("\r")
    plain = plain.rpartition("\r")[2]
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in plain)
