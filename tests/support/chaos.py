"""Who is who among the processes of a home, and the means to kill and to stop them.

A process is known by the lock file that it holds open (contract/layout.py says which); locks are looked up in
/proc, never tried: to try one is to hold it for a moment, and its true owner would leave.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional

import psutil

from tests.support.folders import below, matching
from trainshed.contract.layout import HomeLayout, NodeLayout


def pids_with_open(path: Path) -> List[int]:
    """The processes that have `path` open, lowest pid first."""
    try:
        wanted = path.stat()
    except FileNotFoundError:
        return []
    return sorted(pid for pid in psutil.pids() if _has_open(pid, wanted.st_dev, wanted.st_ino))


def _has_open(pid: int, device: int, inode: int) -> bool:
    try:
        entries = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    return any(_is_file(entry, device, inode) for entry in entries)


def _is_file(entry: Path, device: int, inode: int) -> bool:
    try:
        found = entry.stat()
    except OSError:
        # Closed while we looked, or its process went away.
        return False
    return (found.st_dev, found.st_ino) == (device, inode)


def lock_owners() -> Dict[int, int]:
    """The pid that keeps each locked file, by its inode, as /proc/locks tells.

    Ours are exclusive; who has one for reading only looks whether it is free.
    """
    fields = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    owned = [row for row in fields if "->" not in row and "FLOCK" in row and "WRITE" in row]
    return {int(row[-3].rpartition(":")[2]): int(row[-4]) for row in owned}


def owner_of(path: Path) -> Optional[int]:
    """Who keeps the lock file: it must have it open, too (an inode's number is unique on its own disk only)."""
    try:
        owner = lock_owners().get(path.stat().st_ino)
    except FileNotFoundError:
        return None
    return owner if owner in pids_with_open(path) else None


@dataclass(frozen=True)
class House:
    """The processes of one home."""

    home: Path

    @property
    def layout(self) -> HomeLayout:
        return HomeLayout(self.home)

    def server(self) -> Optional[int]:
        """The pid of the live server."""
        return owner_of(self.layout.server_lock)

    def forkers(self) -> List[int]:
        return _owners(matching(self.home, "forker-*.lock"))

    def agents(self) -> List[int]:
        return _owners(node.agent_lock for node in self.nodes())

    def shims(self) -> List[int]:
        return _owners(self._ranks("shim.lock"))

    def entries(self) -> List[int]:
        """The training processes that were started and live."""
        started = [json.loads(text) for text in map(_text, self._ranks("started.json")) if text]
        return [one["pid"] for one in started if is_process(one["pid"], one["pid_started"])]

    def nodes(self) -> Iterator[NodeLayout]:
        for folder in matching(self.layout.runs, "*/*/*/*"):
            if folder.name.isdigit():
                yield NodeLayout(folder)

    def named(self, who: str) -> List[int]:
        """The pids of "server", "forker", "agent", "shim" or "script"."""
        if who == "server":
            server = self.server()
            return [] if server is None else [server]
        ask = {"forker": self.forkers, "agent": self.agents, "shim": self.shims, "script": self.entries}
        return ask[who]()

    def marked(self) -> List[str]:
        """The live processes of any attempt of this home, fit for an error message."""
        return [described(pid) for pid in _pids_with_variable("TRAINSHED_RUNTIME", str(self.layout.runtimes))]

    def _ranks(self, name: str) -> List[Path]:
        return matching(self.layout.runs, f"*/*/*/*/ranks/*/{name}")


def _text(path: Path) -> str:
    """Empty when it is gone by now."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _owners(locks: Iterable[Path]) -> List[int]:
    return [pid for pid in map(owner_of, locks) if pid is not None]


def is_process(pid: int, started: str) -> bool:
    """Is it still that process, not a zombie, and not another one under the same pid?"""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] != "Z" and fields[19] == str(started)


def living(pids: List[int]) -> List[int]:
    """Those that run; a zombie is dead, and its parent's affair."""
    return [pid for pid in pids if _state_of(pid) not in ("", "Z", "X")]


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def described(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        words = "(gone)"
    return f"{pid} {words.strip()}"


def _pids_with_variable(name: str, prefix: str) -> Iterator[int]:
    start = f"{name}={prefix}".encode()
    for pid in psutil.pids():
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if pid != os.getpid() and any(variable.startswith(start) for variable in variables):
            yield pid


def send(pid: int, number: int) -> bool:
    """Signal one process; False when it is gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def kill_all(pids: List[int]) -> List[int]:
    """kill -9; gives those that were there."""
    return [pid for pid in pids if send(pid, signal.SIGKILL)]


@dataclass
class Paused:
    """Processes that were stopped (SIGSTOP) and go on at the end of the block, whatever happens in it."""

    pids: List[int]

    def __enter__(self) -> Paused:
        self.pids = [pid for pid in self.pids if send(pid, signal.SIGSTOP)]
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self.pids:
            send(pid, signal.SIGCONT)


def tree_of(home: Path) -> Dict[str, int]:
    """Every file under `home` with its size, by its name; folders are not listed."""
    return {str(path.relative_to(home)): path.lstat().st_size for path in below(home) if not path.is_dir()}
