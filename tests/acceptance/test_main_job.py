"""The main job from the built wheel, as a user has it: a fresh environment, an empty folder, no clone in sight."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

from tests.conftest import NOT_IN_A_USERS_SHELL
from tests.integration.submitting import write
from tests.support.chaos_remains import assert_nothing_left
from tests.support.wheels import Venv, build
from trainshed.node.environments.pip_settings import for_uv

pytestmark = [pytest.mark.slow, pytest.mark.timeout(290)]

JOB = """
    from azureml.core import Workspace, Experiment, ScriptRunConfig, Run
    from azureml.core.runconfig import RunConfiguration
    ws = Workspace.from_config()
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    run = Experiment(ws, 'first').submit(
        ScriptRunConfig('./proj', script='train.py', arguments=['--alpha', 0.5], run_config=config))
    run.wait_for_completion(show_output=True)
    assert run.get_metrics() == {'loss': 0.3, 'alpha': 0.5}, run.get_metrics()
    assert 'outputs/model.pkl' in run.get_file_names(), run.get_file_names()
    run.download_file('outputs/model.pkl')
    run.cancel()
    assert run.get_status() == 'Completed'
    print('workspace:', ws.name, ws.subscription_id, ws.resource_group)
"""

TRAIN = """
    import argparse, azureml.core, os
    from azureml.core import Run
    parser = argparse.ArgumentParser()
    parser.add_argument('--alpha', type=float)
    run = Run.get_context()
    run.log('loss', 0.3)
    run.log('alpha', parser.parse_args().alpha)
    open('outputs/model.pkl', 'wb').write(b'a model')
    print('azureml of the script:', azureml.core.__file__)
"""

#: As the Azure portal lets one download it.
CONFIG_OF_AZURE = b"""{\r
    "subscription_id": "0f2d5b8a-6c1e-4c3b-9a57-3f6d1c2b7e90",\r
    "resource_group": "my-resource-group",\r
    "workspace_name": "my-workspace"\r
}"""


@pytest.fixture(scope="module")
def settings() -> Dict[str, str]:
    """pip's settings on this machine, for uv."""
    return for_uv(os.environ, sys.prefix).variables


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    return Venv(tmp_path / "venv")


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Iterator[Path]:
    """An empty folder outside the clone with ./proj in it; nothing is left of the runs at the end."""
    folder = tmp_path / "office"
    write(folder / "proj" / "train.py", TRAIN)
    write(folder / "job.py", JOB)
    yield folder
    assert_nothing_left(home)


def in_office(venv: Venv, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of that environment, run in the folder by a user's shell."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_IN_A_USERS_SHELL}
    environment.update(variables)
    environment["PATH"] = f"{venv.python.parent}:{environment['PATH']}"
    program = str(venv.python.parent / words[0])
    done = subprocess.run(
        [program, *words[1:]], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert_plain(done.stdout, done.stderr)
    return done


def assert_plain(*printed: str) -> None:
    """Not in a terminal nothing is written over, nothing coloured, and each log of a run has one heading."""
    for text in printed:
        assert "\r" not in text and "\x1b" not in text, text
        for run in text.split("Execution Summary"):
            headings = re.findall(r"^Streaming (\S+)$", run, re.MULTILINE)
            assert len(set(headings)) == len(headings), headings


def does_the_job(venv: Venv, folder: Path) -> str:
    """What the job prints."""
    done = in_office(venv, folder, "python", "job.py")
    assert (folder / "model.pkl").read_bytes() == b"a model"
    assert "Execution Summary" in done.stdout
    script_has = [line for line in done.stdout.splitlines() if line.startswith("azureml of the script:")]
    assert len(script_has) == 1 and os.environ["TRAINSHED_HOME"] in script_has[0]
    return done.stdout


def stop(venv: Venv, folder: Path) -> None:
    """By the release that started it, before its environment goes."""
    in_office(venv, folder, "trainshed", "server", "stop")


def files_of(folder: Path) -> List[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_without_a_config(wheel: Path, venv: Venv, settings: Dict[str, str], office: Path) -> None:
    venv.install(str(wheel), settings=settings)
    before = files_of(office)
    does_the_job(venv, office)
    assert [name for name in files_of(office) if name not in before] == ["model.pkl"]
    stop(venv, office)


def test_with_the_config_of_azure(wheel: Path, venv: Venv, settings: Dict[str, str], office: Path) -> None:
    (office / "config.json").write_bytes(CONFIG_OF_AZURE)
    venv.install(str(wheel), settings=settings)
    printed = does_the_job(venv, office)
    named = json.loads(CONFIG_OF_AZURE)
    words = f"workspace: {named['workspace_name']} {named['subscription_id']} {named['resource_group']}"
    assert words in printed
    assert (office / "config.json").read_bytes() == CONFIG_OF_AZURE
    stop(venv, office)


@pytest.mark.parametrize("order", ["real first", "ours first"])
def test_beside_the_real_azureml_core(
    wheel: Path, venv: Venv, settings: Dict[str, str], office: Path, order: str
) -> None:
    real = ("azureml-core>=1.61", "setuptools<81")
    for requirements in (real, (str(wheel),)) if order == "real first" else ((str(wheel),), real):
        venv.install(*requirements, settings=settings)
    does_the_job(venv, office)
    assert doctor(venv, office).startswith("Trainshed's") and "real azureml-core 1." in doctor(venv, office)
    assert doctor(venv, office, TRAINSHED_V1="off").startswith("the real one")
    (office / "model.pkl").unlink()
    venv.uninstall("azureml-core")
    does_the_job(venv, office)
    assert "installed beside it" not in doctor(venv, office)
    stop(venv, office)


def test_the_real_one_lives_on_without_us(wheel: Path, venv: Venv, settings: Dict[str, str], office: Path) -> None:
    venv.install("azureml-core>=1.61", "setuptools<81", str(wheel), settings=settings)
    where = "import azureml.core; print(azureml.core.__file__)"
    ours = venv.run(where, "-W", "ignore")
    real = venv.run(where, "-W", "ignore", TRAINSHED_V1="off")
    assert ours != real
    assert doctor(venv, office).startswith("Trainshed's")
    venv.uninstall("trainshed")
    assert venv.run(where, "-W", "ignore") == real


def doctor(venv: Venv, folder: Path, **variables: str) -> str:
    """What `trainshed doctor` says of `azureml`."""
    checks = json.loads(in_office(venv, folder, "trainshed", "doctor", "--json", **variables).stdout)["checks"]
    (found,) = [check["found"] for check in checks if check["what"] == "azureml"]
    return str(found)


def test_the_command_alone(wheel: Path, venv: Venv, settings: Dict[str, str], office: Path) -> None:
    """`trainshed run train.py` in a folder, then what can be asked about it."""
    venv.install(str(wheel), settings=settings)
    write(
        office / "proj" / "one.py", "from azureml.core import Run\nRun.get_context().log('a', 1)\nprint('from one')\n"
    )
    printed = in_office(venv, office / "proj", "trainshed", "run", "one.py")
    assert "from one" in printed.stdout
    runs = json.loads(in_office(venv, office, "trainshed", "runs", "--json").stdout)
    assert len(runs) == 1 or runs["runs"]
    stop(venv, office)
