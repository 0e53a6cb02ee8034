"""Metrics of a notebook, where no agent is: through killed servers, killed notebooks and forks, each point once."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, List

import psutil
import pytest

from azureml.core import Experiment, Run, Workspace
from azureml.exceptions import AzureMLException
from tests.support.chaos import House, Paused, kill_all
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout

pytestmark = pytest.mark.timeout(120)


def notebook(folder: Path, text: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    head = """
        import os, signal, sys, time
        from azureml.core import Experiment, Workspace
        run = Experiment(Workspace.from_config(), 'notebook').start_logging(outputs=False, snapshot_directory=None)
        print(run.id, flush=True)
    """
    file = folder / "notebook.py"
    file.write_text(textwrap.dedent(head) + textwrap.dedent(text))
    return subprocess.run(
        [sys.executable, str(file), *arguments], capture_output=True, text=True, timeout=60, check=check, cwd=folder
    )


def found(run_id: str) -> Run:
    return Run(Experiment(Workspace.from_config(), "notebook"), run_id)


def left(home: Path) -> List[Path]:
    return sorted(HomeLayout(home).notebooks.glob("*/*"))


def test_the_server_is_killed_again_and_again(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = Experiment(Workspace.from_config(), "notebook").start_logging(outputs=False, snapshot_directory=None)
    house = House(home)
    for part in range(4):
        for i in range(part * 2500, part * 2500 + 2500):
            run.log("point", i)
        kill_all(house.named("server"))
    run.complete()
    assert run.get_metrics()["point"] == list(range(10_000))
    assert run.get_status() == "Completed"


def test_a_killed_notebook_leaves_its_points_to_the_next(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = notebook(tmp_path, "for i in range(5000): run.log('point', i)\nos.kill(os.getpid(), 9)", check=False)
    assert done.returncode == -signal.SIGKILL
    assert left(home)
    asked = "from azureml.core import *; print(Workspace.from_config().get_run(%r).get_metrics())" % done.stdout.strip()
    answer = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert answer.strip() == str({"point": list(range(5000))})
    assert left(home) == []


def test_a_notebook_that_ends_leaves_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = notebook(tmp_path, "for i in range(100): run.log('point', i)")
    assert left(home) == []
    assert found(done.stdout.strip()).get_metrics() == {"point": list(range(100))}


def test_a_notebook_that_ends_while_the_server_is_away(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It brings the server back; it is its own."""
    monkeypatch.chdir(tmp_path)
    text = """
        import subprocess
        for i in range(1000): run.log('point', i)
        subprocess.run([sys.executable, '-m', 'trainshed.cli.main', 'server', 'stop'], check=True, capture_output=True)
        for i in range(1000, 2000): run.log('point', i)
    """
    done = notebook(tmp_path, text)
    assert found(done.stdout.strip()).get_metrics() == {"point": list(range(2000))}
    assert left(home) == []


def test_forked_children_of_a_notebook(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that end before it, and one that outlives it and ends as processes do."""
    monkeypatch.chdir(tmp_path)
    text = """
        run.log('parent', 0)
        for n in range(3):
            if os.fork() == 0:
                for i in range(300): run.log('child%d' % n, i)
                os._exit(0)
        for n in range(3): os.wait()
        if os.fork() == 0:
            for number in (1, 2): os.dup2(os.open(os.devnull, os.O_WRONLY), number)
            with open('pid', 'w') as file: file.write(str(os.getpid()))
            while not os.path.exists('go'): time.sleep(0.01)
            for i in range(300): run.log('late', i)
            sys.exit(0)
        run.log('parent', 1)
    """
    done = notebook(tmp_path, text)
    run = found(done.stdout.strip())
    early = {"parent": [0, 1], **{f"child{n}": list(range(300)) for n in range(3)}}
    assert run.get_metrics() == early
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), 60, "the child to tell its pid")
    late = int((tmp_path / "pid").read_text())
    (tmp_path / "go").touch()
    wait_until(lambda: not psutil.pid_exists(late), 60, "the child to end")
    wait_until(
        lambda: run.get_metrics() == {**early, "late": list(range(300))}, 60, "the points of the child that outlived it"
    )


def test_flush_says_when_the_server_does_not_answer(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Experiment(Workspace.from_config(), "notebook").start_logging(outputs=False, snapshot_directory=None)
    run.log("point", 1)
    run.flush()
    with Paused(House(home).named("server")):
        run.log("point", 2)
        with pytest.raises(AzureMLException, match=r"within 0\.3 seconds"):
            run.flush(timeout_seconds=0.3)
    run.flush(30)
    assert run.get_metrics() == {"point": [1, 2]}
    run.complete()


def test_an_ended_run_stays_writable_and_leaves_no_file(experiment: Experiment, house: Path) -> None:
    run = experiment.start_logging(outputs=False, snapshot_directory=None)
    run.log("a", 1)
    run.complete()
    # Once the server says that they are durable, no sooner.
    wait_until(lambda: not [path for path in left(house) if path.suffix == ".spool"], what="the run's file to go")
    run.log("late", 2)
    run.flush()
    assert run.get_metrics() == {"a": 1, "late": 2}


@pytest.mark.parametrize("count", [1, 3])
def test_many_runs_at_once(experiment: Experiment, count: int) -> None:
    runs: List[Any] = [experiment.start_logging(outputs=False, snapshot_directory=None) for _ in range(count)]
    for i in range(500):
        for run in runs:
            run.log(run.id, i)
    for run in runs:
        run.complete()
        assert run.get_metrics() == {run.id: list(range(500))}
