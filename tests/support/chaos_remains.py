"""What a home must not hold when its runs have ended: processes, locks, mounts, temporary files, bytes on their way."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, FrozenSet, List, Sequence

from tests.support.chaos import House, described, owner_of
from tests.support.folders import below, files_below, matching
from tests.support.waiting import wait_until


def remains(home: Path) -> List[str]:
    """One line for each thing that should not be there now."""
    house = House(home)
    return [
        *(f"process {line}" for line in house.marked()),
        *(f"agent {described(pid)}" for pid in house.agents()),
        *(f"shim {described(pid)}" for pid in house.shims()),
        *(f"lock {path}" for path in below(home / "runs") if path.suffix == ".lock" and owner_of(path) is not None),
        *(f"mount {point}" for point in mounts_under(home / "runs")),
        *(f"on its way: {path}" for path in matching(home / "store" / "incoming", "*")),
        *(f"temporary: {path}" for path in temporary_files(home)),
    ]


def temporary_files(home: Path) -> List[Path]:
    """Files under temporary names. What training itself wrote is its own affair."""
    return [path for path in below(home) if _is_temporary(path) and "code" not in path.relative_to(home).parts]


def _is_temporary(path: Path) -> bool:
    endings = (".new", ".tmp", ".part", ".partial", "~")
    return path.name.startswith(("tmp", ".tmp")) or path.name.endswith(endings)


def mounts_under(folder: Path) -> List[str]:
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [point for point in points if point.startswith(f"{folder}/")]


def assert_nothing_left(home: Path, deadline_s: float = 60.0) -> None:
    """The runs have ended; what carried them leaves within the deadline."""
    try:
        wait_until(lambda: not remains(home), deadline_s, "nothing left of the runs", poll_s=0.1)
    except AssertionError as error:
        raise AssertionError(f"{error}\n" + "\n".join(remains(home))) from None


@dataclass(frozen=True)
class Inventory:
    """All that a server has recorded: how many rows each table has, and which contents lie in the store."""

    rows: Dict[str, int]
    contents: FrozenSet[str]

    @classmethod
    def of(cls, home: Path, *, apart_from: Sequence[str] = ()) -> Inventory:
        house = House(home)
        rows = {name: count for name, count in _row_counts(house.layout.database).items() if name not in apart_from}
        store = house.layout.store
        files = frozenset(str(path.relative_to(store)) for path in files_below(store))
        return cls(rows, files)

    def grown_to(self, later: Inventory) -> str:
        """What is new in `later`; empty when nothing is."""
        tables = [f"{name}: {self.rows.get(name, 0)} -> {count} rows" for name, count in later.rows.items()]
        changed = [line for line, name in zip(tables, later.rows) if later.rows[name] != self.rows.get(name, 0)]
        return "; ".join(changed + [f"content {name}" for name in sorted(later.contents - self.contents)])


def _row_counts(database: Path) -> Dict[str, int]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)
    try:
        tables = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        counts = {name: connection.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
    finally:
        connection.close()
    return {name: count for name, count in counts.items() if not name.startswith("sqlite_")}
