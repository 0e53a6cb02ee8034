"""The verbs that start, stop and look at the server, and those that must start none."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import trainshed
from tests.support.waiting import wait_until


def running(home: Path) -> bool:
    return bool(trainshed("server", "status", "--json").json["running"])


def test_start_status_stop(home: Path) -> None:
    off = trainshed("server", "status")
    assert (off.code, off.out) == (1, "") and "next: trainshed server start" in off.err
    started = trainshed("server", "start", "--json").json["server"]
    assert trainshed("server", "start", "--json").json["server"]["pid"] == started["pid"], "one is enough"
    typed = trainshed("server", "status")
    assert typed.code == 0 and f"pid {started['pid']}" in typed.out and str(home) in typed.out
    assert trainshed("server", "stop", "--json").json == {"stopped": True, "runs_going_on": 0}
    assert trainshed("server", "stop", "--json").json == {"stopped": False, "runs_going_on": 0}
    assert not running(home)


def test_stop_tells_how_many_runs_go_on(home: Path, tmp_path: Path) -> None:
    trainshed("server", "start")
    (tmp_path / "train.py").write_text("import signal\nsignal.pause()\n")
    run_id = trainshed("run", "train.py", "--detach", cwd=tmp_path).lines[0]
    wait_until(lambda: "Running" in trainshed("runs").out, 60, "the run to be Running", poll_s=0.1)
    typed = trainshed("server", "stop")
    assert typed.code == 0 and "1 run goes on without it." in typed.err
    # The next verb starts another one, and the run is still there to be canceled.
    assert trainshed("cancel", run_id).code == 0
    assert trainshed("logs", "-f", run_id).code == 130


@pytest.mark.parametrize(
    "verb",
    [
        "version",
        "help",
        "help exit-codes",
        "completion bash",
        "__complete show x",
        "doctor",
        "server status",
        "server stop",
        "snapshot explain",
        "run none.py",
        "run --help",
    ],
)
def test_no_server_is_started_for_nothing(home: Path, tmp_path: Path, verb: str) -> None:
    trainshed(*verb.split(), cwd=tmp_path)
    assert not list(home.iterdir())


def test_doctor_names_what_is_amiss_and_the_way_out(home: Path, tmp_path: Path) -> None:
    home.chmod(0o755)
    typed = trainshed("doctor", PATH=str(tmp_path), TRAINSHED_V1="off")
    rows = {what: (state, way_out) for state, what, _, way_out in (line.split("\t") for line in typed.lines)}
    assert rows["home"] == ("warn", f"chmod 700 {home}")
    assert rows["git"] == ("warn", "apt install git")
    assert typed.code == 0, "warnings are no failure"


def test_doctor_fails_without_a_home(home: Path) -> None:
    file = home / "file"
    file.touch()
    typed = trainshed("doctor", "--json", TRAINSHED_HOME=str(file))
    checks = {check["what"]: check for check in typed.json["checks"]}
    assert typed.code == 1 and checks["home"]["state"] == "fail"
    file.unlink()


@pytest.mark.parametrize("below", ["file/below", "/proc/nowhere", "/dev/null/below"])
def test_doctor_says_why_a_home_cannot_be_made(home: Path, below: str) -> None:
    (home / "file").touch()
    typed = trainshed("doctor", "--json", TRAINSHED_HOME=str(home / below))
    checks = {check["what"]: check for check in typed.json["checks"]}
    assert typed.code == 1 and checks["home"]["state"] == "fail"
    assert "cannot be made: " in checks["home"]["found"] and checks["home"]["way_out"]
    assert "disk space" not in checks, "that of a folder around it says nothing"
    (home / "file").unlink()


def test_a_home_that_cannot_be_made_is_an_error_in_words(home: Path) -> None:
    (home / "file").touch()
    typed = trainshed("runs", TRAINSHED_HOME=str(home / "file" / "below"))
    assert (typed.code, typed.out) == (2, "")
    assert typed.err.startswith("trainshed: ") and str(home / "file") in typed.err and "Traceback" not in typed.err
    assert typed.err.endswith("next: trainshed doctor\n")
    (home / "file").unlink()


def test_a_team_server_that_is_away(home: Path) -> None:
    typed = trainshed("runs", "--json", TRAINSHED_SERVER="http://127.0.0.1:9", TRAINSHED_TOKEN="x")
    error = json.loads(typed.err)
    assert (typed.code, error["code"], error["next"]) == (4, "server_unreachable", "trainshed doctor")
    assert trainshed("runs", TRAINSHED_SERVER="http://127.0.0.1:9").code == 4


def test_what_the_server_keeps_is_private(home: Path) -> None:
    trainshed("server", "start")
    assert stat.S_IMODE((home / "token").stat().st_mode) == 0o600
