"""The floor of a submit: a process that starts ``python train.py`` and waits for it."""

from __future__ import annotations

import subprocess
import time
from typing import Dict, Sequence

import stamps
from serve import serve


def measure(folder: str, stamp: str, command: Sequence[str]) -> Dict[str, float]:
    """Run ``command`` plus the stamp's path, in ``folder``."""
    begun = time.time_ns()
    subprocess.run([*command, stamp], cwd=folder, stdin=subprocess.DEVNULL, check=True, timeout=120)
    done = stamps.elapsed_ms(begun)
    return {"first_line": stamps.elapsed_ms(begun, stamps.read(stamp)), "done": done}


if __name__ == "__main__":
    serve({"measure": measure})
