"""A home with the small server, and forkers that go when the test does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Callable, Iterator, List
from uuid import uuid4

import pytest

from tests.node.builders import Workshop
from tests.node.nodes import Forker
from tests.node.server import MiniServer
from tests.support.folders import remove_home
from tests.support.packages import make_wheel
from tests.support.rights import require_root
from tests.support.waiting import wait_until
from trainshed.node import locks


@pytest.fixture
def home(no_process_left_behind: str) -> Iterator[Path]:
    """A folder like a server's home, without one: paths are short, as sockets need."""
    path = Path(tempfile.mkdtemp(prefix="tsn-", dir="/tmp"))
    yield path
    remove_home(path)


@pytest.fixture
def server(home: Path) -> Iterator[MiniServer]:
    with MiniServer(home / "store") as mini:
        yield mini


@pytest.fixture
def new_forker(home: Path) -> Iterator[Callable[..., Forker]]:
    made: List[Forker] = []

    def make(python: str = "") -> Forker:
        made.append(Forker(home, python) if python else Forker(home))
        return made[-1]

    yield make
    for forker in made:
        forker.kill()


@pytest.fixture
def workshop(home: Path, server: MiniServer) -> Iterator[Workshop]:
    """Where environments are built: `aa` 1.0 and 2.0, `bb`, which needs the first."""
    made = Workshop(home, server, home / "index")
    make_wheel(made.index, "aa", "1.0")
    make_wheel(made.index, "aa", "2.0")
    make_wheel(made.index, "bb", "1.0", needs=["aa<2"])
    yield made
    # Byte code is written by a process that nobody waits for.
    wait_until(lambda: not any(map(locks.is_held, made.layout.root.glob("locks/*"))), 60, "the byte-compilers to end")


@pytest.fixture
def memory_group() -> Iterator[Path]:
    """A memory control group of 64 MiB (cgroup v1 or v2). A machine without it fails the test clearly."""
    require_root("a memory control group")
    v1 = Path("/sys/fs/cgroup/memory")
    parent = v1 if v1.is_dir() else Path("/sys/fs/cgroup")
    group = parent / f"trainshed-test-{uuid4().hex[:8]}"
    limit = "memory.limit_in_bytes" if v1.is_dir() else "memory.max"
    try:
        if parent != v1:
            (parent / "cgroup.subtree_control").write_text("+memory")
        group.mkdir()
        (group / limit).write_text(str(64 << 20))
    except OSError as error:
        pytest.fail(f"this test makes a memory control group under {parent}, which needs root: {error}")
    yield group
    # The kernel may need a moment to let go of the last process.
    wait_until(lambda: _removed(group), 60, "the control group's removal")


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except OSError:
        return False
    return True
