"""What every test gets: a clean environment, a home of its own, and the check that no process is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Generator, Iterator, List
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from tests.support import rights
from tests.support.folders import remove_home
from tests.support.notebooks import settled
from tests.support.processes import MARK, end_processes_marked

# Every mark of this session starts with it, so that the end of the session can look for all of them.
SESSION = uuid4().hex
#: What had to be killed at the end of the session, a line each.
LEFT: List[str] = []
# A user's shell has none of these.
NOT_IN_A_USERS_SHELL = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
OURS = ("TRAINSHED_", "AZUREML_")
NO_HOME = "/nonexistent/this-test-needs-the-home-fixture"
#: Generous: a process that is about to end must not be taken for one that stays because the machine is busy.
GRACE_S = 60


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported or started, also by fixtures of a wider scope than one test."""
    for name in list(os.environ):
        if name in NOT_IN_A_USERS_SHELL or name.startswith(OURS):
            del os.environ[name]
    if _runs_tests(config):
        os.environ[MARK] = SESSION
    # A test that forgets its home must not find the developer's.
    os.environ["TRAINSHED_HOME"] = NO_HOME
    # Started in the background, we would hand on that Ctrl-C is ignored.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # How long an example takes is the machine's affair: it may be busy.
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")


def _runs_tests(config: pytest.Config) -> bool:
    """False in the process that only hands tests out to workers (pytest-xdist): the workers are its children."""
    return hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _runs_tests(session.config):
        LEFT.extend(end_processes_marked(SESSION, GRACE_S))
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = LEFT
    elif LEFT:
        print("\nthe session left processes running:", *LEFT, sep="\n  ", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker has ended: what it says it left running counts against the whole session."""
    LEFT.extend(getattr(node, "workeroutput", {}).get("left", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test is skipped for want of a right, and for nothing else."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].partition(": ")[2]
        if not rights.may_skip(reason):
            report.outcome, report.longrepr = "failed", f"skipped ({reason}); tests/support/rights.py says what for"
    return report


@pytest.fixture(autouse=True)
def no_process_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Fail the test that leaves a process running; gives the mark that its processes carry."""
    mark = f"{SESSION}.{uuid4().hex}"
    monkeypatch.setenv(MARK, mark)
    yield mark
    left = end_processes_marked(mark, GRACE_S)
    assert not left, "the test left processes running:\n" + "\n".join(left)


@pytest.fixture
def home(no_process_left_behind: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh TRAINSHED_HOME; its server, if the test started one, is stopped at the end.

    The path is short, unlike tmp_path: that of a Unix socket has 107 bytes at most.
    """
    path = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    monkeypatch.setenv("TRAINSHED_HOME", str(path))
    yield path
    close_home(path)


def close_home(home: Path) -> None:
    """Stop its server, let its other processes end, remove it."""
    try:
        settled(home)
        stop_server(home)
    finally:
        remove_home(home)


def stop_server(home: Path) -> None:
    """`trainshed server stop`, as a user types it. Nothing was started in an empty home."""
    if not any(home.iterdir()):
        return
    command = [sys.executable, "-m", "trainshed.cli.main", "server", "stop"]
    environment = {**os.environ, "TRAINSHED_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"server stop: {done.returncode}\n{done.stdout}\n{done.stderr}"
