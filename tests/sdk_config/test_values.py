"""Configurations as values: attributes, defaults, environments, conda dependencies."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest

from trainshed.contract.errors import BadValue, RunConfigBroken, SourceMissing
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
from trainshed.sdk.configuration.sections import (
    DockerConfiguration,
    MpiConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)


def test_a_typing_error_is_an_error_with_the_right_name() -> None:
    config = RunConfiguration()
    with pytest.raises(AttributeError, match=r"user_managed_dependency.*Is it 'user_managed_dependencies'"):
        config.environment.python.user_managed_dependency = True  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="node_count"):
        config.node_cout = 2  # type: ignore[attr-defined]


def test_a_target_is_a_name_or_an_object_with_one() -> None:
    class Target:
        name, type = "cluster", "AmlCompute"

    config = RunConfiguration()
    assert config.target == "local"
    config.target = Target()
    assert config.target == "cluster"
    with pytest.raises(BadValue, match="compute target or its name"):
        config.target = 3


def test_configurations_are_independent() -> None:
    one, two = RunConfiguration(), RunConfiguration()
    one.environment.environment_variables["A"] = "1"
    one.history.directories_to_watch.append("more")
    assert "A" not in two.environment.environment_variables
    assert two.history.directories_to_watch == ["logs"]


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies(clone: object) -> None:
    config = RunConfiguration(arguments=["a"])
    assert clone(config).to_dict() == config.to_dict()  # type: ignore[operator]


def test_it_prints_as_json() -> None:
    assert json.loads(repr(RunConfiguration()))["target"] == "local"
    assert json.loads(str(Environment("mine")))["name"] == "mine"


def test_deprecated_names_still_take_a_value() -> None:
    config = RunConfiguration()
    config.auto_prepare_environment = False
    config.environment.docker.gpu_support = True


def test_an_environment_as_v1_serialised_it() -> None:
    environment = Environment("mine")
    environment.docker.base_image_registry.password = "not for records"
    environment.python.conda_dependencies = CondaDependencies.create(conda_packages=["numpy"], pip_packages=["x==1"])
    data = environment.to_record()
    assert data["python"]["condaDependencies"]["dependencies"] == [
        "python=3.6.2",
        "numpy",
        {"pip": ["azureml-defaults", "x==1"]},
    ]
    assert "not for records" not in json.dumps(data)
    again = Environment.from_record(json.loads(json.dumps(data)))
    assert again.to_record() == data
    with pytest.raises(BadValue, match=r"docker\.enabled"):
        Environment.from_record({"docker": {"enabled": "maybe"}})


def test_an_environment_in_a_folder(tmp_path: Path) -> None:
    environment = Environment("mine")
    environment.environment_variables = {"A": "1"}
    environment.save_to_directory(str(tmp_path / "env"))
    assert Environment.load_from_directory(str(tmp_path / "env")).to_record() == environment.to_record()
    with pytest.raises(BadValue, match="overwrite"):
        environment.save_to_directory(str(tmp_path / "env"))
    environment.save_to_directory(str(tmp_path / "env"), overwrite=True)
    with pytest.raises(SourceMissing):
        Environment.load_from_directory(str(tmp_path))


def test_an_environment_from_files(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# ours\nnumpy==1.18  # old\n\n--index-url https://x\npandas\n")
    (tmp_path / "conda.yml").write_text("name: c\nchannels: [x]\ndependencies: [python=3.8, numpy, {pip: [a, b]}]\n")
    packages = Environment.from_pip_requirements("p", str(tmp_path / "requirements.txt")).python.conda_dependencies
    assert packages is not None
    assert list(packages.pip_packages) == ["numpy==1.18", "pandas"]
    assert list(packages.pip_options) == ["--index-url https://x"]
    packages = Environment.from_conda_specification("c", str(tmp_path / "conda.yml")).python.conda_dependencies
    assert packages is not None
    assert (packages.get_python_version(), list(packages.pip_packages)) == ("3.8", ["a", "b"])
    with pytest.raises(SourceMissing, match=r"none\.txt"):
        Environment.from_pip_requirements("p", "none.txt")
    with pytest.raises(SourceMissing, match=r"none\.yml"):
        Environment.from_conda_specification("p", "none.yml")


def test_a_clone_has_its_own_values() -> None:
    environment = Environment("one")
    other = environment.clone("two")
    other.environment_variables["A"] = "1"
    assert (other.name, environment.name) == ("two", "one")
    assert "A" not in environment.environment_variables


def test_conda_dependencies_as_v1_made_them() -> None:
    made = CondaDependencies()
    assert made.as_dict() == {
        "name": "project_environment",
        "dependencies": ["python=3.6.2", {"pip": ["azureml-defaults"]}],
        "channels": ["anaconda", "conda-forge"],
    }
    made.add_conda_package("scikit-learn")
    made.add_conda_package("scikit_learn=0.20")  # the same package, another version
    made.add_pip_package("numpy>=1.0")
    made.add_pip_package("numpy==1.18")
    made.set_python_version("3.8")
    made.add_channel("pytorch")
    made.remove_channel("anaconda")
    made.set_pip_option("--index-url https://one")
    made.set_pip_option("--index-url https://two")
    assert list(made.conda_packages) == ["python=3.8", "scikit_learn=0.20"]
    assert list(made.pip_packages) == ["azureml-defaults", "numpy==1.18"]
    assert list(made.pip_options) == ["--index-url https://two"]
    assert list(made.conda_channels) == ["conda-forge", "pytorch"]
    made.remove_pip_package("NumPy")
    made.remove_conda_package("scikit-learn")
    assert list(made.pip_packages) == ["azureml-defaults"]
    assert list(made.conda_packages) == ["python=3.8"]


def test_conda_dependencies_as_text(tmp_path: Path) -> None:
    made = CondaDependencies.create(pip_indexurl="https://i", pip_packages=["a"], python_version="3.7")
    path = made.save_to_file(str(tmp_path), "conda.yml")
    again = CondaDependencies(str(tmp_path / path))
    assert again.as_dict() == made.as_dict()
    assert again.serialize_to_string() == (tmp_path / "conda.yml").read_text()
    made.save(str(tmp_path))
    assert (tmp_path / "conda_dependencies.yml").is_file()


def test_conda_dependencies_refuse_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match="a list"):
        CondaDependencies.create(pip_packages="numpy")
    with pytest.raises(BadValue):
        CondaDependencies().add_pip_package("")
    with pytest.raises(BadValue, match="cpu"):
        CondaDependencies().add_tensorflow_pip_package("tpu")
    (tmp_path / "c.yml").write_text("dependencies: numpy\n")
    with pytest.raises(RunConfigBroken, match="line 1"):
        CondaDependencies(str(tmp_path / "c.yml"))


def test_requirements_are_merged() -> None:
    merged = CondaDependencies.merge_requirements(["a>=1", "b", "a<2", "a>=1"])
    assert merged == ["a>=1,<2", "b"]


def test_the_short_ways_of_1_62_leave_the_callers_configuration_alone() -> None:
    shared = RunConfiguration()
    one = ScriptRunConfig(".", run_config=shared, compute_target="one", max_run_duration_seconds=60)
    two = ScriptRunConfig(".", run_config=shared, compute_target="two", environment=Environment("mine"))
    assert (shared.target, one.run_config.target, two.run_config.target) == ("local", "one", "two")
    assert one.run_config.max_run_duration_seconds == 60
    assert two.run_config.environment.name == "mine"
    assert ScriptRunConfig(".", run_config=shared).run_config is shared


def test_distributed_jobs_set_what_v1_set() -> None:
    jobs = {
        ("Python", "IntelMpi", 2): MpiConfiguration(process_count_per_node=4, node_count=2),
        ("TensorFlow", "ParameterServer", 5): TensorflowConfiguration(worker_count=3, parameter_server_count=2),
        ("PyTorch", "Nccl", 2): PyTorchConfiguration("Nccl", process_count=8, node_count=2),
    }
    for expected, job in jobs.items():
        config = ScriptRunConfig(".", distributed_job_config=job).run_config
        assert (config.framework, config.communicator, config.node_count) == expected
    with pytest.raises(BadValue, match="MpiConfiguration"):
        ScriptRunConfig(".", distributed_job_config="mpi")
    with pytest.raises(BadValue, match="nccl, gloo"):
        PyTorchConfiguration("smoke")


def test_a_default_list_is_not_shared() -> None:
    DockerConfiguration().arguments.append("x")
    assert DockerConfiguration().arguments == []
