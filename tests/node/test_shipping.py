"""Everything that a script leaves reaches the server, each byte once, while server, disks and names misbehave."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest

from tests.node.nodes import Node, make_node
from tests.node.server import MiniServer
from tests.support.folders import files_below
from tests.support.rights import require_root
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout
from trainshed.contract.spec import HistorySpec
from trainshed.node.agent.folder import fit_for_wire, watched_folders

WAIT = "\nimport os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.01)\n"


def go(node: Node) -> None:
    (node.layout.code / "go").touch()


def finish(node: Node, status: str = "Completed") -> None:
    go(node)
    node.wait_until_done()
    assert node.server.status == status, node.server.driver_log


def outputs(server: MiniServer) -> dict[str, bytes]:
    return {path: server.content(path) for path in server.records.files}


def run(home: Path, server: MiniServer, script: str, **options: object) -> Node:
    node = make_node(home, server, script, **options)  # type: ignore[arg-type]
    node.start_agent()
    node.wait_until_done(60)
    assert server.status == "Completed", (server.driver_log, node.agent_log)
    return node


def incoming(server: MiniServer) -> list[str]:
    return [path.name for path in (server.store / "incoming").iterdir()]


@pytest.mark.parametrize("beside", [True, False], ids=["store beside", "over HTTP"])
def test_files_of_all_sizes(home: Path, server: MiniServer, beside: bool) -> None:
    script = """
import os
for number in range(500):
    open('outputs/%d.txt' % number, 'w').write('file %d' % number)
open('outputs/empty', 'w')
os.makedirs('outputs/deep/er')
os.makedirs('logs/board')
for name, size in (('outputs/deep/er/block', 1 << 20), ('logs/board/events', 33 << 20)):
    with open(name, 'wb') as file:
        for part in range(size >> 20):
            file.write(bytes([part]) * (1 << 20))
open('elsewhere.txt', 'w').write('not kept')
"""
    run(home, server, script, beside=beside)
    kept = outputs(server)
    assert len(kept) == 503
    assert kept["outputs/7.txt"] == b"file 7" and kept["outputs/empty"] == b""
    assert kept["outputs/deep/er/block"] == bytes(1 << 20)
    assert kept["logs/board/events"] == b"".join(bytes([part]) * (1 << 20) for part in range(33))
    assert not any(file.provisional for file in server.records.files.values())
    assert incoming(server) == []
    assert (server.records.put_bytes > 0) is not beside


def test_the_second_time_no_bytes_are_sent(home: Path, server: MiniServer) -> None:
    script = "open('outputs/model.bin', 'wb').write(b'm' * 5000000)"
    run(home, server, script, beside=False)
    sent = server.records.put_bytes
    assert sent == 5000000
    run(home, server, script, beside=False, run_id="run_2")
    assert server.records.put_bytes == sent


def test_a_known_content_is_not_copied_again(home: Path, server: MiniServer) -> None:
    script = "open('outputs/small.txt', 'w').write('small')"
    run(home, server, script)
    before = server.blob(server.records.files["outputs/small.txt"].sha256).stat()
    run(home, server, script, run_id="run_2")
    assert server.blob(server.records.files["outputs/small.txt"].sha256).stat() == before
    assert server.records.files["outputs/small.txt"].incoming is None


def test_a_content_that_only_seemed_to_be_known(home: Path, server: MiniServer) -> None:
    script = "open('outputs/small.txt', 'w').write('small')"
    run(home, server, script)
    server.forgotten.add(server.records.files.pop("outputs/small.txt").sha256)
    run(home, server, script, run_id="run_2")
    assert server.content("outputs/small.txt") == b"small" and server.forgotten == set()


def test_a_broken_upload_goes_on_where_it_stopped(home: Path, server: MiniServer) -> None:
    size = 70 << 20
    server.refuse_puts_after = 32 << 20
    script = f"open('outputs/model.bin', 'wb').write(b'm' * {size})"
    node = make_node(home, server, script, beside=False)
    node.start_agent()
    wait_until(lambda: server.records.put_bytes == 32 << 20, 60, "the first part")
    node.kill_agent()
    server.refuse_puts_after = None
    node.start_agent()
    node.wait_until_done(60)
    assert server.records.put_bytes == size
    assert server.content("outputs/model.bin") == b"m" * size


def test_a_growing_file_is_read_while_it_grows(home: Path, server: MiniServer) -> None:
    script = """
import os, time
number = 0
while not os.path.exists('go'):
    open('outputs/history.csv', 'a').write('%d,0.5\\n' % number)
    number += 1
    time.sleep(0.01)
"""
    node = make_node(home, server, script)
    node.start_agent()
    grown = server.records.streams
    wait_until(lambda: len(grown.get("outputs/history.csv", b"")) > 500, 60, "bytes of a growing file")
    assert server.records.kinds["outputs/history.csv"] == "file"
    before = len(grown["outputs/history.csv"])
    wait_until(lambda: len(grown["outputs/history.csv"]) > before, 60, "more bytes")
    finish(node)
    lines = server.content("outputs/history.csv").decode().splitlines()
    assert lines == [f"{number},0.5" for number in range(len(lines))]
    assert not server.records.files["outputs/history.csv"].provisional


def test_a_rewritten_file_is_sent_whole_when_it_is_quiet(home: Path, server: MiniServer) -> None:
    script = (
        """
import os, time
def write(version):
    open('outputs/state.json', 'w').write('{"version": %d}' % version)
for version in range(10, 40):
    write(version)
    time.sleep(0.05)
print('quiet', flush=True)
"""
        + WAIT
        + "write(99)\nos.unlink('outputs/gone.txt')"
    )
    node = make_node(home, server, "open('outputs/gone.txt', 'w').write('x')\n" + script)
    node.start_agent()
    node.wait_for_output("quiet")
    wait_until(lambda: {"outputs/state.json", "outputs/gone.txt"} <= set(server.records.files), 60, "both files")
    assert server.records.files["outputs/state.json"].provisional
    wait_until(lambda: server.content("outputs/state.json") == b'{"version": 39}', 60, "the newest version")
    finish(node)
    assert server.content("outputs/state.json") == b'{"version": 99}'
    assert "outputs/gone.txt" not in server.records.files
    assert incoming(server) == []


def test_a_file_that_looked_as_if_it_only_grew(home: Path, server: MiniServer) -> None:
    """Written anew and longer each time: the end must be right, whatever was sent before."""
    script = """
import os, time
for version in range(1, 60):
    open('outputs/model.bin', 'wb').write(bytes([version]) * (version * 1000))
    time.sleep(0.05)
"""
    run(home, server, script)
    assert server.content("outputs/model.bin") == bytes([59]) * 59000


def test_what_came_with_the_snapshot_is_no_output(home: Path, server: MiniServer) -> None:
    files = {"outputs/old.txt": b"old", "outputs/changed.txt": b"old", "logs/same-size.txt": b"old"}
    script = "open('outputs/changed.txt', 'a').write('!')\nopen('logs/same-size.txt', 'w').write('new')"
    run(home, server, script, files=files)
    assert outputs(server) == {"outputs/changed.txt": b"old!", "logs/same-size.txt": b"new"}


def test_only_what_was_asked_for_is_kept(home: Path, server: MiniServer) -> None:
    script = """
import os
os.makedirs('board/deep'); os.makedirs('logs', exist_ok=True)
for name in ('outputs/a', 'logs/b', 'board/deep/c'):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, 'w').write(name)
"""
    history = HistorySpec(output_collection=False, directories_to_watch=("board", "../..", "/etc"))
    run(home, server, script, history=history)
    assert set(server.records.files) == {"board/deep/c"}


@pytest.mark.parametrize(
    ("directories", "folders"),
    [
        (("logs",), ["outputs", "logs"]),
        (("./logs/", "logs"), ["outputs", "logs"]),
        (("..", "a/../..", ".", "", "/"), ["outputs"]),
        (("outputs/inner", "a\\b"), ["outputs", "a/b"]),
    ],
)
def test_folders_to_watch(directories: tuple[str, ...], folders: list[str]) -> None:
    assert watched_folders(True, directories) == folders


def test_hostile_names(home: Path, server: MiniServer) -> None:
    script = r"""
import os
for name in (b'new\nline', b'\xff\xfe', b'back\\slash', b'100%', b'100%\n', b'new%0Aline', 'ünïcode'.encode(), b' space ', b"quote'\"", b'-rf', b'a' * 250):
    open(b'outputs/' + name, 'wb').write(name)
os.symlink('/etc/passwd', 'outputs/secret')
os.symlink('/etc', 'outputs/folder')
open('inside.txt', 'w').write('inside')
os.symlink('../inside.txt', 'outputs/link')
os.symlink('nowhere', 'outputs/dangling')
os.mkfifo('outputs/pipe')
import socket
socket.socket(socket.AF_UNIX).bind('outputs/socket')
"""  # noqa: E501
    run(home, server, script)
    kept = outputs(server)
    assert kept.pop("outputs/link") == b"inside"
    assert kept.pop("outputs/new%0Aline%") == b"new\nline"
    assert kept.pop("outputs/new%0Aline") == b"new%0Aline"
    assert kept.pop("outputs/%FF%FE") == b"\xff\xfe"
    assert kept.pop("outputs/back%5Cslash") == b"back\\slash"
    assert kept.pop("outputs/100%25%0A") == b"100%\n"
    assert {path[8:].encode(): data for path, data in kept.items()} == {
        data: data for data in (b"100%", "ünïcode".encode(), b" space ", b"quote'\"", b"-rf", b"a" * 250)
    }
    post = server.log("75_job_post-node0.txt")
    for words in ("kept as outputs/new%0Aline", "outputs/secret", "outputs/folder", "outputs/pipe", "outputs/socket"):
        assert words in post
    assert "'outputs/dangling' is a symbolic link to nothing: left out" in post
    assert "root:" not in "".join(data.decode("latin-1") for data in kept.values())


def test_no_two_names_become_one() -> None:
    names = ["a\nb", "a%0A\nb", "a\\b", "\udcff", "%\udcff", "%FF\udcff", "\udcff\udcff"]
    assert len({fit_for_wire(name) for name in names}) == len(names)
    assert fit_for_wire("plain/ü 100%0A") == "plain/ü 100%0A"


def test_outputs_that_became_a_link(home: Path, server: MiniServer, tmp_path: Path) -> None:
    (tmp_path / "big.bin").write_bytes(b"b")
    run(home, server, f"import os\nos.rmdir('outputs')\nos.symlink({str(tmp_path)!r}, 'outputs')")
    assert outputs(server) == {}
    assert "symbolic link" in server.log("75_job_post-node0.txt")


def test_spools_are_sent_as_they_are_and_acknowledged(home: Path, server: MiniServer) -> None:
    script = (
        """
import os
folder = os.environ['TRAINSHED_SPOOL']
fd = os.open(folder + '/abc123', os.O_CREAT | os.O_APPEND | os.O_WRONLY)
for number in range(1000):
    os.write(fd, b'%d\\n' % number)
print('logged', flush=True)
"""
        + WAIT
        + "os.write(fd, b'torn')"
    )
    node = make_node(home, server, script)
    node.start_agent()
    data = b"".join(b"%d\n" % number for number in range(1000))
    wait_until(lambda: bytes(server.records.streams.get("abc123", b"")) == data, 60, "the points")
    assert server.records.kinds["abc123"] == "spool"
    acked = node.layout.spool_acked
    wait_until(lambda: acked.exists() and json.loads(acked.read_text()) == {"abc123": len(data)}, 60, "acked")
    finish(node)
    assert bytes(server.records.streams["abc123"]) == data + b"torn"


def test_lines_are_sent_one_by_one_while_somebody_watches(home: Path, server: MiniServer) -> None:
    script = """
import os, time
while not os.path.exists('go'):
    print('line', flush=True)
    time.sleep(0.13)
"""
    node = make_node(home, server, script)
    node.start_agent()
    server.watch()
    node.wait_for_output("\n")
    for count in range(1, 21):
        wait_until(lambda count=count: server.driver_log.count("\n") >= count, what="a line")  # type: ignore[misc]
    assert not node.layout.rank(0).exit.exists()
    finish(node)


def test_a_quiet_run_says_that_it_lives_and_no_more(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "print('quiet', flush=True)" + WAIT)
    node.start_agent()
    node.wait_for_output("quiet")
    wait_until(lambda: server.status == "Running", 60, "Running")
    before, began = server.records.syncs, time.monotonic()
    wait_until(lambda: server.records.syncs >= before + 3, what="heartbeats")
    assert time.monotonic() - began > 2.0
    finish(node)


def test_a_busy_log_is_sent_in_few_messages(home: Path, server: MiniServer) -> None:
    script = "import time\nend = time.time() + 1.5\nwhile time.time() < end:\n    print('x' * 50, flush=True)"
    before = server.records.syncs
    run(home, server, script)
    assert server.records.syncs - before < 40


def test_the_server_is_away_while_the_script_runs(home: Path, server: MiniServer) -> None:
    script = "print('first', flush=True)" + WAIT + "print('second')\nopen('outputs/a', 'w').write('a')"
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_for_output("first")
    server.stop()
    go(node)
    wait_until(node.layout.rank(0).exit.exists, 60, "exit.json")
    server.start()
    node.wait_until_done()
    assert server.status == "Completed" and server.driver_log == "first\nsecond\n"
    assert server.content("outputs/a") == b"a"


def test_the_server_is_away_from_the_first_moment(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "print('hello')")
    server.stop()
    node.start_agent()
    wait_until(lambda: "does not answer" in node.agent_log, 60, "a failed try")
    server.start()
    node.wait_until_done()
    assert server.status == "Completed" and server.driver_log == "hello\n"


def test_a_full_server_is_waited_for(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "print('hello')\nopen('outputs/a', 'w').write('a')")
    server.full = True
    node.start_agent()
    wait_until(node.layout.rank(0).exit.exists, 60, "exit.json")
    wait_until(lambda: "disk is full" in node.agent_log, 60, "the warning")
    assert server.driver_log == ""
    server.full = False
    node.wait_until_done()
    assert server.driver_log == "hello\n" and server.content("outputs/a") == b"a"
    assert server.records.report is not None and "disk is full" in " ".join(server.records.report.warnings)


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A file system of 6 MiB for the node's folders."""
    require_root("a small file system")
    runs = HomeLayout(home).runs
    runs.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(runs)], check=True)
    yield runs
    subprocess.run(["umount", "-l", str(runs)], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return ballast


def test_a_full_disk_under_a_running_script(home: Path, server: MiniServer, small_disk: Path) -> None:
    script = "print('before', flush=True)" + WAIT + "print('after')\nopen('outputs/a', 'w').write('a')"
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_for_output("before")
    node.wait_for_status("Running")
    ballast = fill(small_disk)
    assert os.statvfs(small_disk).f_bavail == 0
    server.order("cancel", grace_s=5)  # neither the order nor much else can be written down
    wait_until(lambda: server.status == "Canceled", 60, "Canceled")
    ballast.unlink()
    node.wait_until_done()
    assert server.driver_log.startswith("before\n")


def test_a_script_that_fills_the_disk_for_good(home: Path, server: MiniServer, small_disk: Path) -> None:
    script = """
print('before', flush=True)
with open('filler', 'wb', buffering=0) as file:
    for size in (1 << 20, 4096, 1):
        try:
            while True: file.write(b'x' * size)
        except OSError: pass
"""
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_until_done()
    assert server.status == "Completed" and server.driver_log.startswith("before\n")


def test_a_disk_that_is_full_from_the_start(home: Path, server: MiniServer, small_disk: Path) -> None:
    node = make_node(home, server, "print('hello')", files={"big.bin": os.urandom(1 << 20)})
    ballast = fill(small_disk)
    with open(home / "agent.out", "wb") as log:
        from tests.node.nodes import python_argv

        agent = subprocess.Popen(python_argv("agent", str(node.layout.root)), stdout=log, stderr=log)
    node.agents.append(agent)
    wait_until(lambda: server.records.syncs > 0 or agent.poll() is not None, 60, "a sync")
    assert agent.poll() is None, (home / "agent.out").read_text()
    ballast.unlink()
    node.wait_until_done()
    assert server.status == "Completed" and server.driver_log == "hello\n"


def test_a_disk_too_small_for_the_code(home: Path, server: MiniServer, small_disk: Path) -> None:
    """The run waits, says so, and can be cancelled."""
    node = make_node(home, server, "print('hello')", files={"big.bin": os.urandom(8 << 20)})
    node.start_agent()
    wait_until(
        lambda: server.records.report is not None and "disk is full" in " ".join(server.records.report.warnings),
        what="the warning",
    )
    server.order("cancel")
    node.wait_until_done()
    assert server.status == "Canceled"


def test_the_folder_shrinks_when_all_is_durable(home: Path, server: MiniServer) -> None:
    node = run(home, server, "open('outputs/model.bin', 'wb').write(b'm' * 9000000)\nprint('x' * 1000000)")
    size = sum(path.stat().st_size for path in files_below(node.layout.root))
    assert size < 200_000
    assert hashlib.sha256(server.content("outputs/model.bin")).digest() == hashlib.sha256(b"m" * 9000000).digest()
    assert node.layout.done.exists() and not node.layout.spool.exists()
