"""Times that a script left behind in a file, by the wall clock that all processes of the machine share."""

from __future__ import annotations

import time
from pathlib import Path


def read(path: str) -> int:
    """The stamp in nanoseconds; the file is removed. FileNotFoundError: the script did not write it."""
    stamp = int(Path(path).read_text())
    Path(path).unlink()
    return stamp


def elapsed_ms(begun_ns: int, ended_ns: int | None = None) -> float:
    """From ``begun_ns`` to ``ended_ns`` (default: now)."""
    return ((time.time_ns() if ended_ns is None else ended_ns) - begun_ns) / 1e6
