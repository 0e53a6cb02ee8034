"""An agent, a forker or a shim is killed, and then the script ends in one way or another."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from azureml.core import Run
from tests.integration.submitting import Desk, content, driver_log, error_of, wait_for_end, wait_for_file
from tests.support.chaos import Paused, kill_all, living
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

WAITS = """
    import os, signal, sys, time
    from azureml.core import Run
    started, go, ending = sys.argv[1:]
    run = Run.get_context()
    run.log('before', 1)
    print('before', flush=True)
    open(started, 'w').close()
    while not os.path.exists(go): time.sleep(0.02)
    run.log('after', 2)
    print('after', flush=True)
    with open('outputs/after.txt', 'w') as file: file.write('after')
    if ending == 'SIGSEGV': os.kill(os.getpid(), signal.SIGSEGV)
    sys.exit(int(ending))
"""


def waiting(desk: Desk, ending: str) -> Run:
    run = desk.submit(WAITS, [str(desk.folder / "started"), str(desk.folder / "go"), ending])
    wait_for_file(desk.folder / "started")
    return run


def let_it_end(desk: Desk) -> None:
    """The script ends now; its shim writes down how."""
    (desk.folder / "go").touch()
    wait_until(lambda: not desk.house.entries() and not desk.house.shims(), 60, "script and shim to end")


def ended_well(run: Run, ending: str, folder: Path) -> None:
    status = wait_for_end(run)
    error = error_of(run)
    if ending == "0":
        assert status == "Completed", error
    else:
        assert status == "Failed"
        assert ("SIGSEGV" if ending == "SIGSEGV" else "code 3") in error
    assert run.get_metrics() == {"before": 1, "after": 2}
    log = driver_log(run)
    assert log.count("before\n") == 1 and log.count("after\n") == 1
    assert content(run, "outputs/after.txt", folder) == b"after"


@pytest.mark.parametrize("ending", ["0", "3", "SIGSEGV"])
def test_agent_killed_while_the_server_is_up(lone_desk: Desk, ending: str) -> None:
    run = waiting(lone_desk, ending)
    assert kill_all(lone_desk.house.agents())
    let_it_end(lone_desk)
    ended_well(run, ending, lone_desk.folder)


@pytest.mark.parametrize("ending", ["0", "3", "SIGSEGV"])
def test_agent_killed_while_the_server_is_down(lone_desk: Desk, ending: str) -> None:
    run = waiting(lone_desk, ending)
    assert kill_all(lone_desk.house.named("server"))
    assert kill_all(lone_desk.house.agents())
    let_it_end(lone_desk)
    assert lone_desk.house.server() is None
    ended_well(run, ending, lone_desk.folder)


@pytest.mark.parametrize("ending", ["0", "3", "SIGSEGV"])
def test_all_of_ours_but_the_shim_killed(lone_desk: Desk, ending: str) -> None:
    run = waiting(lone_desk, ending)
    for who in ("server", "forker", "agent"):
        assert kill_all(lone_desk.house.named(who)), who
    let_it_end(lone_desk)
    ended_well(run, ending, lone_desk.folder)


def test_an_adopter_takes_over_a_running_script(lone_desk: Desk) -> None:
    run = waiting(lone_desk, "0")
    (first,) = lone_desk.house.agents()
    kill_all([first])
    wait_until(lambda: [pid for pid in lone_desk.house.agents() if pid != first], 60, "another agent")
    assert run.get_status() == "Running"
    (lone_desk.folder / "go").touch()
    ended_well(run, "0", lone_desk.folder)


def test_a_killed_forker_is_replaced(lone_desk: Desk) -> None:
    run = waiting(lone_desk, "0")
    assert kill_all(lone_desk.house.forkers())
    second = lone_desk.completed("print('submitted after the forker was killed')")
    assert "submitted after" in driver_log(second)
    let_it_end(lone_desk)
    ended_well(run, "0", lone_desk.folder)


SPREADS = """
    import os, subprocess, sys, time
    started = sys.argv[1]
    code = "import os, sys, time; open(sys.argv[1] + '.tmp', 'w').write(str(os.getpid())); "
    code += "os.rename(sys.argv[1] + '.tmp', sys.argv[1]); time.sleep(600)"
    subprocess.Popen([sys.executable, '-c', code, started + '.kid'])
    subprocess.Popen([sys.executable, '-c', code, started + '.daemon'], start_new_session=True)
    from azureml.core import Run
    Run.get_context().log('before', 1)
    print('before', flush=True)
    open(started, 'w').close()
    time.sleep(600)
"""


def spread(desk: Desk) -> tuple[Run, list[int]]:
    started = desk.folder / "spread"
    run = desk.submit(SPREADS, [str(started)])
    wait_for_file(started)
    kids = [wait_for_file(Path(f"{started}.{name}")) for name in ("kid", "daemon")]
    return run, [*desk.house.entries(), *(int(path.read_text()) for path in kids)]


def test_a_killed_shim_fails_the_run_and_its_processes_end(lone_desk: Desk) -> None:
    run, pids = spread(lone_desk)
    assert len(pids) == 3
    assert kill_all(lone_desk.house.shims())
    assert wait_for_end(run) == "Failed"
    assert not living(pids)
    assert "supervisor" in error_of(run)
    assert run.get_metrics() == {"before": 1}
    assert "before" in driver_log(run)


def test_shim_and_agent_killed(lone_desk: Desk) -> None:
    run, pids = spread(lone_desk)
    assert kill_all(lone_desk.house.agents())
    assert kill_all(lone_desk.house.shims())
    assert wait_for_end(run) == "Failed"
    assert not living(pids)


def test_everything_of_a_run_killed_at_once(lone_desk: Desk) -> None:
    """As when a machine loses its power: server, forker, agent, shim and the training itself."""
    run, pids = spread(lone_desk)
    for who in ("server", "forker", "agent", "shim"):
        assert kill_all(lone_desk.house.named(who)), who
    kill_all(pids)
    assert wait_for_end(run) == "Failed"
    assert run.get_metrics() == {"before": 1}
    assert "before" in driver_log(run)


def test_a_stopped_agent_goes_on(lone_desk: Desk) -> None:
    run = waiting(lone_desk, "0")
    agents = lone_desk.house.agents()
    for pid in agents:
        os.kill(pid, signal.SIGSTOP)
    let_it_end(lone_desk)
    for pid in agents:
        os.kill(pid, signal.SIGCONT)
    ended_well(run, "0", lone_desk.folder)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_silent_node_is_told_after_a_minute_and_heard_again(lone_desk: Desk) -> None:
    run = waiting(lone_desk, "0")
    agents = lone_desk.house.agents()
    with Paused(agents):
        wait_until(lambda: run.get_status() == "NotResponding", 90, "the silence to be told", poll_s=0.5)
    wait_until(lambda: run.get_status() == "Running", 60, "the node to be heard again")
    let_it_end(lone_desk)
    ended_well(run, "0", lone_desk.folder)


def test_the_submitter_killed(lone_desk: Desk) -> None:
    """Whoever submitted may go: nothing of the run hangs on that process."""
    import subprocess

    started, go = lone_desk.folder / "started", lone_desk.folder / "go"
    folder = lone_desk.project(WAITS)
    code = f"""
import os
from tests.integration.submitting import user_managed
from azureml.core import Experiment, ScriptRunConfig, Workspace
config = ScriptRunConfig({str(folder)!r}, script="train.py", arguments={[str(started), str(go), "0"]!r},
                         run_config=user_managed())
print(Experiment(Workspace.from_config(), "submitter").submit(config).id, flush=True)
os.kill(os.getpid(), 9)
"""
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    from azureml.core import Experiment

    wait_for_file(started)
    run = Run(Experiment(lone_desk.workspace, "submitter"), done.stdout.split()[-1])
    go.touch()
    ended_well(run, "0", lone_desk.folder)
