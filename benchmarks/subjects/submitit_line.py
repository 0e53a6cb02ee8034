"""A line that a submitit job prints, followed in its log file every 10 ms."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, BinaryIO, Dict, Optional

import submitit
import waiting
from serve import serve

executor = submitit.LocalExecutor(folder="jobs")
following: Dict[str, Any] = {}


def tick(orders: str) -> None:
    """In the job's process: print the time for each line of a named pipe."""
    import time

    with open(orders) as lines:
        for _ in lines:
            print(f"tick {time.time_ns()}", flush=True)


def seen() -> Dict[str, float]:
    """How late the reader has the line."""
    if not following:
        _start()
    log: BinaryIO = following["log"]
    log.read()
    following["orders"].write(b"line\n")

    def look() -> Optional[float]:
        text = log.read()
        return (time.time_ns() - int(text.split()[-1])) / 1e6 if text.startswith(b"tick ") else None

    return {"line": waiting.until(look, deadline_s=60, pause_s=0.01)}


def _start() -> None:
    os.mkfifo("orders")
    job = executor.submit(tick, str(Path("orders").absolute()))
    following["orders"] = open("orders", "wb", buffering=0)  # noqa: SIM115 - stays open for the job's life
    following["log"] = waiting.until(
        lambda: job.paths.stdout.open("rb") if job.paths.stdout.exists() else None, deadline_s=60, pause_s=0.01
    )


def end() -> None:
    """The job ends with its orders."""
    if following:
        following["orders"].close()


if __name__ == "__main__":
    serve({"seen": seen}, at_end=end)
