"""The floor of logging: one write to the kernel for each point; then all parsed into one row of doubles in SQLite."""

from __future__ import annotations

import array
import os
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Dict

from serve import serve

_TICKER = "import sys, time\nfor line in sys.stdin: print(time.time_ns(), flush=True)"
ticker = subprocess.Popen(["python", "-c", _TICKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
database = sqlite3.connect("floor.db", isolation_level=None)
database.execute("PRAGMA journal_mode=WAL")
database.execute("CREATE TABLE IF NOT EXISTS series (points BLOB)")


def measure(points: int) -> Dict[str, float]:
    """Write ``points`` lines of step, time and value, then store them as a database would need them."""
    path = Path("points")
    begun = time.perf_counter()
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_TRUNC)
    write, clock = os.write, time.time
    for index in range(points):
        write(descriptor, b"loss %d %.6f %.17g\n" % (index, clock(), index * 0.001))
    logged = time.perf_counter()
    os.fsync(descriptor)
    os.close(descriptor)
    values = array.array("d", [float(line.rsplit(b" ", 1)[1]) for line in path.read_bytes().splitlines()])
    database.execute("INSERT INTO series VALUES (?)", [values.tobytes()])
    durable = time.perf_counter()
    return {"per_call": (logged - begun) / points * 1e6, "rate": points / (durable - begun)}


def seen() -> Dict[str, float]:
    """A child says the time into a pipe; how late it arrives."""
    assert ticker.stdin and ticker.stdout
    ticker.stdin.write(b"\n")
    line = ticker.stdout.readline()
    delay = (time.time_ns() - int(line)) / 1e6
    return {"point": delay, "line": delay}


if __name__ == "__main__":
    serve({"measure": measure, "seen": seen}, at_end=ticker.kill)
