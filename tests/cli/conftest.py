"""The command as a user types it, and a home with a few recorded runs that the tests of a module share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pytest

from tests.conftest import close_home
from tests.support.recorded import Recorder
from trainshed.contract.records import RunRecord

COMMAND = [sys.executable, "-m", "trainshed.cli.main"]


@dataclass(frozen=True)
class Typed:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> List[str]:
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        (line,) = self.lines
        return json.loads(line)


def trainshed(*words: str, cwd: Optional[Path] = None, timeout_s: float = 60, **variables: Optional[str]) -> Typed:
    """Type `trainshed WORDS` with pipes for output, and wait."""
    environment: Dict[str, str] = {**os.environ, **{name: value for name, value in variables.items() if value}}
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )
    return Typed(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True)
class Shelf:
    """A home in which some runs are recorded."""

    home: Path
    recorder: Recorder
    run: RunRecord
    child: RunRecord
    twins: List[RunRecord]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    home = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(home))
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        recorder = Recorder(home)
        twins = [recorder.run("twins", run_id=f"twin-{letter}") for letter in "ab"]
        run = recorder.run("digits", tags={"stage": "try", "plain": None}, properties={"azureml.git.commit": "c0ffee"})
        recorder.log(run, {"loss": [0.5, 0.25, 0.125], "broken": [float("nan")]})
        recorder.file(run, "outputs/model.bin", bytes(range(256)))
        recorder.file(run, "outputs/a/b.txt", b"b")
        recorder.file(run, "azureml-logs/70_driver_log.txt", b"step 1\r\nstep 2 \xff\nlast without end")
        child = recorder.run("digits", parent_id=run.id)
        try:
            yield Shelf(home, recorder, run, child, twins)
        finally:
            recorder.api.client.close()
            close_home(home)
