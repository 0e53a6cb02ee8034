"""From a ScriptRunConfig to a RunSpec: what is frozen, and what is refused before anything is queued."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from trainshed.contract import wire
from trainshed.contract.errors import BadValue, ComesLater, SourceMissing
from trainshed.contract.spec import RunSpec
from trainshed.sdk.compile import check_arguments, compile_run, with_snapshot
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
from trainshed.sdk.configuration.sections import DockerConfiguration


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "train.py").write_text("print('here')")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "other.py").write_text("print('there')")
    return str(tmp_path)


def user_managed(**more: Any) -> RunConfiguration:
    config = RunConfiguration(**more)
    config.environment.python.user_managed_dependencies = True
    return config


def _set(config: RunConfiguration, path: str, value: Any) -> None:
    *way, last = path.split(".")
    section: Any = config
    for name in way:
        section = getattr(section, name)
    setattr(section, last, value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("amlcompute.vm_priority", "cheap", "vm_priority 'cheap': use 'dedicated' or 'lowpriority'"),
        ("environment.docker.shm_size", "lots", "shm_size 'lots': give a text of digits"),
        ("docker.shm_size", 2, "shm_size 2: give a text of digits"),
        ("amlcompute.vm_size", "STANDARD_FOO", "vm_size 'STANDARD_FOO': no size of that name is known"),
    ],
)
def test_values_set_on_sections(folder: str, path: str, value: Any, words: str) -> None:
    config = user_managed()
    config.target = "amlcompute" if path.endswith("vm_size") else "local"
    _set(config, path, value)
    with pytest.raises(BadValue, match=words):
        spec_of(folder, config=config)


def spec_of(folder: str, script: Any = "train.py", arguments: Any = None, **more: Any) -> RunSpec:
    config = more.pop("config", None) or user_managed()
    for name, value in more.items():
        setattr(config, name, value)
    return compile_run(ScriptRunConfig(folder, script, arguments, config)).spec


def test_a_whole_spec(folder: str) -> None:
    config = user_managed()
    config.environment.name = "mine"
    config.environment.environment_variables = {"A": "1", "N": 2}  # type: ignore[dict-item]
    config.environment_variables = {"B": "2"}
    config.max_run_duration_seconds = 90
    config.history.directories_to_watch = ["logs", "./events/"]
    compiled = compile_run(ScriptRunConfig(folder, "train.py", ["--alpha", 0.5, 3, True], config), {"k": 1, "n": None})
    spec = with_snapshot(compiled.spec, "abc")
    assert compiled.root == folder
    assert spec.command.script == "train.py" and spec.command.arguments == ("--alpha", "0.5", "3", "True")
    assert spec.source.snapshot_id == "abc" and spec.properties["ContentSnapshotId"] == "abc"
    assert (spec.environment.kind, spec.environment.name) == ("user_managed", "mine")
    assert spec.environment.interpreter == sys.executable
    assert spec.environment.variables == {"A": "1", "N": "2"} and spec.variables == {"B": "2"}
    assert spec.target == "local" and spec.properties["_azureml.ComputeTargetType"] == "local"
    assert spec.limits.max_duration_s == 90.0
    assert spec.history.directories_to_watch == ("logs", "events") and spec.history.output_collection
    assert spec.tags == {"k": "1", "n": None}
    assert spec.definition["arguments"] == ["--alpha", "0.5", "3", "True"]
    assert spec.definition["script"] == "train.py"
    assert spec.definition["environment"]["python"]["userManagedDependencies"] is True
    assert spec.definition["history"]["outputCollection"] is True
    assert wire.loads(RunSpec, wire.dumps(spec)) == spec


def test_everything_is_frozen(folder: str) -> None:
    config = ScriptRunConfig(folder, "train.py", ["a"], user_managed())
    spec = compile_run(config).spec
    before = wire.dumps(spec)
    config.arguments = ["b"]
    config.run_config.environment.environment_variables["LATE"] = "1"
    config.run_config.environment.python.conda_dependencies.add_pip_package("late")  # type: ignore[union-attr]
    config.run_config.history.directories_to_watch.append("late")
    assert wire.dumps(spec) == before


def test_what_changed_until_submit_counts(folder: str) -> None:
    config = ScriptRunConfig(folder, "missing.py", ["a"])
    config.script = "train.py"
    config.arguments = None
    environment = Environment("other")
    environment.python.user_managed_dependencies = True
    config.run_config.environment = environment
    config.run_config.target = "elsewhere"
    spec = compile_run(config).spec
    assert (spec.command.script, spec.command.arguments) == ("train.py", ())
    assert (spec.environment.name, spec.target) == ("other", "elsewhere")
    assert spec.environment.interpreter == sys.executable


def test_the_run_configuration_names_script_and_arguments(folder: str) -> None:
    config = user_managed(script="jobs/other.py", arguments=["x"])
    spec = compile_run(ScriptRunConfig(folder, run_config=config)).spec
    assert (spec.command.script, spec.command.arguments) == ("jobs/other.py", ("x",))
    assert compile_run(ScriptRunConfig(folder, run_config=user_managed())).spec.command.script == "train.py"


def test_scripts_are_named_in_several_ways(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for given in (
        "./jobs/other.py",
        "jobs/../jobs/other.py",
        str(Path(folder, "jobs", "other.py")),
        Path("jobs/other.py"),
    ):
        assert spec_of(folder, given).command.script == "jobs/other.py"
    monkeypatch.chdir(folder)
    config = ScriptRunConfig(None, "train.py", run_config=user_managed())
    assert compile_run(config).root == folder
    assert compile_run(ScriptRunConfig(".", "train.py", run_config=user_managed())).root == folder


class NumpyLike:
    """What numpy's scalars look like from outside."""

    dtype, shape = "float64", ()

    def item(self) -> float:
        return 0.25

    def __str__(self) -> str:
        return "0.25"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ()),
        ([], ()),
        (["a", 1, 0.5, True, Path("x/y")], ("a", "1", "0.5", "True", "x/y")),
        ("--a 1 'b c'", ("--a", "1", "b c")),
        (("a", ""), ("a", "")),
        ([NumpyLike()], ("0.25",)),
    ],
)
def test_arguments_become_texts(given: Any, expected: Any) -> None:
    assert check_arguments(given) == expected


@pytest.mark.parametrize("given", [[None], [["a"]], [{"a": 1}], ["a\0b"], {"a": 1}, 7, "it's", [object()]])
def test_arguments_that_are_none(given: Any) -> None:
    with pytest.raises(BadValue, match="arguments"):
        check_arguments(given)


def test_commands(folder: str) -> None:
    assert spec_of(folder, None, command=["echo", "a b"]).command.command == ("echo", "a b")
    assert spec_of(folder, None, command="echo a | cat").command.command == ("/bin/sh", "-c", "echo a | cat")
    joined = spec_of(folder, None, command=["pip", "list", "&&", "python", "train.py"]).command.command
    assert joined == ("/bin/sh", "-c", "pip list && python train.py")
    with pytest.raises(BadValue, match="either command"):
        spec_of(folder, "train.py", command="echo a")


def test_missing_folders_and_scripts(folder: str, tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"Source directory .*nowhere.* does not exist"):
        spec_of(folder + "/nowhere")
    with pytest.raises(SourceMissing, match="not a folder"):
        spec_of(folder + "/train.py")
    with pytest.raises(SourceMissing, match=r"Script 'missing.py' does not exist.*Its scripts: train\.py"):
        spec_of(folder, "missing.py")
    with pytest.raises(SourceMissing, match=r"'trian.py'.*Did you mean 'train\.py'\?"):
        spec_of(folder, "trian.py")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.py").touch()
    with pytest.raises(SourceMissing, match=r"'train.py'.*Its scripts: a\.py"):
        spec_of(str(tmp_path / "one"), "train.py")
    with pytest.raises(SourceMissing, match="not a file"):
        spec_of(folder, "jobs")
    with pytest.raises(SourceMissing, match="not a file"):
        spec_of(folder, ".")
    for outside in ("../x.py", "/etc/passwd", "jobs/../../x.py", ".."):
        with pytest.raises(SourceMissing, match="outside the source directory"):
            spec_of(folder, outside)
    with pytest.raises(BadValue, match="source_directory"):
        spec_of(3)  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="script"):
        spec_of(folder, 3)


def test_v1s_stock_images_count_as_no_image(folder: str) -> None:
    config = user_managed()
    config.environment.docker.enabled = True
    config.environment.docker.base_image = "mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04"
    assert spec_of(folder, config=config).environment.kind == "user_managed"
    config.environment.docker.base_image = "continuumio/miniconda3"
    with pytest.raises(ComesLater, match="continuumio/miniconda3"):
        spec_of(folder, config=config)
    config.environment.docker.enabled = False
    spec_of(folder, config=config)
    config.docker = DockerConfiguration(use_docker=True)
    with pytest.raises(ComesLater, match="container"):
        spec_of(folder, config=config)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"node_count": 2}, "several nodes"),
        ({"communicator": "IntelMpi"}, "communicator 'IntelMpi'"),
        ({"framework": "PySpark"}, "PySpark"),
        ({"datacaches": ["x"]}, r"run_config\.datacaches"),
    ],
)
def test_what_comes_later_is_said(folder: str, changes: Any, words: str) -> None:
    with pytest.raises(ComesLater, match=words) as caught:
        spec_of(folder, **changes)
    assert "comes in a later release" in caught.value.message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"node_count": 0}, "node_count"),
        ({"node_count": "2"}, "node_count"),
        ({"max_run_duration_seconds": 0}, "max_run_duration_seconds"),
        ({"max_run_duration_seconds": "1h"}, "max_run_duration_seconds"),
        ({"environment_variables": {"A=B": "1"}}, "A=B"),
        ({"environment_variables": {"A": None}}, r"environment_variables\['A'\]"),
        ({"environment_variables": ["A"]}, "environment_variables"),
        ({"data": {"x": 1}}, r"run_config\.data\['x'\]"),
        ({"data_references": ["x"]}, r"run_config\.data_references"),
        ({"environment": "AzureML-Minimal"}, "AzureML-Minimal"),
    ],
)
def test_values_that_are_none(folder: str, changes: Any, words: str) -> None:
    with pytest.raises(BadValue, match=words):
        spec_of(folder, **changes)


def test_folders_to_watch_stay_inside(folder: str) -> None:
    config = user_managed()
    config.history.directories_to_watch = ["../elsewhere"]
    with pytest.raises(BadValue, match="directories_to_watch"):
        spec_of(folder, config=config)


def test_tags_are_checked(folder: str) -> None:
    config = ScriptRunConfig(folder, "train.py", run_config=user_managed())
    with pytest.raises(BadValue, match="tags"):
        compile_run(config, ["a"])  # type: ignore[arg-type]
    with pytest.raises(BadValue, match="tag's name"):
        compile_run(config, {1: "a"})


def test_interpreters(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = user_managed()
    config.environment.python.interpreter_path = sys.executable
    assert spec_of(folder, config=config).environment.interpreter == sys.executable
    named = tmp_path / "bin" / "python-of-mine"
    named.parent.mkdir()
    named.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(named.parent))
    config.environment.python.interpreter_path = "python-of-mine"
    assert spec_of(folder, config=config).environment.interpreter == str(named)
    for wrong in ("/no/such/python", "no-such-python", "", None):
        config.environment.python.interpreter_path = wrong  # type: ignore[assignment]
        with pytest.raises(BadValue, match="interpreter_path"):
            spec_of(folder, config=config)


def test_a_password_stays_out_of_the_record(folder: str) -> None:
    config = user_managed()
    config.environment.docker.base_image_registry.password = "hush"
    assert b"hush" not in wire.dumps(spec_of(folder, config=config))
