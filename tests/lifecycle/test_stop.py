"""A server that leaves: asked, idle, or for a newer one. Runs go on; nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.lifecycle.desk import Desk, is_lock_held, pids_of_servers
from tests.support.processes import processes_marked
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.client.api import Api
from trainshed.contract.errors import ServerUnreachable
from trainshed.contract.records import RunRecord
from trainshed.contract.status import RunStatus

WAITS_FOR_A_FILE = """
import os, sys, time
print("first line", flush=True)
while not os.path.exists(sys.path[0] + "/go"):
    time.sleep(0.02)
print("last line", flush=True)
"""


def _let_go(desk: Desk, run: RunRecord) -> None:
    (desk.node(run).code / "go").touch()


def test_stop_says_how_many_runs_go_on_and_they_do(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    assert embedded.stop(desk.home) == 1
    assert pids_of_servers(desk.home) == [] and not desk.layout.server_json.exists()
    _let_go(desk, run)
    wait_until(lambda: (desk.node(run).rank(0).exit).exists(), what="the script to end without a server")
    assert desk.ended(run).status is RunStatus.COMPLETED
    assert desk.log(run) == b"first line\nlast line\n"


def test_the_forker_leaves_with_the_server_once_its_children_have_ended(
    desk: Desk, no_process_left_behind: str
) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    (forker,) = desk.house.forkers()
    embedded.stop(desk.home)
    assert desk.house.forkers() == [forker]
    desk.api()
    _let_go(desk, run)
    desk.ended(run)
    embedded.stop(desk.home)
    wait_until(lambda: not list(processes_marked(no_process_left_behind)), what="every process to end")


def test_whoever_waits_is_let_go_at_once(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    run = desk.reaches(run, RunStatus.RUNNING)
    client = embedded.connect(desk.home)
    client.revive = None
    client.request("GET", "/server")

    def follow() -> None:
        try:
            Api(client).get_run(run.workspace_id, run.id, known=run.event_seq, wait_s=50)
        except ServerUnreachable:
            pass  # sent away; asked again, nobody is there

    waiting = threading.Thread(target=follow)
    waiting.start()
    wait_until(lambda: not client._idle, what="the request to be under way")
    begun = time.monotonic()
    embedded.stop(desk.home)
    waiting.join(60)
    assert not waiting.is_alive() and time.monotonic() - begun < 40
    _let_go(desk, run)
    assert desk.ended(run).status is RunStatus.COMPLETED


def test_a_server_that_is_stuck_is_ended_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_SILENT_S", 0.5)
    monkeypatch.setattr(embedded, "_STOP_S", 0.5)
    desk.api()
    os.kill(desk.facts()["pid"], signal.SIGSTOP)
    monkeypatch.setattr(embedded, "_HEALTH_S", 0.2)
    assert embedded.stop(desk.home) == 0
    assert not is_lock_held(desk.layout.server_lock)


def _serve(home: Path, idle_minutes: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "trainshed.server.app", "--home", str(home), "--idle-minutes", str(idle_minutes)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_it_leaves_when_nobody_needs_it(desk: Desk) -> None:
    server = _serve(desk.home, 0.01)
    assert server.wait(60) == 0
    assert not desk.layout.server_json.exists()


def test_a_run_or_a_client_keeps_it(desk: Desk) -> None:
    server = _serve(desk.home, 0.06)
    wait_until(desk.layout.server_json.exists, what="the server")
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    idle_over = time.monotonic() + 5  # longer than it would stay without the run
    wait_until(lambda: server.poll() is not None or time.monotonic() > idle_over, what="the idle time to be over")
    assert server.poll() is None
    _let_go(desk, run)
    desk.ended(run)
    assert server.wait(60) == 0
