"""RunConfiguration: everything about a run but its folder.

Follows: azureml.core.runconfig.RunConfiguration (1.11; 1.62 added command, priority, docker, pytorch, output_data,
environment_variables and others). Known differences: keys that nobody knows are kept, with a warning; a file that is
broken is an error that names the line.
"""

from __future__ import annotations

from typing import Any, ClassVar, Dict, FrozenSet, List, Optional, Tuple, Union

from trainshed.contract.errors import BadValue
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.data import Data, DataReferenceConfiguration, OutputData
from trainshed.sdk.configuration.element import Element, Field
from trainshed.sdk.configuration.environment import Environment, EnvironmentDefinition
from trainshed.sdk.configuration.sections import (
    AmlComputeConfiguration,
    ApplicationEndpointConfiguration,
    DockerConfiguration,
    HdiConfiguration,
    HistoryConfiguration,
    KubernetesComputeConfiguration,
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    SparkConfiguration,
    TensorflowConfiguration,
)

LOCAL_RUNCONFIG_NAME = "local"


class RunConfiguration(Element):
    """How a script is run: target, environment, frameworks, data, history.

    Args:
        script: relative to the source folder; the ScriptRunConfig usually names it.
        arguments: of the script.
        framework: Python, PySpark, TensorFlow or PyTorch; Python by default.
        communicator: None, ParameterServer, OpenMpi, IntelMpi, Mpi, Nccl or Gloo.
        conda_dependencies: what the environment holds when it is built.
        _history_enabled: False keeps neither outputs nor snapshot.
        _path, _name: where :meth:`save` writes by default.
        command: instead of script and arguments (1.62).
    """

    FIELDS: ClassVar[Tuple[Field, ...]] = (
        Field("script", "text"),
        Field("command"),
        Field("arguments", "texts"),
        Field("target", "text"),
        Field("framework", "text"),
        Field("communicator", "text"),
        Field("max_run_duration_seconds", "number"),
        Field("node_count", "int"),
        Field("priority", "int"),
        Field("environment", "section", Environment),
        Field("environment_variables", "map"),
        Field("history", "section", HistoryConfiguration),
        Field("spark", "section", SparkConfiguration),
        Field("docker", "section", DockerConfiguration),
        Field("hdi", "section", HdiConfiguration),
        Field("tensorflow", "section", TensorflowConfiguration),
        Field("mpi", "section", MpiConfiguration),
        Field("pytorch", "section", PyTorchConfiguration),
        Field("paralleltask", "section", ParallelTaskConfiguration),
        Field("data_references", "section map", DataReferenceConfiguration),
        Field("data", "section map", Data),
        Field("datacaches"),
        Field("output_data", "section map", OutputData),
        Field("source_directory_data_store", "text"),
        Field("amlcompute", "section", AmlComputeConfiguration),
        Field("kubernetescompute", "section", KubernetesComputeConfiguration),
        Field("services", "section map", ApplicationEndpointConfiguration),
        Field("auto_cluster_compute_specification"),
        Field("credential_passthrough", "bool"),
    )
    FORMER: ClassVar[FrozenSet[str]] = frozenset({"autoprepareenvironment", "prepareenvironment", "usesampling"})
    NEVER_NONE: ClassVar[FrozenSet[str]] = frozenset({"target"})

    def __init__(
        self,
        script: Optional[str] = None,
        arguments: Optional[List[Any]] = None,
        framework: Optional[str] = None,
        communicator: Optional[str] = None,
        conda_dependencies: Optional[CondaDependencies] = None,
        _history_enabled: Optional[bool] = None,
        _path: Optional[str] = None,
        _name: Optional[str] = None,
        command: Union[str, List[str], None] = None,
    ) -> None:
        self._path = _path
        self._name = _name
        self._target_type: Optional[str] = None
        self._set_defaults()
        self.script = script
        self.arguments = [] if arguments is None else arguments
        self.framework = framework or "Python"
        self.communicator = communicator or "None"
        self.command = command
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies
        if _history_enabled is False:
            self.history.output_collection = False
            self.history.snapshot_project = False

    def _set_defaults(self) -> None:
        self._target = LOCAL_RUNCONFIG_NAME
        self.max_run_duration_seconds: Optional[float] = None
        self.node_count = 1
        self.priority: Optional[int] = None
        self.environment: Environment = EnvironmentDefinition()
        self.environment_variables: Dict[str, str] = {}
        self.history = HistoryConfiguration()
        self.spark = SparkConfiguration()
        self.docker = DockerConfiguration()
        self.hdi = HdiConfiguration()
        self.tensorflow = TensorflowConfiguration()
        self.mpi = MpiConfiguration()
        self.pytorch = PyTorchConfiguration()
        self.paralleltask = ParallelTaskConfiguration()
        self.data_references: Dict[str, DataReferenceConfiguration] = {}
        self.data: Dict[str, Data] = {}
        self.datacaches: List[Any] = []
        self.output_data: Dict[str, OutputData] = {}
        self.source_directory_data_store: Optional[str] = None
        self.amlcompute = AmlComputeConfiguration()
        self.kubernetescompute = KubernetesComputeConfiguration()
        self.services: Dict[str, ApplicationEndpointConfiguration] = {}
        self.auto_cluster_compute_specification: Any = None
        self.credential_passthrough = False

    @property
    def target(self) -> str:
        """The compute target's name. A compute target object may be assigned as well."""
        return self._target

    @target.setter
    def target(self, target: Any) -> None:
        name = target if isinstance(target, str) else getattr(target, "name", None)
        if not isinstance(name, str) or not name:
            raise BadValue(what="target %r" % (target,), why="give a compute target or its name")
        self._target = name
        self._target_type = None if isinstance(target, str) else getattr(target, "type", None)

    @property
    def auto_prepare_environment(self) -> bool:
        """Deprecated in v1 and without effect: an environment is prepared when it is needed."""
        return True

    @auto_prepare_environment.setter
    def auto_prepare_environment(self, value: bool) -> None:
        pass

    def __repr__(self) -> str:
        import json

        return json.dumps(self.to_dict(), indent=4, default=str)

    def save(
        self, path: Optional[str] = None, name: Optional[str] = None, separate_environment_yaml: bool = False
    ) -> None:
        """Write ``<path>/.azureml/<name>`` and ``conda_dependencies.yml`` beside it.

        Args:
            path: the project's folder; the current one by default. A folder ``aml_config`` in it, as older releases
                made it, is used if it exists.
            name: of the file.
            separate_environment_yaml: write the environment into ``environment.yml`` beside it.

        Raises:
            BadValue: no name.
            LibraryMissing: PyYAML is not installed.
        """
        from trainshed.sdk.configuration import files

        files.save(self, path or self._path, name or self._name, separate_environment=separate_environment_yaml)

    @staticmethod
    def load(path: str, name: Optional[str] = None) -> RunConfiguration:
        """Read a run configuration.

        Args:
            path: the project's folder; or, without ``name``, the file itself.
            name: of the configuration, with or without ``.runconfig``.

        Raises:
            RunConfigMissing: there is none; lists those that exist.
            RunConfigBroken: the file is broken; names path, line and what.
        """
        from trainshed.sdk.configuration import files

        return files.load(path, name)

    @staticmethod
    def delete(path: str, name: str) -> None:
        """Remove the file of a run configuration.

        Raises:
            RunConfigMissing: there is none.
        """
        from trainshed.sdk.configuration import files

        files.delete(path, name)
