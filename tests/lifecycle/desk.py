"""What the tests of this folder do with a home: look at its server, submit a script through the bare API."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE
from typing import Any, Dict, List

from tests.support.chaos import House
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.client.api import Api
from trainshed.contract.api import RunCreate, WorkspaceAsk
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.records import RunRecord
from trainshed.contract.snapshot import Manifest, SnapshotFile
from trainshed.contract.spec import CommandSpec, EnvironmentSpec, LimitsSpec, RunSpec, SourceSpec
from trainshed.contract.status import ENDED, RunStatus


class Desk:
    """One home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.layout = HomeLayout(home)
        self.house = House(home)

    def api(self) -> Api:
        """The home's server; started if it is not there."""
        return Api(embedded.connect(self.home))

    def facts(self) -> Dict[str, Any]:
        facts: Dict[str, Any] = json.loads(self.layout.server_json.read_text())
        return facts

    def kill_server(self) -> int:
        """kill -9; its pid."""
        pid = int(self.facts()["pid"])
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_lock_held(self.layout.server_lock), what="the lock to be free")
        return pid

    def workspace(self) -> str:
        return self.api().workspace(WorkspaceAsk("w", "s", "g", create=True)).id

    def submit(self, script: str, **limits: Any) -> RunRecord:
        """A run of ``train.py`` with that text, by the interpreter of the tests."""
        api, workspace = self.api(), self.workspace()
        code = script.encode()
        digest = sha256(code).hexdigest()
        api.send_blob(digest, code, len(code))
        manifest = Manifest((SnapshotFile("train.py", digest, len(code)),))
        api.put_snapshot(workspace, manifest.id(), manifest)
        spec = RunSpec(
            CommandSpec("train.py"),
            source=SourceSpec(manifest.id()),
            environment=EnvironmentSpec(interpreter=sys.executable),
            limits=LimitsSpec(**limits),
        )
        return api.create_run(workspace, RunCreate("e", spec=spec))

    def run(self, run: RunRecord) -> RunRecord:
        return self.api().get_run(run.workspace_id, run.id)

    def reaches(self, run: RunRecord, *statuses: RunStatus, deadline_s: float = 60.0) -> RunRecord:
        """The run, once it has one of these statuses."""
        wait_until(lambda: self.run(run).status in statuses, deadline_s, f"{run.id} to be {statuses}")
        return self.run(run)

    def ended(self, run: RunRecord, deadline_s: float = 60.0) -> RunRecord:
        return self.reaches(run, *ENDED, deadline_s=deadline_s)

    def node(self, run: RunRecord, attempt: int = 1) -> NodeLayout:
        return self.layout.node(run.workspace_id, run.id, attempt, 0)

    def log(self, run: RunRecord) -> bytes:
        return self.api().read_file(run.workspace_id, run.id, "azureml-logs/70_driver_log.txt").data


def is_lock_held(path: Path) -> bool:
    """Whether somebody holds the flock; by trying it, so not for a lock that may be taken at that moment."""
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def python(code: str, *arguments: str, interpreter: str = sys.executable, **variables: str) -> subprocess.Popen[str]:
    """Start a program of a few lines, as a user's script; TRAINSHED_HOME and the test's mark are in its environment."""
    command = [interpreter, "-c", code, *arguments]
    environment = {**os.environ, **variables}
    return subprocess.Popen(command, env=environment, text=True, stdin=PIPE, stdout=PIPE, stderr=PIPE)


def outcome(process: subprocess.Popen[str]) -> str:
    """What it printed; it must end well."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip()


def pids_of_servers(home: Path) -> List[int]:
    """All server processes of the home, also such as hold no lock."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"trainshed.server.app" in words and str(home).encode() in words:
                found.append(int(folder.name))
    return found
