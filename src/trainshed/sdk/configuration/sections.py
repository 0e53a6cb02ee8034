"""The sections of a run configuration that say how a command is spread and recorded.

Follows: azureml.core.runconfig (1.11, and what 1.62 added).
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.configuration.element import Element, Field

SUPPORTED_PYTORCH_BACKENDS = ["nccl", "gloo"]


class HistoryConfiguration(Element):
    """What is kept of a run: ``outputs/`` if ``output_collection``; also the folders of ``directories_to_watch``."""

    FIELDS = (
        Field("output_collection", "bool"),
        Field("snapshot_project", "bool"),
        Field("directories_to_watch", "texts"),
    )

    def __init__(self) -> None:
        self.output_collection = True
        self.snapshot_project = True
        self.directories_to_watch = ["logs"]


class SparkConfiguration(Element):
    """Kept with the run; Spark itself is not started here."""

    FIELDS = (Field("configuration", "map"),)

    def __init__(self) -> None:
        self.configuration: Dict[str, Any] = {
            "spark.app.name": "Azure ML Experiment",
            "spark.yarn.maxAppAttempts": 1,
        }


class HdiConfiguration(Element):
    """Kept with the run; there is no HDInsight here."""

    FIELDS = (Field("yarn_deploy_mode", "text"),)

    def __init__(self) -> None:
        self.yarn_deploy_mode = "cluster"


class TensorflowConfiguration(Element):
    """Workers and parameter servers of a TensorFlow job."""

    FIELDS = (Field("worker_count", "int"), Field("parameter_server_count", "int"))

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


class MpiConfiguration(Element):
    """Processes of an MPI job. ``node_count`` came with 1.62, where the object is also ``distributed_job_config``."""

    FIELDS = (Field("process_count_per_node", "int"), Field("node_count", "int"))

    def __init__(self, process_count_per_node: int = 1, node_count: int = 1) -> None:
        self.process_count_per_node = process_count_per_node
        self.node_count = node_count


class PyTorchConfiguration(Element):
    """Processes of a torch.distributed job. ``process_count``: in all; None is one for each node."""

    FIELDS = (Field("communication_backend", "text"), Field("process_count", "int"), Field("node_count", "int"))

    def __init__(
        self, communication_backend: str = "Nccl", process_count: Optional[int] = None, node_count: int = 1
    ) -> None:
        if str(communication_backend).lower() not in SUPPORTED_PYTORCH_BACKENDS:
            raise BadValue(
                what="communication_backend %r" % communication_backend,
                why="use one of %s" % ", ".join(SUPPORTED_PYTORCH_BACKENDS),
            )
        self.communication_backend = communication_backend
        self.process_count = process_count
        self.node_count = node_count


class ParallelTaskConfiguration(Element):
    """Independent worker processes of one job."""

    FIELDS = (
        Field("max_retries_per_worker", "int"),
        Field("worker_count_per_node", "int"),
        Field("terminal_exit_codes"),
    )

    def __init__(self) -> None:
        self.max_retries_per_worker = 0
        self.worker_count_per_node = 1
        self.terminal_exit_codes: Optional[List[int]] = None


class AmlComputeConfiguration(Element):
    """A cluster made for one run, as v1 could; here its values are kept with the run."""

    FIELDS = (
        Field("vm_size", "text"),
        Field("vm_priority", "text"),
        Field("_retain_cluster", "bool"),
        Field("_name", "text"),
        Field("_cluster_max_node_count", "int"),
    )

    def __init__(self) -> None:
        self.vm_size: Optional[str] = None
        self.vm_priority: Optional[str] = None
        self._retain_cluster = False
        self._name: Optional[str] = None
        self._cluster_max_node_count: Optional[int] = None


class KubernetesComputeConfiguration(Element):
    """Kept with the run (1.62)."""

    FIELDS = (Field("instance_type", "text"),)

    def __init__(self) -> None:
        self.instance_type: Optional[str] = None


class DockerConfiguration(Element):
    """How a container is run (1.62; before, these stood in the environment's docker section)."""

    FIELDS = (
        Field("use_docker", "bool"),
        Field("shared_volumes", "bool"),
        Field("arguments", "texts"),
        Field("shm_size", "text"),
    )

    def __init__(
        self,
        use_docker: bool = False,
        shared_volumes: bool = True,
        arguments: List[str] = [],  # noqa: B006  v1's default, which callers compare; copied below
        shm_size: str = "2g",
    ) -> None:
        self.use_docker = use_docker
        self.shared_volumes = shared_volumes
        self.arguments = list(arguments)
        self.shm_size = shm_size


class ApplicationEndpointConfiguration(Element):
    """A service beside the command (1.62); kept with the run."""

    FIELDS = (Field("type", "text"), Field("port", "int"), Field("properties", "map"))

    def __init__(
        self, type: Optional[str] = None, port: Optional[int] = None, properties: Optional[Dict[str, str]] = None
    ) -> None:
        self.type = type
        self.port = port
        self.properties = properties
