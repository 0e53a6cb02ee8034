"""Who starts the embedded server, how often, and what lies about from before."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.desk import Desk, is_lock_held, outcome, pids_of_servers, python
from tests.support.interpreters import find_python
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.client.api import Api
from trainshed.contract.errors import BadValue, NoServerHere, NotAuthenticated, ServerNotStarted, ServerUnreachable
from trainshed.contract.layout import HomeLayout
from trainshed.contract.version import VERSION

SRC = str(Path(__file__).resolve().parents[2] / "src")

CONNECT = """
import sys
sys.stdin.readline()
from trainshed.client import embedded
from trainshed.client.api import Api
print(Api(embedded.connect()).server().pid)
"""


def test_twenty_processes_at_a_barrier_start_one_server(desk: Desk) -> None:
    reading, writing = os.pipe()
    processes = []
    for _ in range(20):
        command = [sys.executable, "-c", CONNECT]
        processes.append(
            subprocess.Popen(command, stdin=reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
    os.close(reading)
    os.write(writing, b"\n" * 20)  # one line each, whoever reads first
    os.close(writing)
    pids = {outcome(process) for process in processes}
    assert pids == {str(desk.facts()["pid"])}
    assert pids_of_servers(desk.home) == [int(pids.pop())]


def test_what_is_made_is_for_its_owner_only(home: Path) -> None:
    inner = home / "inner"
    try:
        Api(embedded.connect(inner)).server()
        layout = HomeLayout(inner)
        assert stat.S_IMODE(inner.stat().st_mode) == 0o700
        for path in (layout.token, layout.server_json, layout.settings, layout.socket, layout.database):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    finally:
        embedded.stop(inner)


def test_status_and_stop_of_a_home_without_a_server(desk: Desk) -> None:
    assert embedded.status(desk.home) is None
    assert embedded.stop(desk.home) is None
    with pytest.raises(ServerUnreachable, match="no server is running"):
        embedded.connect(desk.home, start=False)
    assert list(desk.home.iterdir()) == []


def test_status_of_a_server(desk: Desk) -> None:
    api = desk.api()
    facts = embedded.status(desk.home)
    assert facts is not None
    assert (facts.pid, facts.version) == (api.server().pid, VERSION)
    assert embedded.stop(desk.home) == 0
    assert embedded.status(desk.home) is None


def _leave_behind(desk: Desk, **facts: Any) -> None:
    """What a server leaves that was killed: its facts, its socket, and lock files that nobody holds."""
    desk.api()
    desk.kill_server()
    told = {**desk.facts(), **facts}
    desk.layout.server_json.write_text(json.dumps(told))
    assert desk.layout.server_lock.exists() and desk.layout.socket.exists()


@pytest.mark.parametrize(
    "kind", ["dead pid", "reused pid", "pid of ours with its start time", "no facts", "broken facts"]
)
def test_what_a_killed_server_left_is_harmless(desk: Desk, kind: str) -> None:
    bystander = python("input()") if kind != "dead pid" else None
    if bystander is None:
        _leave_behind(desk)
    elif kind == "reused pid":
        _leave_behind(desk, pid=bystander.pid)
    else:
        _leave_behind(desk, pid=bystander.pid, started=embedded.process_start(bystander.pid))
    if kind == "no facts":
        desk.layout.server_json.unlink()
    elif kind == "broken facts":
        desk.layout.server_json.write_text('{"pid": ')
    assert embedded.status(desk.home) is None
    pid = desk.api().server().pid
    assert pids_of_servers(desk.home) == [pid]
    assert embedded.stop(desk.home) == 0
    if bystander is not None:
        assert bystander.poll() is None, "a process that is not ours was ended"
        bystander.communicate("\n", timeout=60)


def test_a_server_killed_at_once_is_followed_by_another(desk: Desk) -> None:
    pids = set()
    for _ in range(3):
        pids.add(desk.api().server().pid)
        desk.kill_server()
    assert len(pids) == 3


def test_a_client_in_hand_brings_the_server_back(desk: Desk) -> None:
    api = desk.api()
    before = api.server()
    desk.kill_server()
    after = api.server()
    assert after.pid != before.pid
    assert (after.server_id, after.url) == (before.server_id, before.url), "id and port are fixed for a home"


def test_the_port_is_taken_by_somebody_else_meanwhile(desk: Desk) -> None:
    port = int(desk.api().server().url.rpartition(":")[2])
    embedded.stop(desk.home)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        now = int(desk.api().server().url.rpartition(":")[2])
    assert now != port
    said = (desk.layout.logs / "server.log").read_text()
    assert f"port {port}, chosen for this home, is taken by another program: {now}" in said
    embedded.stop(desk.home)
    assert int(desk.api().server().url.rpartition(":")[2]) == now


def test_a_server_started_by_hand_is_found_while_it_starts(desk: Desk) -> None:
    command = [sys.executable, "-m", "trainshed.server.app", "--home", str(desk.home)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: is_lock_held(desk.layout.server_lock), what="the lock")
    assert desk.api().server().pid == server.pid
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1 and "another server is running there" in second.stderr
    assert embedded.stop(desk.home) == 0
    assert server.wait(60) == 0


def test_sigterm_ends_it_in_good_order(desk: Desk) -> None:
    command = [sys.executable, "-m", "trainshed.server.app", "--home", str(desk.home)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(desk.layout.server_json.exists, what="the server")
    server.terminate()
    assert server.wait(60) == 0
    assert not desk.layout.server_json.exists() and not desk.layout.socket.exists()


def test_a_long_home_is_served_through_the_port(home: Path) -> None:
    deep = home / ("x" * 60) / ("y" * 60)
    try:
        status = Api(embedded.connect(deep)).server()
        facts = embedded.status(deep)
        assert facts is not None and facts.socket is None
        assert status.home == str(deep)
    finally:
        embedded.stop(deep)


# --- what keeps it from starting


def test_a_home_that_is_a_file(home: Path) -> None:
    (home / "file").touch()
    with pytest.raises(BadValue, match="cannot be made"):
        embedded.connect(home / "file" / "home")
    with pytest.raises(BadValue, match="file': it is a file"):
        embedded.connect(home / "file")


def test_broken_settings_are_named(desk: Desk) -> None:
    desk.layout.settings.write_text("{broken")
    with pytest.raises(BadValue, match=r"settings\.json.*Remove it"):
        desk.api()


def test_a_server_that_dies_says_why(desk: Desk) -> None:
    desk.layout.store.touch()  # where a folder should be
    with pytest.raises(ServerNotStarted, match=r"server\.log") as caught:
        desk.api()
    assert str(desk.home) in str(caught.value) and "FileExistsError" in str(caught.value)


def test_an_old_python_uses_the_server_but_cannot_start_one(desk: Desk) -> None:
    old = find_python("3.8")
    ask = """
from trainshed.client import embedded
from trainshed.client.api import Api
try:
    print(Api(embedded.connect()).server().pid)
except Exception as error:
    print(type(error).__name__, error)
"""
    said = outcome(python(ask, interpreter=old, PYTHONPATH=SRC))
    assert said.startswith(NoServerHere.__name__) and "this is 3.8" in said and "TRAINSHED_SERVER" in said
    pid = desk.api().server().pid
    assert outcome(python(ask, interpreter=old, PYTHONPATH=SRC)) == str(pid)


def test_a_python_without_the_servers_libraries_says_which(desk: Desk) -> None:
    ask = """
import sys
sys.path[:] = [path for path in sys.path if not path.endswith("site-packages")]
from trainshed.client import embedded
try:
    embedded.connect()
except Exception as error:
    print(type(error).__name__, error)
"""
    said = outcome(python(ask, PYTHONPATH=SRC))
    assert said.startswith(NoServerHere.__name__)
    assert "msgspec, sqlalchemy, starlette, uvicorn" in said and "pip install trainshed" in said


def test_the_team_server_that_the_environment_names(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    status = desk.api().server()
    monkeypatch.setenv("TRAINSHED_HOME", "/nonexistent/home")
    monkeypatch.setenv("TRAINSHED_SERVER", status.url)
    with pytest.raises(NotAuthenticated, match="TRAINSHED_TOKEN is not set"):
        embedded.connect()
    monkeypatch.setenv("TRAINSHED_TOKEN", "wrong")
    with pytest.raises(NotAuthenticated):
        Api(embedded.connect()).server()
    monkeypatch.setenv("TRAINSHED_TOKEN", desk.layout.token.read_text().strip())
    assert Api(embedded.connect()).server().pid == status.pid


def test_the_server_has_little_of_the_shell_that_started_it(desk: Desk) -> None:
    ask = "from trainshed.client import embedded; embedded.connect()"
    outcome(python(ask, SECRET_OF_MINE="1", PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1", LANG="C.UTF-8"))
    environment = Path(f"/proc/{desk.facts()['pid']}/environ").read_bytes().split(b"\0")
    names = {line.partition(b"=")[0] for line in environment}
    assert not names & {b"SECRET_OF_MINE", b"PYTHONUNBUFFERED", b"PYTHONDONTWRITEBYTECODE"}
    assert {b"PATH", b"LANG", b"TRAINSHED_TEST_MARK"} <= names
