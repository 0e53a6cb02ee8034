"""An older and a newer release beside this one: the same code under another version number, as a copy on PYTHONPATH."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.lifecycle.desk import Desk, outcome, pids_of_servers, python
from tests.lifecycle.test_stop import WAITS_FOR_A_FILE
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.contract.errors import SchemaTooNew
from trainshed.contract.status import RunStatus
from trainshed.contract.version import VERSION

SRC = Path(__file__).resolve().parents[2] / "src"

CONNECT = """
from trainshed.client import embedded
from trainshed.client.api import Api
status = Api(embedded.connect()).server()
print(status.version, status.pid)
"""


def release(folder: Path, version: str, wire: int = 1) -> str:
    """A copy of ours that says it is another release; what goes on PYTHONPATH."""
    shutil.copytree(SRC, folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "trainshed" / "contract" / "version.py"
    text = re.sub(r'(?m)^VERSION = ".*"', f'VERSION = "{version}"', path.read_text())
    path.write_text(re.sub(r"(?m)^WIRE_VERSION = \d+", f"WIRE_VERSION = {wire}", text))
    return str(folder)


def _connect_as(release: str) -> tuple[str, int]:
    # Off: an editable install puts its own folder before PYTHONPATH.
    version, pid = outcome(python(CONNECT, PYTHONPATH=release, TRAINSHED_V1="off")).split()
    return version, int(pid)


def test_a_newer_sdk_replaces_an_older_server_and_runs_go_on(desk: Desk, tmp_path: Path) -> None:
    older = release(tmp_path / "older", "0.0.9")
    assert _connect_as(older)[0] == "0.0.9"
    run = desk.submit(WAITS_FOR_A_FILE)  # by this release's client: the server is replaced before
    assert desk.api().server().version == VERSION
    desk.reaches(run, RunStatus.RUNNING)
    newer = release(tmp_path / "newer", "99.0")
    assert _connect_as(newer)[0] == "99.0"
    assert len(pids_of_servers(desk.home)) == 1
    (desk.node(run).code / "go").touch()
    assert desk.ended(run).status is RunStatus.COMPLETED
    assert desk.log(run) == b"first line\nlast line\n"


def test_forkers_of_the_replaced_release_leave_when_their_runs_have_ended(desk: Desk, tmp_path: Path) -> None:
    run = desk.submit(WAITS_FOR_A_FILE)
    desk.reaches(run, RunStatus.RUNNING)
    (forker,) = desk.house.forkers()
    _connect_as(release(tmp_path / "newer", "99.0"))
    wait_until(lambda: len(desk.house.forkers()) == 2, what="a second forker")
    (desk.node(run).code / "go").touch()
    desk.ended(run)
    wait_until(lambda: forker not in desk.house.forkers(), what="the old forker to leave")


def test_an_older_sdk_uses_a_newer_server_that_speaks_its_wire_version(desk: Desk, tmp_path: Path) -> None:
    newer = release(tmp_path / "newer", "99.0", wire=2)
    _, pid = _connect_as(newer)
    assert desk.api().server().pid == pid
    assert _connect_as(newer)[1] == pid


def test_an_older_sdk_refuses_a_newer_server_that_does_not_and_leaves_it_alone(desk: Desk, tmp_path: Path) -> None:
    _, pid = _connect_as(release(tmp_path / "newer", "99.0", wire=3))
    with pytest.raises(SchemaTooNew, match=r"99\.0.*pip install -U trainshed"):
        desk.api()
    assert pids_of_servers(desk.home) == [pid]


def test_a_server_that_dies_without_a_word_leaves_its_log(desk: Desk, tmp_path: Path) -> None:
    broken = release(tmp_path / "broken", VERSION)
    (tmp_path / "broken" / "trainshed" / "server" / "app" / "process.py").write_text("import no_such_module\n")
    process = python(CONNECT, PYTHONPATH=broken, TRAINSHED_V1="off")
    _, err = process.communicate(timeout=60)
    assert "ServerNotStarted" in err
    assert "| ModuleNotFoundError: No module named 'no_such_module'" in err and "server.log" in err


@pytest.mark.parametrize(
    ("low", "high"), [("0.1.0", "0.2"), ("0.9", "0.10"), ("0.1", "0.1.1"), ("0.1.0", "1.0rc1"), ("", "0.0.1")]
)
def test_the_order_of_versions(low: str, high: str) -> None:
    assert embedded.version_key(low) < embedded.version_key(high)
