"""The control loop: each run is started once, attended while it lives, and given up only with reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

from tests.lifecycle.desk import Desk, is_lock_held
from tests.lifecycle.test_stop import WAITS_FOR_A_FILE
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.contract.api import CancelAsk
from trainshed.contract.records import RunRecord
from trainshed.contract.status import RunStatus


def _go(desk: Desk, run: RunRecord) -> None:
    (desk.node(run).code / "go").touch()


def _agent(desk: Desk) -> int:
    return wait_until(lambda: next(iter(desk.house.agents()), 0), what="an agent")


def test_an_agent_that_is_killed_is_followed_by_another_which_knows_how_the_script_ended(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    first = _agent(desk)
    os.kill(first, signal.SIGKILL)
    second = wait_until(lambda: next((pid for pid in desk.house.agents() if pid != first), 0), what="another agent")
    _go(desk, run)
    ended = desk.ended(run)
    assert (ended.status, ended.attempt) == (RunStatus.COMPLETED, 1)
    assert desk.log(run) == b"first line\nlast line\n"
    assert second != first


@pytest.mark.parametrize("code", [0, 3])
def test_the_truth_after_an_agent_was_killed_and_the_script_then_ended(desk: Desk, code: int) -> None:
    run = desk.submit(WAITS_FOR_A_FILE + f"sys.exit({code})\n")
    desk.reaches(run, RunStatus.RUNNING)
    os.kill(_agent(desk), signal.SIGKILL)
    _go(desk, run)
    ended = desk.ended(run)
    assert ended.status is (RunStatus.COMPLETED if code == 0 else RunStatus.FAILED)
    assert ended.error is None if code == 0 else (ended.error is not None and ended.error.facts["exit_code"] == 3)


def test_agent_and_server_killed_the_next_server_takes_over(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    desk.kill_server()
    os.kill(_agent(desk), signal.SIGKILL)
    _go(desk, run)
    wait_until(lambda: desk.node(run).rank(0).exit.exists(), what="the script to end with nobody there")
    assert desk.ended(run).status is RunStatus.COMPLETED


def test_agent_shim_and_script_killed_the_run_fails_with_the_reason(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    for pid in (*desk.house.agents(), *desk.house.shims(), *desk.house.entries()):
        os.kill(pid, signal.SIGKILL)
    ended = desk.ended(run)
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None and ended.error.code == "supervisor_killed"


def test_what_a_killed_supervisor_cost_is_tried_again_as_often_as_allowed(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE, retries=1)
    desk.reaches(run, RunStatus.RUNNING)
    for pid in (*desk.house.agents(), *desk.house.shims(), *desk.house.entries()):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: desk.run(run).attempt == 2 and desk.run(run).status is RunStatus.RUNNING, 60, "a second attempt")
    (desk.node(run, 2).code / "go").touch()
    assert desk.ended(run).status is RunStatus.COMPLETED


def test_the_forker_is_killed_between_two_runs(desk: Desk) -> None:
    first = desk.submit("print('1')")
    desk.ended(first)
    (killed,) = desk.house.forkers()
    assert desk.api().server().forkers == (killed,)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: desk.api().server().forkers == (), what="the status to miss the forker")
    assert desk.ended(desk.submit("print('2')")).status is RunStatus.COMPLETED
    (other,) = desk.api().server().forkers
    assert other != killed


def test_a_cancel_reaches_a_run_whose_agent_was_just_killed(desk: Desk) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    os.kill(_agent(desk), signal.SIGKILL)
    desk.api().cancel_run(run.workspace_id, run.id, CancelAsk(grace_s=1))
    assert desk.ended(run).status is RunStatus.CANCELED
    assert desk.house.entries() == []


def test_runs_that_waited_for_a_server_are_started_by_the_next(desk: Desk) -> None:
    """The server is killed as soon as it has the run: before or after it began it, or asked for its agent."""
    runs = []
    for _ in range(6):
        runs.append(desk.submit("print('once', flush=True)"))
        desk.kill_server()
    for run in runs:
        ended = desk.ended(run)
        assert ended.status is RunStatus.COMPLETED, ended
        assert desk.log(run) == b"once\n"


def test_thirty_runs_at_once_are_each_started_once(desk: Desk) -> None:
    runs = [desk.submit("print('once', flush=True)") for _ in range(30)]
    for run in runs:
        ended = desk.ended(run, deadline_s=120)
        assert (ended.status, ended.attempt) == (RunStatus.COMPLETED, 1)
        assert desk.log(run) == b"once\n"


def test_an_agent_that_cannot_even_begin_makes_a_failed_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    for pid in (*desk.house.agents(), *desk.house.shims(), *desk.house.entries()):
        os.kill(pid, signal.SIGKILL)
    desk.node(run).agent.unlink()
    ended = desk.ended(run)
    assert ended.error is not None and ended.error.code == "lost"
    assert "folder" in ended.error.message


@pytest.fixture
def full_disk(desk: Desk) -> Iterator[Path]:
    """A file system of one page where the node folders lie."""
    desk.api()
    desk.layout.runs.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=4", "tmpfs", str(desk.layout.runs)], check=True)
    yield desk.layout.runs
    subprocess.run(["umount", "-l", str(desk.layout.runs)], check=True)


def test_a_node_that_takes_no_files_makes_a_failed_run_that_says_so(desk: Desk, full_disk: Path) -> None:
    ended = desk.ended(desk.submit("print(1)"))
    assert ended.status is RunStatus.FAILED
    assert ended.error is not None and "No space left on device" in ended.error.message
    assert "local" in ended.error.message


def test_a_silent_agent_is_told_of_and_taken_back(home: Path) -> None:
    """NotResponding after the lease, and back to the status before it; with a lease of a second."""
    desk = Desk(home)
    server = subprocess.Popen(
        [sys.executable, "-c", SHORT_LEASES, str(home)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(desk.layout.server_json.exists, what="the server")
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    agent = _agent(desk)
    os.kill(agent, signal.SIGSTOP)
    silent = desk.reaches(run, RunStatus.NOT_RESPONDING)
    assert silent.status_before_silence is RunStatus.RUNNING
    assert desk.house.agents() == [agent], "one that lives is not replaced"
    os.kill(agent, signal.SIGCONT)
    desk.reaches(run, RunStatus.RUNNING)
    _go(desk, run)
    assert desk.ended(run).status is RunStatus.COMPLETED
    embedded.stop(home)
    assert server.wait(60) == 0
    assert not is_lock_held(desk.layout.server_lock)


#: The embedded server as it is, but for how long an agent may be silent.
SHORT_LEASES = """
import sys
from pathlib import Path
from trainshed.server.app import process
from trainshed.server.control.leases import Leases
from trainshed.server.control.loop import Control

class Impatient(Control):
    def __init__(self, *arguments):
        super().__init__(*arguments, tick_s=0.2, leases=Leases(silent_s=12.0))

process.Control = Impatient
sys.exit(process.run(Path(sys.argv[1]), port=0, idle_s=600, ready_fd=-1))
"""
