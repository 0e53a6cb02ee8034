"""Run configurations as files: v1's are read, ours read the same again, broken ones are named with line."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Dict

import pytest
import yaml

from trainshed.contract.errors import BadValue, RunConfigBroken, RunConfigMissing
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.data import Data, DataLocation, DataReferenceConfiguration, Dataset
from trainshed.sdk.configuration.run_configuration import RunConfiguration

# As v1 wrote it in 2019, comments and all.
AS_V1_WROTE_IT = """\
# The script to run.
script: train.py
# The arguments to the script file.
arguments: [--alpha, 1e-3, --when, 12:30, --flag, yes, --count, 010]
# The name of the compute target to use for this run.
target: cpu-cluster
# Framework to execute inside. Allowed values are "Python" ,  "PySpark", "CNTK",  "TensorFlow", and "PyTorch".
framework: PySpark
# Communicator for the given framework. Allowed values are "None" ,  "ParameterServer", "OpenMpi", and "IntelMpi".
communicator: None
# Automatically prepare the run environment as part of the run itself.
autoPrepareEnvironment: true
# Maximum allowed duration for the run.
maxRunDurationSeconds:
# Number of nodes to use for running job.
nodeCount: 1
# Environment details.
environment:
# Environment variables set for the run.
  environmentVariables:
    EXAMPLE_ENV_VAR: EXAMPLE_VALUE
# Python details
  python:
# user_managed_dependencies=True indicates that the environmentwill be user managed.
    userManagedDependencies: false
# The python interpreter path
    interpreterPath: python
# Path to the conda dependencies file to use for this run.
    condaDependenciesFile: aml_config/conda_dependencies.yml
# Docker details
  docker:
# Set True to perform this run inside a Docker container.
    enabled: true
# Base image used for Docker-based runs.
    baseImage: mcr.microsoft.com/azureml/base:0.2.4
# Set False if necessary to work around shared volume bugs.
    sharedVolumes: true
# Run with NVidia Docker extension to support GPUs.
    gpuSupport: false
# Extra arguments to the Docker run command.
    arguments: []
# Image registry that contains the base image.
    baseImageRegistry:
      address:
      username:
      password:
# Spark details
  spark:
    repositories:
    - https://mmlspark.azureedge.net/maven
    packages:
    - group: com.microsoft.ml.spark
      artifact: mmlspark_2.11
      version: '0.12'
    precachePackages: true
# Databricks details
  databricks:
    mavenLibraries: []
    pypiLibraries: []
    rcranLibraries: []
    jarLibraries: []
    eggLibraries: []
# History details.
history:
  outputCollection: true
  snapshotProject: true
# Spark configuration details.
spark:
  configuration:
    spark.app.name: Azure ML Experiment
    spark.yarn.maxAppAttempts: 1
hdi:
  yarnDeployMode: cluster
tensorflow:
  workerCount: 1
  parameterServerCount: 1
mpi:
  processCountPerNode: 2
# data reference configuration details
dataReferences:
  workspaceblobstore:
    dataStoreName: workspaceblobstore
    pathOnDataStore: mnist
    mode: download
    overwrite: true
    pathOnCompute: /tmp/mnist
# Project share datastore reference.
sourceDirectoryDataStore:
# AmlCompute details.
amlcompute:
  vmSize: STANDARD_D2_V2
  vmPriority:
  retainCluster: false
  name:
  clusterMaxNodeCount: 1
"""

CONDA = """\
# The dependencies defined in this file will be automatically provisioned.
name: project_environment
dependencies:
  # The python interpreter version.
- python=3.6.2
- pip:
  - azureml-defaults
  - scikit-learn==0.20.3
channels:
- conda-forge
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "aml_config").mkdir()
    (tmp_path / "aml_config" / "cluster.runconfig").write_text(AS_V1_WROTE_IT)
    (tmp_path / "aml_config" / "conda_dependencies.yml").write_text(CONDA)
    return tmp_path


def test_a_file_that_v1_wrote(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "azureml"):
        config = RunConfiguration.load(str(project), "cluster")
    assert config.script == "train.py"
    assert config.arguments == ["--alpha", 0.001, "--when", "12:30", "--flag", "yes", "--count", 10]
    assert config.target == "cpu-cluster"
    assert config.framework == "PySpark"
    assert config.communicator == "None"
    assert config.max_run_duration_seconds is None
    python = config.environment.python
    assert (python.user_managed_dependencies, python.interpreter_path) == (False, "python")
    assert python.conda_dependencies is not None
    assert list(python.conda_dependencies.pip_packages) == ["azureml-defaults", "scikit-learn==0.20.3"]
    assert config.environment.docker.enabled
    assert config.environment.docker.base_image == "mcr.microsoft.com/azureml/base:0.2.4"
    assert config.environment.docker.base_image_registry.address is None
    assert config.environment.spark.packages[0].version == "0.12"
    assert config.history.directories_to_watch == ["logs"]
    assert config.mpi.process_count_per_node == 2
    reference = config.data_references["workspaceblobstore"]
    assert (reference.path_on_data_store, reference.mode, reference.overwrite) == ("mnist", "download", True)
    assert config.amlcompute.vm_size == "STANDARD_D2_V2"
    assert config.amlcompute._cluster_max_node_count == 1
    assert caplog.text == ""


def test_it_is_found_under_all_its_names(project: Path) -> None:
    path = project / "aml_config" / "cluster.runconfig"
    for given in ((project, "cluster"), (project, "cluster.runconfig"), (path, None)):
        assert RunConfiguration.load(str(given[0]), given[1]).target == "cpu-cluster"
    path.rename(project / "plain.runconfig")
    assert RunConfiguration.load(str(project), "plain").target == "cpu-cluster"


def test_the_legacy_folder_wins(project: Path) -> None:
    (project / ".azureml").mkdir()
    (project / ".azureml" / "cluster").write_text("target: other")
    assert RunConfiguration.load(str(project), "cluster").target == "cpu-cluster"
    RunConfiguration.load(str(project), "cluster").save(str(project), "again")
    assert (project / "aml_config" / "again").is_file()


def full() -> RunConfiguration:
    config = RunConfiguration("train.py", ["--alpha", 0.5, "yes", "1e-3", "0777", "null", "", "ü"], "Python", "OpenMpi")
    config.target = "gpu-cluster"
    config.node_count = 3
    config.max_run_duration_seconds = 600
    config.environment.name = "mine"
    config.environment.environment_variables = {"A_b": "on", "n": "1"}
    config.environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["numpy==1.18"])
    config.environment.docker.enabled = True
    config.environment.docker.base_image = None
    config.environment.docker.base_dockerfile = "FROM debian\nRUN true\n"
    config.environment_variables = {"TOP": "level"}
    config.history.directories_to_watch = ["logs", "events"]
    config.mpi.process_count_per_node = 4
    config.data_references["d"] = DataReferenceConfiguration("store", "download", "a/b", "/tmp/b", True)
    config.data["in"] = Data(DataLocation(Dataset("id", "name", "1")), mechanism="mount")
    config.amlcompute.vm_size = "BIG"
    return config


def test_what_is_saved_reads_the_same(tmp_path: Path) -> None:
    config = full()
    config.save(str(tmp_path), "mine")
    assert sorted(path.name for path in (tmp_path / ".azureml").iterdir()) == ["conda_dependencies.yml", "mine"]
    again = RunConfiguration.load(str(tmp_path), "mine")
    expected = config.to_dict()
    expected["environment"]["python"]["condaDependenciesFile"] = ".azureml/conda_dependencies.yml"
    assert again.to_dict() == expected
    assert (
        again.environment.to_record()["python"]["condaDependencies"]
        == (config.environment.to_record()["python"]["condaDependencies"])
    )
    again.save()  # to where it came from
    assert RunConfiguration.load(str(tmp_path / ".azureml" / "mine")).to_dict() == expected


def test_the_file_reads_the_same_under_yaml_1_1(tmp_path: Path) -> None:
    """PyYAML alone must not take our texts for booleans or numbers."""
    full().save(str(tmp_path), "mine")
    data = yaml.safe_load((tmp_path / ".azureml" / "mine").read_text())
    assert data["arguments"] == ["--alpha", 0.5, "yes", "1e-3", "0777", "null", "", "ü"]
    assert data["environment"]["environmentVariables"] == {"A_b": "on", "n": "1"}
    assert data["communicator"] == "OpenMpi" and data["nodeCount"] == 3


def test_snake_case_is_read_as_well(tmp_path: Path) -> None:
    (tmp_path / "old.runconfig").write_text(
        "max_run_duration_seconds: 5\nnode_count: 2\nenvironment:\n  python:\n    user_managed_dependencies: true\n"
        "    interpreter_path: /usr/bin/python3\n  environment_variables:\n    My_Var: x\n"
        "data_references:\n  my_ref:\n    data_store_name: s\n    path_on_data_store: p\n"
    )
    config = RunConfiguration.load(str(tmp_path), "old")
    assert (config.max_run_duration_seconds, config.node_count) == (5, 2)
    assert config.environment.python.user_managed_dependencies
    assert config.environment.environment_variables == {"My_Var": "x"}
    assert config.data_references["my_ref"].path_on_data_store == "p"


def test_the_environment_in_its_own_file(tmp_path: Path) -> None:
    config = full()
    config.save(str(tmp_path), "mine", separate_environment_yaml=True)
    assert yaml.safe_load((tmp_path / ".azureml" / "mine").read_text())["environment"] == "environment.yml"
    assert RunConfiguration.load(str(tmp_path), "mine").environment.name == "mine"


def test_a_conda_file_of_ones_own_keeps_its_comments(project: Path) -> None:
    config = RunConfiguration.load(str(project), "cluster")
    config.save(str(project), "cluster")
    assert (project / "aml_config" / "conda_dependencies.yml").read_text() == CONDA
    assert config.environment.python.conda_dependencies is not None
    config.environment.python.conda_dependencies.add_pip_package("pandas")
    config.save(str(project), "cluster")
    assert "pandas" in (project / "aml_config" / "conda_dependencies.yml").read_text()


def test_unknown_keys_are_kept_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "odd.runconfig"
    path.write_text("target: local\ncolour: blue\nmpi:\n  tuning: {a: 1}\n")
    with caplog.at_level(logging.WARNING, "azureml"):
        config = RunConfiguration.load(str(path))
    assert "colour" in caplog.text and "mpi.tuning" in caplog.text and str(path) in caplog.text
    config.save(str(tmp_path), "copy")
    data = yaml.safe_load((tmp_path / ".azureml" / "copy").read_text())
    assert data["colour"] == "blue" and data["mpi"]["tuning"] == {"a": 1}


BROKEN: Dict[str, Any] = {
    "a tab": ("script: x\n\ttarget: local\n", 2, "tab"),
    "an open bracket": ("script: x\narguments: [a, b\ntarget: local\n", 3, "flow sequence"),
    "no key": ("just a text\n", 1, "keys and values"),
    "a word for a number": ("script: x\nnodeCount: many\n", 2, "nodeCount: expected a whole number, found 'many'"),
    "a number for a section": ("\nhistory: 3\n", 2, "history: expected keys and values, found 3"),
    "deep inside": (
        "environment:\n  python:\n    interpreterPath: python\n    userManagedDependencies: maybe\n",
        4,
        "environment.python.userManagedDependencies: expected true or false, found 'maybe'",
    ),
    "yes is a text": ("history:\n  outputCollection: yes\n", 2, "expected true or false, found 'yes'"),
    "a list inside arguments": ("arguments:\n- a\n- [b]\n", 3, "arguments.1"),
    "twice": ("target: a\nscript: x\ntarget: b\n", 3, "'target' is given twice"),
    "a packages list": ("environment:\n  spark:\n    packages:\n    - group: x\n    - 7\n", 5, "packages.1"),
    "a conda file that is not there": (
        "script: x\nenvironment:\n  python:\n    condaDependenciesFile: none.yml\n",
        4,
        "there is no file 'none.yml'",
    ),
    "an environment file that is not there": ("script: x\nenvironment: e.yml\n", 2, "there is no file"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    text, line, words = BROKEN[name]
    path = tmp_path / "broken.runconfig"
    path.write_text(text)
    with pytest.raises(RunConfigBroken) as caught:
        RunConfiguration.load(str(tmp_path), "broken")
    assert caught.value.facts["line"] == line
    assert caught.value.message.startswith("%s, line %d: " % (path, line))
    assert words in caught.value.message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "bad.runconfig").write_bytes(b"script: x\ntarget: \xff\xfe\n")
    with pytest.raises(RunConfigBroken, match="line 2: this is not UTF-8"):
        RunConfiguration.load(str(tmp_path), "bad")
    (tmp_path / "bad.runconfig").write_bytes(b"script: x\ntarget: \x07\n")
    with pytest.raises(RunConfigBroken, match="line 2"):
        RunConfiguration.load(str(tmp_path), "bad")


def test_a_broken_conda_file_is_named_itself(project: Path) -> None:
    (project / "aml_config" / "conda_dependencies.yml").write_text("name: x\ndependencies:\n- python\n- 7\n")
    with pytest.raises(RunConfigBroken, match=r"conda_dependencies\.yml, line 4"):
        RunConfiguration.load(str(project), "cluster")


def test_a_mapping_that_is_not_pips_list_is_not_dropped(project: Path) -> None:
    path = project / "aml_config" / "conda_dependencies.yml"
    path.write_text("name: x\ndependencies:\n- six\n- foo: [x]\n")
    with pytest.raises(RunConfigBroken, match=r"conda_dependencies\.yml, line 4: .*'foo'"):
        RunConfiguration.load(str(project), "cluster")


def test_one_that_is_not_there_lists_those_that_are(project: Path) -> None:
    with pytest.raises(RunConfigMissing, match=r"'gpu'.*cluster\.runconfig"):
        RunConfiguration.load(str(project), "gpu")
    with pytest.raises(RunConfigMissing):
        RunConfiguration.load(str(project / "aml_config" / "gpu.runconfig"))


def test_delete(tmp_path: Path) -> None:
    RunConfiguration().save(str(tmp_path), "mine")
    RunConfiguration.delete(str(tmp_path), "mine")
    with pytest.raises(RunConfigMissing):
        RunConfiguration.delete(str(tmp_path), "mine")


def test_save_needs_a_plain_name(tmp_path: Path) -> None:
    for name in (None, "", "a/b"):
        with pytest.raises(BadValue, match="name"):
            RunConfiguration().save(str(tmp_path), name)


def test_an_empty_file_has_all_defaults(tmp_path: Path) -> None:
    (tmp_path / "empty.runconfig").write_text("# nothing\n")
    assert RunConfiguration.load(str(tmp_path), "empty").to_dict() == RunConfiguration().to_dict()
