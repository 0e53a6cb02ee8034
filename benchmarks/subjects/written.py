"""Files that a script writes, for the subjects that have no script of their own to submit."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import stamps

_SCRIPT = Path(__file__).resolve().parent / "code" / "write_files.py"
#: Where the script writes.
OUTPUTS = Path("outputs")


def write(count: int, size: int, seed: str) -> int:
    """Run the script to its end in a bare interpreter; when it ended by its own clock, in nanoseconds."""
    shutil.rmtree(OUTPUTS, ignore_errors=True)
    os.sync()
    stamp = Path("stamp").absolute()
    command = ["python", str(_SCRIPT), str(OUTPUTS), str(count), str(size), seed, str(stamp)]
    subprocess.run(command, check=True, timeout=300)
    return stamps.read(str(stamp))
