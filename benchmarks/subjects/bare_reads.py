"""The floor of reading: indexed rows and a column of doubles in SQLite, bytes of a file."""

from __future__ import annotations

import mmap
import os
import random
import sqlite3
from array import array
from pathlib import Path
from typing import Any, Dict

from reading_matter import EXPERIMENTS, NEEDLE, STATUSES, log_blocks, loss_of
from serve import serve
from timed import ms

_WINDOW = 64 * 1024
database = sqlite3.connect("reads.db")
known: Dict[str, Any] = {}


def prepare(runs: int, points: int, log_bytes: int) -> Dict[str, float]:
    """Runs with ten values each, one history, one log."""
    chance = random.Random(1)
    names = ", ".join(f"m{number}" for number in range(10))
    database.execute(f"CREATE TABLE runs (id INTEGER PRIMARY KEY, experiment, status, {names})")
    statuses = chance.choices(list(STATUSES), list(STATUSES.values()), k=runs)
    rows = ((number, chance.choice(EXPERIMENTS), statuses[number], *range(10)) for number in range(runs))
    database.executemany(f"INSERT INTO runs VALUES ({', '.join('?' * 13)})", rows)
    database.execute("CREATE INDEX by_status ON runs (status)")
    database.execute("CREATE INDEX by_experiment ON runs (experiment)")
    database.execute("CREATE TABLE histories (id INTEGER PRIMARY KEY, numbers)")
    numbers = array("d", [loss_of(number, points) for number in range(points)]).tobytes()
    database.execute("INSERT INTO histories VALUES (1, ?)", (numbers,))
    database.commit()
    with Path("log").open("wb") as file:
        file.writelines(log_blocks(log_bytes))
    known["log_bytes"] = log_bytes
    return {}


def lists() -> Dict[str, float]:
    """The newest 100."""

    def rows(where: str = "", *values: str) -> float:
        query = f"SELECT * FROM runs {where} ORDER BY id DESC LIMIT 100"
        return ms(lambda: database.execute(query, values).fetchall())

    return {
        "newest": rows(),
        "status": rows("WHERE status = ?", "Failed"),
        "experiment": rows("WHERE experiment = ?", EXPERIMENTS[7]),
    }


def charts() -> Dict[str, float]:
    """A history as a list of floats."""
    query = "SELECT numbers FROM histories WHERE id = 1"
    return {"history": ms(lambda: array("d", database.execute(query).fetchone()[0]).tolist())}


def logs() -> Dict[str, float]:
    """A window of bytes; the first place of a word in all of it."""
    size = known["log_bytes"]
    descriptor = os.open("log", os.O_RDONLY)
    try:
        return {
            "tail": ms(lambda: os.pread(descriptor, _WINDOW, size - _WINDOW)),
            "middle": ms(lambda: os.pread(descriptor, _WINDOW, size // 2)),
            "search": ms(lambda: _place(descriptor)),
        }
    finally:
        os.close(descriptor)


def _place(descriptor: int) -> int:
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as log:
        return log.find(NEEDLE)


if __name__ == "__main__":
    serve({"prepare": prepare, "lists": lists, "charts": charts, "logs": logs})
