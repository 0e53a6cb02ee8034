"""What a script writes for others is copied to where they look for it, at the end of the run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.node.nodes import Node, make_node
from tests.node.server import MiniServer
from tests.node.test_inputs import with_data
from tests.support.rights import needs_root
from tests.support.waiting import wait_until
from trainshed.contract.spec import DataOutput, DataPath

WRITE = """
import os, sys
for path in sys.argv[1:]:
    os.makedirs(path + '/sub', exist_ok=True)
    open(path + '/a.txt', 'w').write('new')
    open(path + '/sub/ä b.txt', 'w').write('b')
    os.symlink('a.txt', path + '/link')
    os.mkfifo(path + '/pipe')
sys.exit(%d)
"""


@pytest.fixture
def store(home: Path) -> Path:
    folder = home / "the store"
    folder.mkdir()
    return folder


def output(store: Path, *, name: str = "out", pattern: str = "", **more: object) -> DataOutput:
    return DataOutput(name, DataPath("folder", str(store), pattern), **more)  # type: ignore[arg-type]


def run(node: Node, status: str = "Completed") -> str:
    node.start_agent()
    node.wait_until_done(60)
    post = node.server.log("75_job_post-node0.txt")
    assert node.server.status == status, (node.server.records.report, post, node.server.driver_log)
    assert not list(node.home.rglob("*.trainshed-part"))
    return post


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


NEW = {"a.txt": "new", "sub/ä b.txt": "b", "link": "new"}


@pytest.mark.parametrize("code", [0, 3])
def test_it_is_there_when_the_run_has_ended(home: Path, server: MiniServer, store: Path, code: int) -> None:
    """Also when the script failed: what it has written may be what tells why."""
    items = [
        output(store, pattern="results"),
        output(store, name="two", pattern="two/deep", path_on_compute="my/results"),
        output(store, name="three", pattern="three", path_on_compute=str(home / "apart")),
    ]
    node = with_data(make_node(home, server, WRITE % code), *items)
    post = run(node, "Failed" if code else "Completed")
    for folder in ("results", "two/deep", "three"):
        assert contents(store / folder) == NEW
    source, target = node.layout.deliveries / "out", store / "results"
    assert f"output out: 3 files, 7 bytes, from {source} copied to {target}, in" in post
    assert f"output out: {source / 'pipe'} is no file: left out" in post and "Finalizing" in server.phases


@pytest.mark.parametrize("overwrite", [True, False])
def test_what_is_there_stays_unless_it_may_be_replaced(
    home: Path, server: MiniServer, store: Path, overwrite: bool
) -> None:
    (store / "a.txt").write_text("old")
    node = with_data(make_node(home, server, WRITE % 0), output(store, overwrite=overwrite))
    post = run(node)
    assert contents(store) == {**NEW, "a.txt": "new" if overwrite else "old"}
    assert ("1 files were there already and stay" in post) == (not overwrite)


def test_a_file_in_place_of_the_folder(home: Path, server: MiniServer, store: Path) -> None:
    script = "import os, sys; os.rmdir(sys.argv[1]); open(sys.argv[1], 'w').write('model')"
    node = with_data(make_node(home, server, script), output(store, path_on_compute="model.pkl"))
    run(node)
    assert contents(store) == {"model.pkl": "model"}


def test_nothing_written(home: Path, server: MiniServer, store: Path) -> None:
    assert "0 files" in run(with_data(make_node(home, server, ""), output(store)))
    assert "0 files" in run(
        with_data(make_node(home, server, "import os, sys; os.rmdir(sys.argv[1])", run_id="run_2"), output(store))
    )


def test_a_target_that_cannot_be_written(home: Path, server: MiniServer, store: Path) -> None:
    (store / "file").write_text("x")
    node = with_data(
        make_node(home, server, WRITE % 0), output(store, pattern="file/below"), output(store, name="ok", pattern="ok")
    )
    run(node, "Failed")
    report = server.records.report
    assert report is not None and report.error is not None and report.error.code == "output"
    assert "'out'" in report.error.message and f"{store}/file" in report.error.message
    assert contents(store / "ok") == NEW


def test_a_failed_script_keeps_its_own_error(home: Path, server: MiniServer, store: Path) -> None:
    (store / "file").write_text("x")
    post = run(with_data(make_node(home, server, WRITE % 3), output(store, pattern="file/below")), "Failed")
    report = server.records.report
    assert report is not None and report.error is not None and report.error.code == "exit_code"
    assert "could not be copied" in post


def test_a_cancelled_run_delivers_nothing(home: Path, server: MiniServer, store: Path) -> None:
    script = WRITE.replace("sys.exit(%d)", "print('on', flush=True)\nimport time\ntime.sleep(600)")
    node = with_data(make_node(home, server, script), output(store))
    node.start_agent()
    node.wait_for_output("on", 60)
    server.order("cancel")
    node.wait_until_done(60)
    assert server.status == "Canceled" and contents(store) == {}


@pytest.mark.parametrize("then", ["killed", "cancelled"])
def test_interrupted_while_it_is_copied(home: Path, server: MiniServer, store: Path, then: str) -> None:
    """At a file of 100 MB that takes up no space: copying it takes long enough to be caught at it."""
    script = "import os, sys\nfor n in 'ab': os.truncate(os.open(sys.argv[1] + '/' + n, 0o102), 100 << 20)"
    node = with_data(make_node(home, server, script), output(store))
    node.start_agent()
    wait_until(lambda: list(store.iterdir()), 60, "the first part", poll_s=0.0002)
    if then == "killed":
        node.kill_agent()
        node.start_agent()
        node.wait_until_done(120)
        assert server.status == "Completed"
        assert sorted(path.name for path in store.iterdir()) == ["a", "b"]
        assert {path.stat().st_size for path in store.iterdir()} == {100 << 20}
    else:
        server.order("cancel")
        node.wait_until_done(120)
        assert server.status == "Canceled" and not list(store.glob(".*"))


@needs_root("a disk of its own")
def test_a_full_disk_is_waited_for(home: Path, server: MiniServer) -> None:
    disk = home / "small disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=True)
    try:
        (disk / "in the way").write_bytes(b"x" * 900_000)
        script = "import sys; open(sys.argv[1] + '/big', 'wb').write(b'y' * 500_000)"
        node = with_data(make_node(home, server, script), output(disk, pattern="results"))
        node.start_agent()
        wait_until(lambda: "waits for space" in str(server.records.report), 60, "a warning")
        assert server.status == "Finalizing"
        (disk / "in the way").unlink()
        node.wait_until_done(60)
        assert server.status == "Completed" and (disk / "results" / "big").stat().st_size == 500_000
        assert [path.name for path in (disk / "results").iterdir()] == ["big"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
