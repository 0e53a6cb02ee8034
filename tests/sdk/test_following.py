"""Waiting for a run: through a killed server, in a terminal, until Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import ActivityFailedException
from tests.support.chaos import House, kill_all
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)


def config(folder: Path, script: str, *arguments: str) -> ScriptRunConfig:
    project = folder / "proj"
    project.mkdir(exist_ok=True)
    (project / "train.py").write_text(script)
    run_config = RunConfiguration()
    run_config.environment.python.user_managed_dependencies = True
    return ScriptRunConfig(str(project), script="train.py", arguments=list(arguments), run_config=run_config)


COUNTS = """
import os, sys, time
go, number = sys.argv[1], 0
while not os.path.exists(go):
    print('line', number, flush=True)
    number += 1
    time.sleep(0.01)
print('lines', number)
"""


@pytest.fixture
def counting(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run that prints numbered lines until `go` exists."""
    monkeypatch.chdir(tmp_path)
    run = Experiment(Workspace.from_config(), "counting").submit(config(tmp_path, COUNTS, str(tmp_path / "go")))
    yield run
    (tmp_path / "go").touch()
    run.wait_for_completion(raise_on_error=False)


def log_of(printed: str) -> List[str]:
    """What stands below the driver log's heading."""
    body = printed.split("Streaming azureml-logs/70_driver_log.txt\n", 1)[1].split("\n", 2)[2]
    return [line for line in body.splitlines() if line.startswith("line")]


def test_the_server_is_killed_twice_while_the_output_is_shown(
    home: Path, tmp_path: Path, counting: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line once, in order; the one who waits brings the server back."""
    house = House(home)
    answers: List[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(counting.wait_for_completion(show_output=True)))
    waiter.start()
    printed = ""
    for _ in range(2):
        seen = printed.count("\n")

        def more() -> bool:
            nonlocal printed
            printed += capsys.readouterr().out
            return printed.count("\n") > seen + 50  # noqa: B023

        wait_until(more, 60, "lines to come")
        server = house.server()
        assert server is not None
        kill_all([server])
    seen = printed.count("\n")
    wait_until(more, 60, "lines to come again")
    (tmp_path / "go").touch()
    waiter.join(60)
    printed += capsys.readouterr().out
    assert answers and answers[0]["status"] == "Completed"
    *lines, last = log_of(printed)
    assert last == f"lines {len(lines)}"
    assert lines == [f"line {i}" for i in range(len(lines))]
    assert "\r" not in printed and "\x1b" not in printed


def test_a_silent_wait_outlives_the_server(home: Path, tmp_path: Path, counting: Run) -> None:
    answers: List[Any] = []
    waiter = threading.Thread(target=lambda: answers.append(counting.wait_for_completion()))
    waiter.start()
    wait_until(lambda: counting.get_status() == "Running", 60, "the script to run")
    kill_all([pid for pid in [House(home).server()] if pid])
    (tmp_path / "go").touch()
    waiter.join(60)
    assert answers and answers[0]["status"] == "Completed"


WAITS = """
import sys
from azureml.core import Run, Workspace, Experiment
from azureml.exceptions import ExperimentExecutionException
run = Run(Experiment(Workspace.from_config(), 'counting'), sys.argv[1])
try:
    run.wait_for_completion(show_output=True)
    print('OVER', run.get_status())
except ExperimentExecutionException as error:
    print('INTERRUPTED', error.message)
"""


def test_ctrl_c_ends_the_waiting_and_not_the_run(tmp_path: Path, counting: Run) -> None:
    waiter = subprocess.Popen([sys.executable, "-c", WAITS, counting.id], stdout=subprocess.PIPE, text=True)
    assert waiter.stdout is not None
    for line in waiter.stdout:
        if line == "line 20\n":
            break
    waiter.send_signal(signal.SIGINT)
    rest, _ = waiter.communicate(timeout=60)
    assert "INTERRUPTED" in rest and f"trainshed cancel {counting.id}" in rest
    assert waiter.returncode == 0
    assert counting.get_status() == "Running"


def at_a_terminal(run: Run, go: Path, until: bytes) -> str:
    """What a terminal receives from somebody who follows the run; `go` is made once `until` was seen."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-c", WAITS, run.id])
    seen = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if select.select([screen], [], [], 0.1)[0]:
                seen += os.read(screen, 1 << 16)
        except OSError:  # the other end is closed
            break
        if until in seen:
            go.touch()
    assert os.waitpid(pid, 0)[1] == 0
    os.close(screen)
    return seen.decode().replace("\r\n", "\n")


def test_a_terminal_has_a_status_line_that_spoils_no_line_of_the_log(tmp_path: Path, counting: Run) -> None:
    text = at_a_terminal(counting, tmp_path / "go", b"line 100")
    assert re.search(r"\r\x1b\[K\[Running · [\d.]+ s\]", text)
    # What a terminal shows in the end: the status line is cleared before each line of the log.
    shown = [re.sub(r".*\r\x1b\[K", "", line) for line in text.rstrip().split("\n")]
    *lines, last = [line for line in shown if line.startswith("line")]
    assert lines == [f"line {i}" for i in range(len(lines))] and last == f"lines {len(lines)}"
    assert shown[-1] == "OVER Completed" and not [line for line in shown if "[Running" in line]


def test_the_newest_metric_stands_in_the_status_line(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = """
import os, sys, time
from azureml.core import Run
run = Run.get_context()
run.log('loss', 0.5)
run.log('loss', 0.125)
while not os.path.exists(sys.argv[1]): time.sleep(0.02)
"""
    run = Experiment(Workspace.from_config(), "counting").submit(config(tmp_path, script, str(tmp_path / "go")))
    assert "loss 0.125]" in at_a_terminal(run, tmp_path / "go", b"loss 0.125")


def test_what_is_shown_of_a_run_that_has_ended_and_failed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    script = "import sys\nprint('some words')\nsys.stdout.write('\\r10%\\r100%\\n\\x1b[1mbold\\x1b[0m')\nsys.exit(3)"
    run = Experiment(Workspace.from_config(), "ended").submit(config(tmp_path, script))
    run.wait_for_completion(raise_on_error=False)
    capsys.readouterr()
    with pytest.raises(ActivityFailedException) as error:
        run.wait_for_completion(True)
    printed = capsys.readouterr().out
    assert printed.startswith(f"RunId: {run.id}\nWeb View: http")
    assert "some words\n100%\nbold\n" in printed
    logs = re.findall(r"\nStreaming (azureml-logs/\d\d_\S+)\n(=+)\n", printed)
    assert [len(name) + len("Streaming ") for name, _ in logs] == [len(line) for _, line in logs]
    assert [name[13:15] for name, _ in logs] == ["55", "65", "70", "75"]
    assert "\nExecution Summary\n=================\nRunId: " in printed
    assert "exit_code" in error.value.message and "some words" in error.value.message
