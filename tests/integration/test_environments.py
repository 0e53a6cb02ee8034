"""Environments that are built, from what a notebook writes to what its script finds."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from azureml.core import Environment, Run, ScriptRunConfig
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import ActivityFailedException, UserErrorException
from tests.integration.submitting import Desk, driver_log, wait_for_end
from tests.support.packages import HttpIndex, make_sdist, make_wheel
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout
from trainshed.node import locks

pytestmark = pytest.mark.timeout(600)
SCRIPT = "import sys, aa; print('aa is', aa.VERSION, sys.prefix)"


@pytest.fixture(autouse=True)
def compiled(house: Path) -> Iterator[None]:
    """Byte code is written by processes that nobody waits for: they shall not write into a home that is removed."""
    yield
    made = HomeLayout(house).environments
    wait_until(lambda: not any(map(locks.is_held, made.root.glob("locks/*"))), 300, "the byte-compilers to end")


def holding(name: str, *lines: str, conda: Any = ()) -> Environment:
    """An environment of these packages and nothing else."""
    made = Environment(name)
    content = {"dependencies": [*conda, {"pip": list(lines)}]}
    made.python.conda_dependencies = CondaDependencies(_underlying_structure=content)
    return made


def shelf(folder: Path) -> Path:
    for version in ("1.0", "2.0"):
        make_wheel(folder / "shelf", "aa", version)
    return folder / "shelf"


def finished(desk: Desk, environment: Environment, script: str = SCRIPT) -> Run:
    config = RunConfiguration()
    config.environment = environment
    folder = desk.project(script)
    run = desk.experiment.submit(ScriptRunConfig(str(folder), script="train.py", run_config=config))
    wait_for_end(run, 120)
    assert run.get_status() == "Completed", run.get_details()
    return run


def test_a_script_in_an_environment_of_packages(desk: Desk) -> None:
    folder = shelf(desk.folder)
    environment = holding("mine", "--no-index", "--find-links %s" % folder, conda=["aa=1.0", "cudatoolkit=10.1"])
    environment.register(desk.workspace)
    run = finished(desk, Environment.get(desk.workspace, "mine"))
    assert "aa is 1.0" in driver_log(run)
    assert str(HomeLayout(desk.home).environments.root) in driver_log(run)
    used = run.get_environment()
    assert (used.name, used.version) == ("mine", "1")
    assert list(used.python.conda_dependencies.conda_packages) == ["aa=1.0", "cudatoolkit=10.1"]
    assert "cudatoolkit" in b"".join(_log(run, "20_image_build_log.txt")).decode()


def test_a_build_is_followed_under_one_heading(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    config = RunConfiguration()
    config.environment = holding("followed", "--no-index", "--find-links %s" % shelf(desk.folder), "aa")
    source = ScriptRunConfig(str(desk.project(SCRIPT)), script="train.py", run_config=config)
    desk.experiment.submit(source).wait_for_completion(show_output=True)
    printed = capsys.readouterr().out
    logs = re.findall(r"^Streaming azureml-logs/(\d\d)", printed, re.MULTILINE)
    assert sorted(logs) == ["20", "55", "65", "70", "75"] and logs[0] == "20", printed
    assert "aa is 2.0" in printed and "\r" not in printed


def test_what_cannot_be_had_is_told_in_one_line_where_a_status_is_told(desk: Desk) -> None:
    config = RunConfiguration()
    config.environment = holding("impossible", "--no-index", "nobody-has-made-this")
    source = ScriptRunConfig(str(desk.project(SCRIPT)), script="train.py", run_config=config)
    run = desk.experiment.submit(source)
    assert wait_for_end(run, 120) == "Failed"
    assert run.get_detailed_status()["details"] == "Environment 'impossible' could not be built."
    message = run.get_details()["error"]["error"]["message"]
    assert (
        message.startswith("Environment 'impossible' could not be built.\nuv says: ") and "nobody-has-made" in message
    )


def test_a_private_wheel(desk: Desk) -> None:
    wheel = make_wheel(desk.folder, "aa", "3.0")
    url = Environment.add_private_pip_wheel(desk.workspace, str(wheel), exist_ok=True)
    assert "aa is 3.0" in driver_log(finished(desk, holding("private", url)))


def test_a_requirements_file_of_the_source_folder(desk: Desk) -> None:
    folder = shelf(desk.folder)
    config = RunConfiguration()
    config.environment = holding("of-files", "-r pip.txt")
    project = desk.project(SCRIPT)
    (project / "pip.txt").write_text("--no-index\n--find-links %s\naa\n-c limits.txt\n" % folder)
    (project / "limits.txt").write_text("aa<2\n")
    run = desk.experiment.submit(ScriptRunConfig(str(project), script="train.py", run_config=config))
    assert wait_for_end(run, 120) == "Completed", run.get_details()
    assert "aa is 1.0" in driver_log(run)


def test_an_index_with_a_password(desk: Desk) -> None:
    with HttpIndex(shelf(desk.folder), credentials="me:hush-hush") as index:
        url = index.url.replace("://", "://me:hush-hush@")
        run = finished(desk, holding("secret", "--index-url " + url, "aa"))
    assert "aa is 2.0" in driver_log(run)
    assert "hush-hush" not in str(run.get_details())
    for name in run.get_file_names():
        assert b"hush-hush" not in b"".join(run._api.stream_file(*run._at, name)), name


def test_pips_settings_of_the_shell_that_submits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those of the shell that started the server; and the script sees none of them."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf(desk.folder)))
    script = SCRIPT + "; import os; print('seen:', [name for name in os.environ if name[:4] == 'PIP_'])"
    assert "seen: []" in driver_log(finished(desk, holding("by-variable", "aa"), script))
    assert HomeLayout(desk.home).building.stat().st_mode & 0o777 == 0o600


BACKEND = """
import os, time
def build_wheel(directory, config_settings=None, metadata_directory=None):
    open(r'{begun}', 'w').close()
    while not os.path.exists(r'{released}'):
        time.sleep(0.01)
    raise SystemExit('built no wheel')
"""


def test_the_build_log_streams_and_comes_whole(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    begun, released = desk.folder / "begun", desk.folder / "released"
    make_sdist(desk.folder / "shelf", "cc", "1.0", BACKEND.format(begun=begun, released=released))
    config = RunConfiguration()
    config.environment = holding("streams", "--no-index", "--find-links %s" % (desk.folder / "shelf"), "cc")
    config.environment.python.conda_dependencies.set_python_version("%d.%d" % sys.version_info[:2])
    run = desk.experiment.submit(ScriptRunConfig(str(desk.project(SCRIPT)), "train.py", run_config=config))
    shown: List[str] = []

    def follow() -> None:
        with pytest.raises(ActivityFailedException):
            run.wait_for_completion(show_output=True)

    follower = threading.Thread(target=follow)
    follower.start()

    def said(words: str) -> bool:
        shown.append(capsys.readouterr().out)
        return words in "".join(shown)

    wait_until(begun.exists, 60, "the build")
    wait_until(lambda: said("Resolved 1 package"), 60, "what uv says, while it works")
    released.touch()
    follower.join(60)
    text = "".join(shown) + capsys.readouterr().out
    headings = [line.split("/")[-1] for line in text.splitlines() if line.startswith("Streaming ")]
    assert headings[:2] == ["20_image_build_log.txt", "65_job_prep-node0.txt"], text
    assert len(set(headings)) == len(headings) and "built no wheel" in text


def test_built_before_a_run_needs_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    environment = holding("early", "--no-index", "--find-links %s" % shelf(desk.folder), "aa")
    details = environment.build(desk.workspace)
    details.wait_for_completion(show_output=False)
    assert details.status == "Succeeded" and details.build_id.startswith("prepare_image_")
    assert "Resolved 1 package" in details.get_log()
    said = environment.build_local(desk.workspace, useDocker=False)
    assert "Resolved" not in said and "The environment is ready" in capsys.readouterr().out
    environment.python.user_managed_dependencies = True
    with pytest.raises(UserErrorException, match="nothing to build"):
        environment.build(desk.workspace)
    broken = holding("broken", "--no-index", "nobody-has-made-this")
    with pytest.raises(ActivityFailedException, match="nobody-has-made-this"):
        broken.build(desk.workspace).wait_for_completion(show_output=False)


@pytest.mark.slow
def test_v1s_default_environment_and_a_conda_package(desk: Desk) -> None:
    """From the index that pip is set to, as users do it."""
    environment = Environment("v1")
    environment.python.conda_dependencies = CondaDependencies.create(conda_packages=["six"], pip_packages=["sklearn"])
    script = "import six, pandas, numpy, requests, pytz, sklearn\n"
    script += "from azureml.core import Run\nRun.get_context().log('a', 1)"
    run = finished(desk, environment, script)
    assert run.get_metrics() == {"a": 1}
    started = finished(desk, environment, script).get_details()["properties"]
    assert started["trainshed.environment"] == run.get_details()["properties"]["trainshed.environment"]


def _log(run: Run, name: str) -> Any:
    return run._api.stream_file(*run._at, "azureml-logs/" + name)
