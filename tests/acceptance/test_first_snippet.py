"""The first snippet of v1's article from the built wheel: data, environment, registry and cluster in one job."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Dict, Iterator

import pytest

from tests.acceptance.test_main_job import assert_plain, in_office, settings, stop, venv, wheel
from tests.integration.submitting import write
from tests.support.chaos_remains import assert_nothing_left
from tests.support.readme import blocks
from tests.support.wheels import CLONE, Venv

__all__ = ["settings", "venv", "wheel"]  # fixtures

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SNIPPET = CLONE / "examples" / "first_snippet"


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the example, away from the clone."""
    folder = tmp_path / "office"
    shutil.copytree(SNIPPET, folder, ignore=shutil.ignore_patterns("data", "my_destination_path", "__pycache__"))
    yield folder
    assert_nothing_left(home)


def test_it_runs_here_and_on_a_cluster(wheel: Path, venv: Venv, settings: Dict[str, str], office: Path) -> None:
    venv.install(str(wheel), "scikit-learn", settings=settings)
    in_office(venv, office, "python", "write_digits.py")
    assert len(list((office / "data").glob("*-ubyte.gz"))) == 4
    printed = _submitted(venv, office)
    for target in ("local", "cpu-cluster"):
        assert f" on {target}: Completed" in printed
    assert printed.count("Streaming azureml-logs/70_driver_log.txt") == 2
    assert printed.count("1500 images to learn from, 297 to be tested with") == 2
    assert "sklearn-sample, version 1" in printed and "sklearn-sample, version 2" in printed
    assert "outputs/my_output_file" in printed and "/open/" in printed
    assert (office / "my_destination_path").read_text().startswith("accuracy 0.9")
    # What README shows is the same code; the environment is there by now.
    write(office / "readme.py", blocks()[0])
    assert "accuracy 0.9" in in_office(venv, office, "python", "readme.py").stdout
    listed = in_office(venv, office, "trainshed", "compute", "list").stdout
    assert listed.startswith("cpu-cluster\tSucceeded\t0-2\t0\t0\t")
    stop(venv, office)


def _submitted(venv: Venv, office: Path) -> str:
    """What submit.py prints; an environment is built and two models are learnt meanwhile."""
    path = f"{venv.python.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(venv.python), "submit.py"],
        cwd=office,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert_plain(done.stdout, done.stderr)
    return done.stdout
