"""A first import in a process of its own: how long it takes, the interpreter's start included."""

from __future__ import annotations

import os
import subprocess
import time

import stamps


def import_ms(python: str, module: str) -> float:
    """Milliseconds until ``python -c 'import module'`` has ended."""
    begun = time.time_ns()
    environment = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    subprocess.run([python, "-c", f"import {module}"], env=environment, check=True, timeout=300)
    return stamps.elapsed_ms(begun)
