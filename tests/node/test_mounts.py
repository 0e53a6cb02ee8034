"""Data at its place in a mount namespace of the script's own: read-only, seen by nobody else, gone with the script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Callable, List, Tuple

import pytest

from tests.node import confined
from tests.node.nodes import Forker, python_argv
from tests.support.interpreters import find_python
from tests.support.rights import needs_namespaces
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout, RankLayout
from trainshed.contract.messages import Mount, ShimCommand, StartedReport
from trainshed.contract.records import ExitReport
from trainshed.contract.wire import dumps, loads

# Tells what it can read, and how writing ends.
LOOK = """
import errno, os, sys
def tell(what, call):
    try:
        call()
        print(what, 'done')
    except OSError as error:
        print(what, errno.errorcode[error.errno])
for place in sys.argv[1:]:
    print(sorted(os.listdir(place)) if os.path.isdir(place) else open(place).read())
    new = os.path.join(place, 'new') if os.path.isdir(place) else place
    tell('write', lambda: open(new, 'w'))
"""


def test_a_script_reads_and_cannot_write(rank: RankLayout, data: Path) -> None:
    report, log = run(rank, data, [Mount(str(data), str(place(rank)))])
    assert report.code == 0 and log == "['a.txt', 'sub']\nwrite EROFS\n"
    assert names(data) == ["a.txt", "sub"]
    assert names(place(rank)) == [] and not mounted_here(rank)


def test_a_writable_place(rank: RankLayout, data: Path) -> None:
    report, log = run(rank, data, [Mount(str(data), str(place(rank)), read_only=False)])
    assert report.code == 0 and log.endswith("write done\n")
    assert (data / "new").exists() and not mounted_here(rank)


def test_a_file_and_a_name_that_is_hard_to_quote(rank: RankLayout, data: Path) -> None:
    source = data / "sub" / "größe 1\n\\040.txt"
    source.write_text("text\n")
    target = rank.root.parent / "place of ä file"
    target.touch()
    report, log = run(rank, data, [Mount(str(source), str(target))], str(target))
    assert report.code == 0 and log == "text\n\nwrite EROFS\n"
    assert source.read_text() == "text\n" and target.read_text() == ""


def test_what_is_mounted_below_is_read_only_too(rank: RankLayout, data: Path) -> None:
    """A disk within the folder: as somebody sees it who looks into the folder."""
    inner = data / "sub"
    mounts = [
        Mount("/usr/share", str(inner), read_only=False),
        Mount(str(data), str(place(rank))),
    ]
    report, log = run(rank, data, mounts, str(place(rank) / "sub"))
    assert report.code == 0 and "write EROFS" in log and "'doc'" in log
    assert names(inner) == []


def test_a_folder_that_is_gone(rank: RankLayout, data: Path) -> None:
    report, _ = run(rank, data, [Mount(str(data / "gone"), str(place(rank)))])
    assert report.code is None and report.failure is not None
    assert str(data / "gone") in report.failure and "No such file" in report.failure


@needs_namespaces()
def test_an_ordinary_user_has_them_by_a_user_namespace(rank: RankLayout, data: Path) -> None:
    source = data / "b.txt"
    source.write_text("mine")
    report, log = run(
        rank, data, [Mount(str(data), str(place(rank)))], who=lambda argv: confined.as_user(argv, namespaces=True)
    )
    assert report.code == 0 and log == "['a.txt', 'b.txt', 'sub']\nwrite EROFS\n"
    assert not mounted_here(rank)


@needs_namespaces()
def test_who_may_not_mount_is_told(rank: RankLayout, data: Path) -> None:
    report, _ = run(
        rank, data, [Mount(str(data), str(place(rank)))], who=lambda argv: confined.as_user(argv, namespaces=False)
    )
    assert report.failure is not None and "cannot be mounted" in report.failure


@pytest.mark.parametrize("namespaces", [True, False])
@needs_namespaces()
def test_it_can_be_asked_beforehand(tmp_path: Path, namespaces: bool) -> None:
    src = Path(__file__).resolve().parents[2] / "src"
    code = "import sys; sys.path.insert(0, %r); from trainshed.node.namespaces import may_mount; print(may_mount(%r))"
    argv = [sys.executable, "-I", "-S", "-c", code % (str(src), str(tmp_path))]
    asked = subprocess.run(
        confined.as_user(argv, namespaces=namespaces), capture_output=True, text=True, timeout=60, check=True
    )
    assert asked.stdout.strip() == str(namespaces)


def test_nothing_stays_when_the_shim_is_killed(rank: RankLayout, data: Path) -> None:
    script = "import time; open(%r, 'w'); time.sleep(600)" % str(rank.root / "on")
    write_command(rank, [Mount(str(data), str(place(rank)))], (sys.executable, "-c", script))
    shim = subprocess.Popen(python_argv("shim", str(rank.root)))
    wait_until((rank.root / "on").exists, 60, "the script")
    pid = loads_started(rank)
    assert str(place(rank)) in Path(f"/proc/{pid}/mountinfo").read_text()
    shim.kill()
    shim.wait()
    os.kill(pid, 9)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 60, "the script's end")
    assert not mounted_here(rank)


def test_a_shim_of_the_forker(home: Path, rank: RankLayout, data: Path, new_forker: Callable[..., Forker]) -> None:
    write_command(rank, [Mount(str(data), str(place(rank)))], (sys.executable, "-c", LOOK, str(place(rank))))
    assert new_forker(find_python("3.8")).ask("shim", rank.root).ok
    wait_until(lambda: rank.exit.exists() and rank.exit.stat().st_size > 0, 60, "exit.json")
    assert (rank.root / "log").read_text() == "['a.txt', 'sub']\nwrite EROFS\n"


@pytest.fixture
def rank(home: Path) -> RankLayout:
    made = HomeLayout(home).node("w", "r", 1, 0).rank(0)
    made.root.mkdir(parents=True)
    place(made).mkdir()
    return made


@pytest.fixture
def data(home: Path) -> Path:
    folder = home / "the data"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    return folder


def names(folder: Path) -> List[str]:
    return sorted(path.name for path in folder.iterdir())


def place(rank: RankLayout) -> Path:
    return rank.root.parent / "place"


def run(
    rank: RankLayout,
    data: Path,
    mounts: List[Mount],
    *places: str,
    who: Callable[[List[str]], List[str]] = lambda argv: argv,
) -> Tuple[ExitReport, str]:
    write_command(rank, mounts, (sys.executable, "-c", LOOK, *(places or (str(place(rank)),))))
    subprocess.run(who(python_argv("shim", str(rank.root))), timeout=60, check=True)
    log = rank.root / "log"
    return loads(ExitReport, rank.exit.read_bytes()), log.read_text() if log.exists() else ""


def write_command(rank: RankLayout, mounts: List[Mount], argv: Tuple[str, ...]) -> None:
    command = ShimCommand(
        argv, dict(os.environ), str(rank.root), str(rank.root / "log"), "mark-of-mounts", 1.0, tuple(mounts)
    )
    rank.command.write_bytes(dumps(command))


def loads_started(rank: RankLayout) -> int:
    return loads(StartedReport, rank.started.read_bytes()).pid


def mounted_here(rank: RankLayout) -> bool:
    return str(rank.root.parent) in Path("/proc/self/mountinfo").read_text()
