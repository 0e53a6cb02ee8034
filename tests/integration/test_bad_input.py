"""Bad input: a clear error before anything is queued, and nothing half-made."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Type

import pytest

from azureml.core import Environment, Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.exceptions import AzureMLException, ComputeTargetException, RunConfigurationException, UserErrorException
from tests.integration.submitting import Desk, driver_log, error_of, user_managed, wait_for_end, write
from tests.support.chaos import House
from tests.support.chaos_remains import Inventory, assert_nothing_left
from tests.support.interpreters import find_python

pytestmark = pytest.mark.timeout(120)


class Refused:
    """The error of a `refused` block."""

    words = ""


@contextlib.contextmanager
def refused(desk: Desk, kind: Type[AzureMLException] = AzureMLException) -> Iterator[Refused]:
    """The block raises `kind`, and the server has recorded nothing and keeps no content more than before."""
    assert_nothing_left(desk.home)
    before = Inventory.of(desk.home)
    seen = Refused()
    with pytest.raises(kind) as error:
        yield seen
    seen.words = error.value.message
    assert before.grown_to(Inventory.of(desk.home)) == ""
    assert not list(House(desk.home).layout.incoming.glob("*"))


def test_no_source_directory(desk: Desk) -> None:
    with refused(desk) as error:
        desk.experiment.submit(ScriptRunConfig("./missing", script="train.py", run_config=user_managed()))
    assert "missing" in error.words


def test_a_source_directory_that_is_a_file(desk: Desk) -> None:
    write(desk.folder / "file.py", "pass")
    with refused(desk) as error:
        desk.experiment.submit(ScriptRunConfig("./file.py", script="file.py", run_config=user_managed()))
    assert "file.py" in error.words


def test_no_script(desk: Desk) -> None:
    folder = desk.project("pass")
    with refused(desk) as error:
        desk.experiment.submit(ScriptRunConfig(str(folder), script="trian.py", run_config=user_managed()))
    assert "trian.py" in error.words and "train.py" in error.words


def test_a_script_that_the_ignore_file_leaves_out(desk: Desk) -> None:
    folder = desk.project("pass", _amlignore="*.py\n")
    with refused(desk) as error:
        desk.experiment.submit(ScriptRunConfig(str(folder), script="train.py", run_config=user_managed()))
    assert ".amlignore" in error.words


@pytest.mark.parametrize("script", ["../outside.py", "sub/../../outside.py", "{absolute}"])
def test_a_script_outside_the_folder(desk: Desk, script: str) -> None:
    folder = desk.project("pass", sub__x_py="pass")
    outside = write(desk.folder / "outside.py", "pass")
    with refused(desk) as error:
        name = script.format(absolute=outside)
        desk.experiment.submit(ScriptRunConfig(str(folder), script=name, run_config=user_managed()))
    assert "outside.py" in error.words


@pytest.mark.parametrize("name", ["", "bad name", "-first", "a/b", "ü", "x" * 256, "../x"])
def test_a_bad_experiment_name(desk: Desk, name: str) -> None:
    with refused(desk, UserErrorException) as error:
        Experiment(desk.workspace, name).submit(desk.config("pass"))
    assert repr(name) in error.words


@pytest.mark.parametrize("user_managed", [True, False], ids=["own environment", "v1's default environment"])
def test_an_unknown_target_lists_those_that_exist(desk: Desk, user_managed: bool) -> None:
    config = desk.config("pass")
    config.run_config.target = "gpu-cluster"
    config.run_config.environment.python.user_managed_dependencies = user_managed
    with refused(desk, ComputeTargetException) as error:
        desk.experiment.submit(config)
    assert "ComputeTargetNotFound" in error.words and "'gpu-cluster'" in error.words and "local" in error.words


def test_a_conda_package_that_pypi_has_nothing_for(desk: Desk) -> None:
    config = desk.config("pass")
    environment = Environment("r")
    environment.python.conda_dependencies = CondaDependencies.create(conda_packages=["numpy", "r-base=3.6"])
    config.run_config.environment = environment
    with refused(desk, UserErrorException) as error:
        desk.experiment.submit(config)
    assert "r-base=3.6" in error.words and "pip_packages" in error.words


def test_a_file_of_the_environment_that_is_not_there(desk: Desk) -> None:
    config = desk.config("pass")
    config.run_config.environment.python.user_managed_dependencies = False
    config.run_config.environment.python.conda_dependencies_file = "conda.yml"
    with refused(desk, UserErrorException) as error:
        desk.experiment.submit(config)
    assert "conda.yml" in error.words and "source directory" in error.words


def test_a_framework_that_v1_did_not_know(desk: Desk) -> None:
    config = desk.config("pass")
    config.run_config.framework = "Cobol"
    with refused(desk) as error:
        desk.experiment.submit(config)
    assert "framework 'Cobol'" in error.words and "'PyTorch'" in error.words


@pytest.mark.parametrize("run_id", ["../x", "a/b", "", None, 5])
def test_what_is_no_id_of_a_run(desk: Desk, run_id: Any) -> None:
    for ask in (lambda: Run(desk.experiment, run_id), lambda: Run.get(desk.workspace, run_id)):
        with refused(desk, UserErrorException) as error:
            ask()
        assert repr(run_id) in error.words


def test_a_snapshot_that_was_not_taken(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    with pytest.raises(UserErrorException, match="no snapshot was taken"):
        run.restore_snapshot()
    run.complete()


def test_arguments_that_are_no_words(desk: Desk) -> None:
    with refused(desk):
        desk.experiment.submit(desk.config("pass", [object()]))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("script: train.py\nframework: Python\n  target: local\n", "3"),
        ("script: train.py\narguments: [1, 2\ntarget: local\n", ""),
        ("just words\n", "1"),
        ("script: train.py\nnodeCount: many\n", "2"),
    ],
)
def test_a_broken_runconfig_names_the_line(desk: Desk, text: str, line: str) -> None:
    path = write(desk.folder / "proj" / ".azureml" / "broken.runconfig", text)
    with refused(desk, RunConfigurationException) as error:
        RunConfiguration.load(str(desk.folder / "proj"), "broken")
    assert path.name in error.words and f"line {line}" in error.words


def test_a_runconfig_that_is_not_there(desk: Desk) -> None:
    (desk.folder / "proj").mkdir()
    with refused(desk) as error:
        RunConfiguration.load(str(desk.folder / "proj"), "nothing")
    assert "nothing" in error.words


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, (1,), object(), b"bytes"])
def test_what_run_log_refuses(desk: Desk, value: object) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    with pytest.raises(UserErrorException) as error:
        run.log("loss", value)
    assert "'loss'" in error.value.message
    with pytest.raises(UserErrorException, match="needs a name"):
        run.log("", 1.0)
    run.complete()
    assert run.get_metrics() == {}


def test_an_upload_of_nothing(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    with refused(desk) as error:
        run.upload_file("outputs/a.txt", "not_here.txt")
    assert "not_here.txt" in error.words
    with refused(desk) as error:
        run.upload_folder("outputs", "no_such_folder")
    assert "no_such_folder" in error.words
    run.complete()


def test_one_bad_file_among_many(desk: Desk) -> None:
    """All or none: the good one is not recorded when the bad one is refused."""
    run = desk.experiment.start_logging(snapshot_directory=None)
    write(desk.folder / "a.txt", "content of the good one")
    with refused(desk):
        run.upload_files(["outputs/good.txt", "../bad.txt"], ["a.txt", "a.txt"])
    assert run.get_file_names() == []
    run.complete()


def test_a_workspace_that_is_not_there(desk: Desk) -> None:
    with refused(desk, AzureMLException) as error:
        Workspace("0000", "no-group", "no-such-workspace")
    assert "no-such-workspace" in error.words


@pytest.mark.parametrize("text", ["{", '{"workspace_name": "x"}', "[]"])
def test_a_broken_config_json(desk: Desk, text: str) -> None:
    write(desk.folder / "config.json", text)
    with refused(desk, UserErrorException) as error:
        Workspace.from_config()
    assert "config.json" in error.words


def test_an_interpreter_that_is_not_there(desk: Desk) -> None:
    config = desk.config("pass")
    config.run_config.environment.python.interpreter_path = "/no/such/python"
    try:
        run = desk.experiment.submit(config)
    except AzureMLException as error:
        assert "/no/such/python" in error.message
    else:
        assert wait_for_end(run) == "Failed"
        assert "/no/such/python" in error_of(run)


def test_a_python_below_3_8_is_refused_while_preparing(desk: Desk) -> None:
    old = find_python("3.7")
    config = desk.config("try:\n    import azureml.core\nexcept ImportError:\n    pass\nprint('went on')\n")
    config.run_config.environment.python.interpreter_path = old
    run = desk.experiment.submit(config)
    assert wait_for_end(run) == "Failed"
    assert "3.7" in error_of(run) and "3.8" in error_of(run)
    assert "went on" not in driver_log(run)


def test_the_oldest_python_that_does(desk: Desk) -> None:
    config = desk.config(
        "import sys\nfrom azureml.core import Run\nrun = Run.get_context()\nrun.log('minor', sys.version_info[1])\n"
        "run.tag('python', '3')\nopen('outputs/a', 'w').close()\n"
    )
    config.run_config.environment.python.interpreter_path = find_python("3.8")
    run = desk.experiment.submit(config)
    assert wait_for_end(run) == "Completed", driver_log(run)
    assert run.get_metrics() == {"minor": 8}


def test_a_run_id_that_is_taken(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    child = run.child_run(run_id="chosen-by-me")
    with refused(desk) as error:
        run.child_run(run_id="chosen-by-me")
    assert "chosen-by-me" in error.words
    child.complete()
    run.complete()
