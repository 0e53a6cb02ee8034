"""Cancel: at every moment, twice, from a child, while the server is down, and of a tree that does not want to go."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from azureml.core import Run, ScriptRunConfig
from tests.integration.submitting import (
    Desk,
    driver_log,
    user_managed,
    wait_for_end,
    wait_for_file,
    wait_for_status,
    write,
)
from tests.support.chaos import Paused, kill_all, living
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)

SLEEPS = "import sys, time\nopen(sys.argv[1], 'w').close()\nprint('started', flush=True)\ntime.sleep(600)\n"


def sleeping(desk: Desk) -> Run:
    """A run whose script is at work and will not end by itself."""
    started = desk.folder / f"started{len(desk._count)}"
    run = desk.submit(SLEEPS, [str(started)])
    wait_for_file(started)
    return run


def test_running(desk: Desk) -> None:
    run = sleeping(desk)
    wait_for_status(run, "Running")
    run.cancel()
    assert run.get_status() in ("Canceled", "CancelRequested", "Finalizing")
    assert wait_for_end(run) == "Canceled"
    assert not desk.house.entries()
    assert "started" in driver_log(run)
    assert run.wait_for_completion()["status"] == "Canceled"


def test_at_once_after_submit(desk: Desk) -> None:
    run = desk.submit(SLEEPS, [str(desk.folder / "started")])
    run.cancel()
    assert wait_for_end(run) == "Canceled"


def test_queued(lone_desk: Desk) -> None:
    """While the forker stands still nothing can be started, so the run waits in its queue."""
    warm = lone_desk.completed("pass")
    assert warm.get_status() == "Completed"
    with Paused(lone_desk.house.forkers()):
        started = lone_desk.folder / "started"
        run = lone_desk.submit(SLEEPS, [str(started)])
        assert run.get_status() in ("Queued", "Provisioning", "NotStarted")
        run.cancel()
        wait_for_status(run, "Canceled", "CancelRequested")
    assert wait_for_end(run) == "Canceled"
    assert not started.exists() or not lone_desk.house.entries()


def test_preparing(desk: Desk) -> None:
    """An interpreter that does not answer holds the node in Preparing."""
    slow = write(desk.folder / "bin" / "python-that-hangs", "#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    configuration = user_managed()
    configuration.environment.python.interpreter_path = str(slow)
    folder = desk.project("print('never')")
    run = desk.experiment.submit(ScriptRunConfig(str(folder), script="train.py", run_config=configuration))
    wait_for_status(run, "Preparing", "Starting", "Running")
    run.cancel()
    assert wait_for_end(run) == "Canceled"


def test_twice_and_after_the_end(desk: Desk) -> None:
    run = sleeping(desk)
    run.cancel()
    run.cancel()
    assert wait_for_end(run) == "Canceled"
    run.cancel()
    assert run.get_status() == "Canceled"
    ended = desk.completed("pass")
    ended.cancel()
    assert ended.get_status() == "Completed"


def test_from_a_child_by_its_parent(desk: Desk) -> None:
    parent = sleeping(desk)
    child = parent.submit_child(
        desk.config("import time\nfrom azureml.core import Run\nRun.get_context().parent.cancel()\ntime.sleep(600)\n")
    )
    assert wait_for_end(parent) == "Canceled"
    assert wait_for_end(child) == "Canceled"
    assert not desk.house.entries()


def test_from_a_script_by_its_childs_parent(desk: Desk) -> None:
    """What get_context() gives has a cancel() without effect, as in v1; the same run as somebody's parent is ended."""
    run = desk.submit(
        """
        import time
        from azureml.core import Run
        run = Run.get_context()
        run.cancel()
        print('still here', run.get_status(), flush=True)
        child = run.child_run()
        child.parent.cancel()
        time.sleep(600)
        """
    )
    assert wait_for_end(run) == "Canceled"
    assert "still here Running" in driver_log(run)


def test_cancel_of_a_parent_takes_its_children_along(desk: Desk) -> None:
    parent = sleeping(desk)
    started = desk.folder / "child"
    child = parent.submit_child(desk.config(SLEEPS, [str(started)]))
    wait_for_file(started)
    parent.cancel()
    assert wait_for_end(parent) == "Canceled"
    assert wait_for_end(child) == "Canceled"


def test_while_the_server_is_down(lone_desk: Desk) -> None:
    run = sleeping(lone_desk)
    server = lone_desk.house.server()
    assert server is not None
    kill_all([server])
    run.cancel()
    assert wait_for_end(run) == "Canceled"
    assert not lone_desk.house.entries()
    assert lone_desk.house.server() not in (None, server)


def test_asked_for_and_the_server_is_killed_at_once(lone_desk: Desk) -> None:
    run = sleeping(lone_desk)
    run.cancel()
    kill_all(lone_desk.house.named("server"))
    assert wait_for_end(run) == "Canceled"


def test_a_script_that_says_goodbye(desk: Desk) -> None:
    """SIGTERM comes first, so that a script can save what it has."""
    run = desk.submit(
        """
        import signal, sys, time
        from azureml.core import Run
        run = Run.get_context()
        def bye(*_):
            run.log('saved', 1)
            open('outputs/checkpoint.txt', 'w').write('saved')
            print('saved, bye', flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, bye)
        print('started', flush=True)
        while True: time.sleep(0.1)
        """
    )
    wait_until(lambda: "started" in driver_log(run), 60, "the script to start")
    run.cancel()
    assert wait_for_end(run) == "Canceled"
    assert run.get_metrics() == {"saved": 1}
    assert "outputs/checkpoint.txt" in run.get_file_names()
    assert "saved, bye" in driver_log(run)


TREE = """
    import os, signal, subprocess, sys, time
    folder = sys.argv[1]
    def mark(name):
        with open(os.path.join(folder, name + '.new'), 'w') as file: file.write(str(os.getpid()))
        os.rename(os.path.join(folder, name + '.new'), os.path.join(folder, name))
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        mark('ignores')
        time.sleep(600)
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        if os.fork(): os._exit(0)
        mark('daemon')
        time.sleep(600)
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.execve(sys.executable, [sys.executable, '-c', 'import os, time\\n'
            'open(%r, "w").write(str(os.getpid()))\\ntime.sleep(600)' % os.path.join(folder, 'bare')], {})
    mark('entry')
    time.sleep(600)
"""


def test_a_tree_that_does_not_want_to_go(desk: Desk) -> None:
    """A child that ignores SIGTERM, a daemon (setsid, forked twice), and one that cleared its environment."""
    marks = desk.folder / "marks"
    marks.mkdir()
    run = desk.submit(TREE, [str(marks)])
    names = ("ignores", "daemon", "bare", "entry")
    wait_until(lambda: all(_pid_in(marks / name) for name in names), 60, "the whole tree")
    pids = [_pid_in(marks / name) for name in names]
    assert living(pids) == pids
    run.cancel()
    assert wait_for_end(run) == "Canceled"
    assert not living(pids), "it has ended only when its tree is gone"


def _pid_in(path: Path) -> int:
    try:
        return int(path.read_text() or 0)
    except FileNotFoundError:
        return 0


def test_a_stopped_script_is_canceled_too(desk: Desk) -> None:
    run = sleeping(desk)
    (entry,) = desk.house.entries()
    os.kill(entry, signal.SIGSTOP)
    run.cancel()
    assert wait_for_end(run) == "Canceled"
    assert not living([entry])
