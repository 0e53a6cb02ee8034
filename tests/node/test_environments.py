"""Environments built on the node: resolved once, built once, used as they are; and what fails in which words."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import List

import pytest

from tests.node.builders import BUILD_LOG, Workshop
from tests.support.packages import HttpIndex, make_sdist, make_wheel
from tests.support.waiting import wait_until

SLOW_BACKEND = """
import time
def build_wheel(directory, config_settings=None, metadata_directory=None):
    open({mark!r}, 'a').close()
    time.sleep(300)
"""


def test_what_a_script_finds(workshop: Workshop) -> None:
    shown = workshop.completed("bb", arguments=["aa", "bb"])
    environment = workshop.environment()
    build = environment.build(1)
    assert (shown["aa"], shown["bb"]) == ("1.0", "1.0")
    assert shown["prefix"] == str(build) and shown["path"] == str(build / "bin")
    assert shown["environ"]["VIRTUAL_ENV"] == str(build)
    assert shown["environ"]["CONDA_DEFAULT_ENV"] == f"azureml_{environment.root.name}"
    assert not [name for name in shown["environ"] if name.startswith(("PIP_", "UV_"))]
    runtime = shown["environ"]["TRAINSHED_RUNTIME"]
    assert shown["azureml"].startswith(runtime) and shown["sys.path"].count(runtime) == 1
    report = workshop.server.records.report
    assert report is not None
    assert report.properties["trainshed.environment"] == environment.root.name
    assert report.properties["trainshed.environment.python"] == "%d.%d.%d" % sys.version_info[:3]
    assert "aa==1.0" in workshop.server.log("environment_lock.txt")
    assert "--hash=sha256:" in environment.locked.read_text()
    assert "Resolved 2 packages" in workshop.log and "building environment" in workshop.log
    assert not list(environment.uses.iterdir())


@pytest.mark.slow
def test_ours_answers_also_under_isolation(workshop: Workshop) -> None:
    import subprocess

    workshop.completed("aa")
    python = str(workshop.environment().build(1) / "bin/python")
    runtime = str(next((workshop.home / "runtime").iterdir()))
    for options in (["-I"], ["-E"], []):
        done = subprocess.run(
            [python, *options, "-c", "import azureml.core; print(azureml.core.__file__)"],
            env={"TRAINSHED_RUNTIME": runtime},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.startswith(runtime)
    without = subprocess.run([python, "-c", "import azureml"], env={}, capture_output=True, check=False)
    assert without.returncode == 1


def test_the_second_run_resolves_and_builds_nothing(workshop: Workshop) -> None:
    workshop.completed("bb")
    before = workshop.environment().complete(1).read_bytes()
    # Neither uv nor the packages are needed any more.
    for wheel in workshop.index.iterdir():
        wheel.unlink()
    shown = workshop.completed("bb", arguments=["aa"], program="/nonexistent/uv", building={"PATH": "/nonexistent"})
    assert shown["aa"] == "1.0" and "is used as it is" in workshop.log
    assert workshop.environment().complete(1).read_bytes() == before


def test_from_the_lock_without_a_network(workshop: Workshop) -> None:
    """The build was removed; the lock and uv's cache are enough. So they are for another request, too."""
    import shutil

    with HttpIndex(workshop.index) as index:
        online = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index.url, "UV_HTTP_RETRIES": "0"}
        workshop.completed("bb", building=online)
        assert index.asked
    wait_until(workshop.environment().settled(1).exists, 60, "the byte code")
    shutil.rmtree(workshop.environment().build(1))
    assert workshop.completed("bb", arguments=["aa"], building=online)["aa"] == "1.0"
    assert "Resolved" not in workshop.log and "building environment" in workshop.log
    assert workshop.completed("bb", "aa", building=online, arguments=["aa"])["aa"] == "1.0"
    assert "looking at what uv has here" in workshop.log


def test_conda_names_and_what_azureml_packages_brought(workshop: Workshop) -> None:
    for name in ("torch", "pytz", "python-dateutil", "requests", "urllib3", "pathspec", "jsonpickle", "ruamel.yaml"):
        make_wheel(workshop.index, name, "1.0")
    shown = workshop.completed("azureml-core==1.11", packages={"conda": ("pytorch=1.0",)}, arguments=["torch", "pytz"])
    assert (shown["torch"], shown["pytz"]) == ("1.0", "1.0")
    assert "conda's pytorch is torch on PyPI" in workshop.log and "Answered by Trainshed" in workshop.log
    assert "azureml" not in workshop.environment().locked.read_text()


def test_no_packages_at_all(workshop: Workshop) -> None:
    assert workshop.completed()["prefix"] == str(workshop.environment().build(1))


def test_a_version_that_is_not_there(workshop: Workshop) -> None:
    error = workshop.failed("aa==1.5", "bb", name="my env")
    assert "no version of aa==1.5" in error.message
    assert "aa 1.0 would do" in error.message  # 2.0 would not: bb stands against it
    assert "TRAINSHED_AS_OF=2020-08-27" in error.message and "my env=" in error.message
    assert error.facts["environment"] == "my env"
    assert "no version of aa==1.5" in workshop.log and not workshop.environments()


def test_a_name_that_is_not_there(workshop: Workshop) -> None:
    error = workshop.failed("scikit-lern")
    assert "scikit-lern" in error.message and "did you mean scikit-learn?\n" in error.message
    assert "TRAINSHED_OVERRIDES" in error.message and "TRAINSHED_AS_OF" not in error.message
    assert "conda" not in error.message


def test_a_conda_name_that_no_index_knows(workshop: Workshop) -> None:
    error = workshop.failed(packages={"conda": ("some-name-of-nobody",)})
    assert "some-name-of-nobody was asked for as a conda package" in error.message
    assert "pip_packages" in error.message


def test_a_builder_that_is_killed(workshop: Workshop) -> None:
    program = workshop.home / "killed-uv"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    error = workshop.failed("aa", program=str(program))
    assert "uv pip was ended by signal 9" in error.message and "submit again" in error.message
    assert "TRAINSHED_" not in error.message


def test_a_conda_name_without_counterpart(workshop: Workshop) -> None:
    error = workshop.failed(packages={"conda": ("r-base",)})
    assert "r-base" in error.message


def test_passwords_are_not_told(workshop: Workshop) -> None:
    secret = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://user:pa55word@127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    error = workshop.failed("zz", building=secret)
    assert "127.0.0.1:9" in error.message and "PIP_INDEX_URL" in error.message
    everything = [error.message, *(bytes(data).decode() for data in workshop.server.records.streams.values())]
    everything += [path.read_text() for path in workshop.layout.root.rglob("*.json")]
    assert not [text for text in everything if "pa55word" in text]


def test_without_uv(workshop: Workshop) -> None:
    error = workshop.failed("aa", program=None, building={"PATH": "/nonexistent"})
    assert "pip install uv" in error.message


@pytest.mark.slow
def test_a_pip_install_in_a_script_is_noticed(workshop: Workshop) -> None:
    """The next run gets a clean environment; one that still runs keeps the one it has."""
    go = workshop.home / "go"
    waiting = workshop.node(
        "bb", script=f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.02)\nimport cc\n"
    )
    workshop.forget()
    waiting.start_agent()
    wait_until(lambda: workshop.server.status == "Running", 60, "the first run")
    make_wheel(workshop.index, "cc", "1.0")
    script = f"""
import subprocess, sys
subprocess.run([sys.executable, '-m', 'pip', 'install', '--no-index', '-f', {str(workshop.index)!r}, 'cc'], check=True)
"""
    workshop.run(workshop.node("bb", script=script))
    assert "is used as it is" in workshop.log, workshop.log
    shown = workshop.completed("bb", arguments=["aa", "cc"])
    assert (shown["aa"], shown["cc"]) == ("1.0", None)
    assert workshop.log.count("was changed after it was built") == 1
    assert workshop.builds() == [f"{workshop.environment().root.name}/{number}" for number in (1, 2)]
    go.touch()
    waiting.wait_until_done()
    assert workshop.completed("bb")["prefix"] == str(workshop.environment().build(2))


def test_byte_code_does_not_count_as_a_change(workshop: Workshop) -> None:
    make_wheel(workshop.index, "dd", "1.0", files={"pack/__init__.py": "", "pack/inner.py": "x = 1\n"})
    workshop.run(workshop.node("dd", script="import dd, pack.inner\n"))
    settled = workshop.environment().settled(1)
    wait_until(settled.exists, 60, "the byte code")
    assert list(workshop.environment().build(1).glob("lib/*/site-packages/pack/__pycache__/inner.*.pyc"))
    workshop.completed("dd")
    assert "is used as it is" in workshop.log


def test_byte_code_waits_for_the_first_run(workshop: Workshop) -> None:
    """Its imports have the machine to themselves; what compiles the rest runs where nothing else wants to."""
    go = workshop.home / "go"
    make_wheel(workshop.index, "dd", "1.0", files={"pack/__init__.py": "", "pack/inner.py": "x = 1\n"})
    script = f"import os, time\nwhile not os.path.exists({str(go)!r}):\n    time.sleep(0.02)\n"
    node = workshop.node("dd", script=script)
    workshop.forget()
    node.start_agent()
    wait_until(lambda: workshop.server.status == "Running", 60, "the run")
    settled = workshop.environment().settled(1)
    wait_until(lambda: [os.sched_getscheduler(pid) for pid in commands_with(str(settled))] == [os.SCHED_IDLE], 60, "it")
    compiled = "lib/*/site-packages/pack/__pycache__/*.pyc"
    assert not settled.exists() and not list(workshop.environment().build(1).glob(compiled))
    go.touch()
    node.wait_until_done()
    wait_until(settled.exists, 60, "the byte code")
    assert list(workshop.environment().build(1).glob(compiled))


def commands_with(word: str) -> List[int]:
    """Processes that were started with a word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except OSError:
            pass  # it has ended
    return found


def test_killed_in_the_middle(workshop: Workshop) -> None:
    """kill -9 while a package is built: nothing of it is used, the orphans are ended, the next agent builds anew."""
    mark = workshop.home / "began"
    make_sdist(workshop.index, "slow", "1.0", SLOW_BACKEND.format(mark=str(mark)))
    node = workshop.node("slow")
    node.start_agent()
    wait_until(mark.exists, 60, "the build to begin")
    node.kill_agent()
    assert not workshop.builds()
    (workshop.index / "slow-1.0.tar.gz").unlink()
    make_wheel(workshop.index, "slow", "1.0")
    workshop.forget()
    other = workshop.completed("slow", arguments=["slow"])
    assert other["slow"] == "1.0" and len(workshop.builds()) == 1
    node.start_agent()
    node.wait_until_done(60)
    assert workshop.server.status == "Completed"


def test_cancel_ends_a_build_at_once(workshop: Workshop) -> None:
    mark = workshop.home / "began"
    make_sdist(workshop.index, "slow", "1.0", SLOW_BACKEND.format(mark=str(mark)))
    node = workshop.node("slow")
    node.start_agent()
    wait_until(mark.exists, 60, "the build to begin")
    workshop.server.order("cancel")
    node.wait_until_done(30)
    assert workshop.server.status == "Canceled" and not workshop.builds()


@pytest.mark.slow
def test_an_adopter_that_is_to_cancel_ends_the_orphans(workshop: Workshop) -> None:
    mark = workshop.home / "began"
    make_sdist(workshop.index, "slow", "1.0", SLOW_BACKEND.format(mark=str(mark)))
    node = workshop.node("slow")
    node.start_agent()
    wait_until(mark.exists, 60, "the build to begin")
    os.kill(node.agents[-1].pid, signal.SIGKILL)
    node.agents[-1].wait()
    workshop.server.order("cancel")
    node.start_agent()
    node.wait_until_done(30)
    assert workshop.server.status == "Canceled"


def test_eight_at_once_build_once(workshop: Workshop) -> None:
    nodes = [workshop.node("bb") for _ in range(8)]
    for node in nodes:
        node.start_agent()
    for node in nodes:
        node.wait_until_done(120)
        log = (node.layout.azureml_logs / BUILD_LOG).read_text()
        assert ("building environment" in log) != ("is used as it is" in log), log
    built = [node for node in nodes if "building environment" in (node.layout.azureml_logs / BUILD_LOG).read_text()]
    assert len(built) == 1 and len(workshop.builds()) == 1


@pytest.mark.slow
def test_a_disturbed_build_is_not_taken(workshop: Workshop) -> None:
    """What lies there without complete.json is removed."""
    workshop.completed("aa")
    environment = workshop.environment()
    environment.complete(1).unlink()
    (environment.build(1) / "rubbish").touch()
    assert workshop.completed("aa", arguments=["aa"])["aa"] == "2.0"
    assert not (environment.build(1) / "rubbish").exists() and len(workshop.builds()) == 1


@pytest.mark.slow
def test_options_among_the_packages(workshop: Workshop, tmp_path: Path) -> None:
    make_wheel(tmp_path / "more", "ee", "1.0")
    make_wheel(tmp_path / "more", "ee", "2.0rc1")
    lines = ("ee", f"--find-links {tmp_path / 'more'}", "--prefer-binary")
    assert workshop.completed(*lines, arguments=["ee"])["ee"] == "1.0"
    assert "--prefer-binary of pip has no meaning here" in workshop.log
    assert workshop.completed(*lines, "--pre", arguments=["ee"])["ee"] == "2.0rc1"
    held = workshop.completed("bb", "aa", packages={"constraints": ("aa<1.5",)}, arguments=["aa"])
    assert held["aa"] == "1.0"


def test_a_wheel_from_the_store(workshop: Workshop) -> None:
    import hashlib

    data = make_wheel(workshop.home / "private", "pp", "1.0").read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    workshop.server.add_blob(sha256, data)
    url = f"trainshed://wheels/{sha256}/pp-1.0-py3-none-any.whl"
    assert workshop.completed(url, arguments=["pp"])["pp"] == "1.0"
