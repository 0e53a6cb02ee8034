"""Estimator's arguments: what v1 raised, what it made of them, and what a submit may change."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from azureml.core import Environment, RunConfiguration
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.runconfig import (
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)
from azureml.exceptions import TrainingException, UserErrorException
from azureml.train.estimator import (
    Estimator,
    Gloo,
    MMLBaseEstimator,
    MMLBaseEstimatorRunConfig,
    Mpi,
    Nccl,
    ParameterServer,
)
from trainshed.contract.spec import WANTS_GPU
from trainshed.sdk.compile import compile_run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source folder with files of packages; the current folder is another."""
    (tmp_path / "proj").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "proj" / "train.py").write_text("print(1)\n")
    (tmp_path / "proj" / "env.yml").write_text("name: e\ndependencies:\n- python=3.8\n- numpy\n- pip:\n  - joblib\n")
    (tmp_path / "proj" / "reqs.txt").write_text("# ours\nscikit-learn==1.5.0\n--extra-index-url https://example.org\n")
    return tmp_path / "proj"


def make(folder: Path, **arguments: Any) -> Estimator:
    return Estimator(str(folder), **{"compute_target": "local", **arguments})


ENVIRONMENT = Environment("mine")

TRAINING: Tuple[Tuple[str, Dict[str, Any]], ...] = (
    ("compute_target", {"compute_target": None}),
    ("node_count 0", {"node_count": 0}),
    ("node_count '2'", {"node_count": "2"}),
    ("process_count_per_node 0", {"process_count_per_node": 0}),
    ("several processes need", {"node_count": 2}),
    ("several processes need", {"process_count_per_node": 2}),
    ("distributed_backend 'smoke'", {"distributed_backend": "smoke"}),
    ("distributed_backend 'ps'", {"distributed_backend": "ps", "node_count": 2}),
    ("distributed_training 'mpi'", {"distributed_training": "mpi"}),
    ("distributed_training <class", {"distributed_training": Mpi}),
    ("pip_packages: environment_definition", {"environment_definition": ENVIRONMENT, "pip_packages": ["a"]}),
    ("conda_packages: ", {"environment_definition": ENVIRONMENT, "conda_packages": ["a"]}),
    ("conda_dependencies_file: ", {"environment_definition": ENVIRONMENT, "conda_dependencies_file": "env.yml"}),
    ("pip_requirements_file: ", {"environment_definition": ENVIRONMENT, "pip_requirements_file_path": "reqs.txt"}),
    ("use_gpu: ", {"environment_definition": ENVIRONMENT, "use_gpu": True}),
    ("use_docker: ", {"environment_definition": ENVIRONMENT, "use_docker": False}),
    ("custom_docker_image: ", {"environment_definition": ENVIRONMENT, "custom_docker_image": "i"}),
    ("user_managed: ", {"environment_definition": ENVIRONMENT, "user_managed": True}),
    ("shm_size: ", {"environment_definition": ENVIRONMENT, "shm_size": "4g"}),
    ("environment_variables: ", {"environment_definition": ENVIRONMENT, "environment_variables": {"a": "b"}}),
    ("env.yml", {"conda_dependencies_file": "env.yml", "pip_packages": ["a"]}),
    ("env.yml", {"conda_dependencies_file_path": "env.yml", "conda_packages": ["a"]}),
    ("conda_dependencies_file_path", {"conda_dependencies_file": "env.yml", "conda_dependencies_file_path": "b.yml"}),
    ("custom_docker_image with use_docker=False", {"use_docker": False, "custom_docker_image": "i"}),
    ("custom_docker_base_image with use_docker=False", {"use_docker": False, "custom_docker_base_image": "i"}),
    ("give one of them", {"custom_docker_image": "i", "custom_docker_base_image": "j"}),
)

USER: Tuple[Tuple[str, Dict[str, Any]], ...] = (
    ("conda_dependencies_file 'none.yml'", {"conda_dependencies_file": "none.yml"}),
    ("pip_requirements_file 'none.txt'", {"pip_requirements_file": "none.txt"}),
    ("user_managed", {"user_managed": True, "pip_packages": ["a"]}),
    ("user_managed", {"user_managed": True, "conda_packages": ["a"]}),
    ("user_managed", {"user_managed": True, "conda_dependencies_file": "env.yml"}),
    ("inputs", {"inputs": ["a path"]}),
    ("inputs", {"inputs": 5}),
    ("resume_from", {"resume_from": "checkpoints"}),
    ("script_params", {"script_params": ["--a", 1]}),
    ("script_params", {"script_params": {1: 2}}),
    (r"script_params\['--a'\]: it is None", {"script_params": {"--a": None}}),
    ("pip_packages 'scikit-learn'", {"pip_packages": "scikit-learn"}),
    ("environment_definition 'mine'", {"environment_definition": "mine"}),
    ("environment_variables", {"environment_variables": ["A=1"]}),
    ("vm_priority 'bogus': use 'dedicated' or 'lowpriority'", {"vm_priority": "bogus"}),
    ("vm_priority 1", {"vm_priority": 1}),
    ("shm_size 'lots': .*'2g'", {"shm_size": "lots"}),
    ("shm_size ''", {"shm_size": ""}),
    ("shm_size '0g'", {"shm_size": "0g"}),
    ("shm_size 4", {"shm_size": 4}),
)


@pytest.mark.parametrize(("words", "arguments"), TRAINING)
def test_training_exceptions(folder: Path, words: str, arguments: Dict[str, Any]) -> None:
    with pytest.raises(TrainingException, match=words) as told:
        make(folder, **arguments)
    assert words.split("'")[0].split("<")[0] in told.value.message


@pytest.mark.parametrize(("words", "arguments"), USER)
def test_user_errors(folder: Path, words: str, arguments: Dict[str, Any]) -> None:
    with pytest.raises(UserErrorException, match=words):
        make(folder, **arguments)


def test_type_errors(folder: Path) -> None:
    with pytest.raises(TypeError):
        Estimator(str(folder), "local")  # type: ignore[misc]
    with pytest.raises(TypeError, match="framework_version"):
        make(folder, framework_version="1.0")
    with pytest.raises(TypeError):
        Estimator(compute_target="local")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("params", "arguments"),
    [
        (None, []),
        ({}, []),
        ({"--a": 1, "--flag": "", "--b": [1, 2]}, ["--a", 1, "--flag", "--b", 1, 2]),
        ({"--a": ["x", ["y", ""]], "--n": 0, "--f": False}, ["--a", "x", "y", "--n", 0, "--f", False]),
        ({"--init": "$AZ_BATCHAI_PYTORCH_INIT_METHOD"}, ["--init", "$AZ_BATCHAI_PYTORCH_INIT_METHOD"]),
    ],
)
def test_script_params_become_a_flat_list(folder: Path, params: Any, arguments: List[Any]) -> None:
    assert make(folder, script_params=params).run_config.arguments == arguments


def test_what_it_makes_of_them(folder: Path) -> None:
    made = make(
        folder,
        entry_script="other.py",
        conda_packages=["scikit-learn"],
        pip_packages=["joblib==1.4"],
        environment_variables={"A": "b"},
        shm_size="4g",
        max_run_duration_seconds=60,
        use_gpu=True,
    )
    assert isinstance(made, MMLBaseEstimator) and isinstance(made.run_config, MMLBaseEstimatorRunConfig)
    assert isinstance(made.run_config, RunConfiguration) and made.source_directory == str(folder)
    assert (made.run_config.script, made.run_config.target, made.run_config.node_count) == ("other.py", "local", 1)
    environment = made.run_config.environment
    assert environment.environment_variables == {"A": "b"} and environment.docker.shm_size == "4g"
    assert environment.docker.enabled and not environment.docker.names_image
    assert made.conda_dependencies is environment.python.conda_dependencies
    assert "scikit-learn" in list(made.conda_dependencies.conda_packages)  # type: ignore[union-attr]
    assert "joblib==1.4" in list(made.conda_dependencies.pip_packages)  # type: ignore[union-attr]
    assert made.run_config.max_run_duration_seconds == 60
    assert make(folder).run_config.script == "train.py"


def test_files_of_packages_in_the_source_folder_or_by_path(folder: Path) -> None:
    for given in ("env.yml", str(folder / "env.yml"), "../proj/env.yml"):
        made = make(folder, conda_dependencies_file=given)
        assert "numpy" in list(made.conda_dependencies.conda_packages)  # type: ignore[union-attr]
    made = make(folder, pip_requirements_file_path="reqs.txt", pip_packages=["joblib"])
    assert made.conda_dependencies is not None
    assert {"scikit-learn==1.5.0", "joblib"} <= set(made.conda_dependencies.pip_packages)
    assert any("example.org" in option for option in made.conda_dependencies.pip_options)


def test_an_environment_instead(folder: Path) -> None:
    environment = Environment("mine")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["scikit-learn"])
    made = make(folder, environment_definition=environment)
    assert made.run_config.environment is environment
    assert made.conda_dependencies is environment.python.conda_dependencies


def test_images_are_kept_as_they_were_given(folder: Path) -> None:
    registry = ContainerRegistry()
    registry.address = "r.example.org"
    docker = make(folder, custom_docker_image="i", image_registry_details=registry).run_config.environment.docker
    assert (docker.base_image, docker.enabled, docker.base_image_registry) == ("i", True, registry)


@pytest.mark.parametrize(
    ("training", "framework", "communicator"),
    [
        (Mpi(2), "python", "Mpi"),
        (MpiConfiguration(), "Python", "IntelMpi"),
        (ParameterServer(2, 1), "tensorflow", "ParameterServer"),
        (TensorflowConfiguration(), "TensorFlow", "ParameterServer"),
        (Nccl(), "pytorch", "Nccl"),
        (Gloo(), "pytorch", "Gloo"),
        (PyTorchConfiguration("Gloo"), "PyTorch", "Gloo"),
        (ParallelTaskConfiguration(), "Python", "ParallelTask"),
    ],
)
def test_framework_and_communicator(folder: Path, training: Any, framework: str, communicator: str) -> None:
    made = make(folder, node_count=2, distributed_training=training).run_config
    assert (made.framework, made.communicator, made.node_count) == (framework, communicator, 2)
    if isinstance(training, Mpi):
        assert made.mpi.process_count_per_node == 2 and repr(training) == "Mpi(process_count_per_node=2)"
    if isinstance(training, ParameterServer):
        assert (made.tensorflow.worker_count, made.tensorflow.parameter_server_count) == (2, 1)


def test_a_backend_by_name(folder: Path) -> None:
    made = make(folder, process_count_per_node=4, distributed_backend="mpi").run_config
    assert (made.framework, made.communicator, made.mpi.process_count_per_node) == ("Python", "IntelMpi", 4)


def test_for_which_estimators_a_class_is_meant() -> None:
    Mpi().validate("Chainer")
    ParameterServer().validate("TensorFlow")
    for training, estimator in ((ParameterServer(), "PyTorch"), (Gloo(), "Chainer"), (Mpi(), "SKLearn")):
        with pytest.raises(TrainingException, match=estimator):
            training.validate(estimator)


def test_a_cluster_for_one_run(folder: Path) -> None:
    made = Estimator(str(folder), vm_size="STANDARD_D2_V2", vm_priority="lowpriority").run_config
    assert made.target == "amlcompute"
    assert (made.amlcompute.vm_size, made.amlcompute.vm_priority) == ("STANDARD_D2_V2", "lowpriority")


def test_what_asks_for_a_gpu_is_told_by_its_name(folder: Path) -> None:
    def asked(**arguments: Any) -> Any:
        config = Estimator(str(folder), **arguments)._submitted({}).config
        return compile_run(config).spec.properties.get(WANTS_GPU)

    assert asked(vm_size="STANDARD_NC6") == "vm_size STANDARD_NC6"
    assert asked(vm_size="STANDARD_NC6", use_gpu=True) == asked(compute_target="local", use_gpu=True) == "True"
    assert asked(vm_size="STANDARD_D2_V2") is None


@pytest.mark.parametrize("size", ["4g", "512M", "2gb", "65536"])
def test_sizes_of_shared_memory(folder: Path, size: str) -> None:
    assert make(folder, shm_size=size).run_config.environment.docker.shm_size == size


def test_the_signature_is_v1s() -> None:
    parameters = inspect.signature(Estimator).parameters
    assert list(parameters)[:3] == ["source_directory", "compute_target", "vm_size"]
    assert all(one.kind is one.KEYWORD_ONLY for name, one in parameters.items() if name != "source_directory")


def test_what_a_submit_may_change(folder: Path) -> None:
    made = make(folder, script_params={"--a": 1, "--b": 2})
    submitted = made._submitted({"script_params": {"--b": 3, "--c": ""}})
    assert submitted.config.run_config.arguments == ["--a", 1, "--b", 3, "--c"]
    assert made.run_config.arguments == ["--a", 1, "--b", 2]
    made.run_config.arguments = ["--own", "1"]
    assert made._submitted({"script_params": {"--b": 3}}).config.run_config.arguments == ["--own", "1", "--b", 3]
    with pytest.raises(TrainingException, match="conda_packages, entry_script"):
        made._submitted({"conda_packages": ["a"], "entry_script": "b.py"})
    with pytest.raises(UserErrorException, match="inputs"):
        made._submitted({"inputs": ["a"]})
    assert made._submitted({"source_directory_data_store": "s"}).config.run_config.source_directory_data_store == "s"
