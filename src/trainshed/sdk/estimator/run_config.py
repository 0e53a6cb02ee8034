"""The run configuration that an estimator makes; it may be changed until the estimator is submitted.

Follows: azureml.train.estimator.MMLBaseEstimatorRunConfig (1.11).
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from trainshed.contract.errors import BadEstimator, BadValue
from trainshed.sdk.compile_target import ONE_RUN_CLUSTER
from trainshed.sdk.configuration.checks import check_priority, check_shm_size, check_vm_size
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.container import DEFAULT_CPU_IMAGE, DEFAULT_GPU_IMAGE, ContainerRegistry
from trainshed.sdk.configuration.environment import Environment, EnvironmentDefinition
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.estimator import packages
from trainshed.sdk.estimator.script_params import flattened
from trainshed.sdk.notices import warn_once

DEFAULT_SCRIPT = "train.py"


class MMLBaseEstimatorRunConfig(RunConfiguration):
    """A RunConfiguration from an estimator's arguments, which are told at :class:`Estimator`.

    Raises:
        TrainingException: neither compute_target nor vm_size; both image parameters, or one with ``use_docker=False``.
        UserErrorException: packages with ``user_managed``; a value of a wrong form.
    """

    FIELDS = RunConfiguration.FIELDS

    def __init__(
        self,
        compute_target: Any,
        vm_size: Optional[str] = None,
        vm_priority: Optional[str] = None,
        entry_script: Optional[str] = None,
        script_params: Optional[Mapping[str, Any]] = None,
        node_count: Optional[int] = None,
        process_count_per_node: Optional[int] = None,
        distributed_backend: Optional[str] = None,
        use_gpu: Optional[bool] = None,
        use_docker: Optional[bool] = None,
        custom_docker_base_image: Optional[str] = None,
        custom_docker_image: Optional[str] = None,
        image_registry_details: Optional[ContainerRegistry] = None,
        user_managed: bool = False,
        conda_packages: Optional[List[str]] = None,
        pip_packages: Optional[List[str]] = None,
        environment_definition: Optional[Environment] = None,
        inputs: Any = None,
        source_directory_data_store: Any = None,
        shm_size: Optional[str] = None,
    ) -> None:
        super().__init__(script=entry_script or DEFAULT_SCRIPT, arguments=flattened(script_params))
        self._take_target(compute_target, vm_size, vm_priority, node_count or 1)
        self.node_count = node_count or 1
        self.mpi.process_count_per_node = process_count_per_node or 1
        self._inputs = check_inputs(inputs)
        self.source_directory_data_store = name_of(source_directory_data_store)
        self._wants_gpu = bool(use_gpu)
        if distributed_backend is not None:
            from trainshed.sdk.estimator.distributed import distribute

            distribute(self, None, distributed_backend, process_count_per_node or 1)
        if environment_definition is not None:
            self.environment = environment_definition
            return
        image = _image(custom_docker_base_image, custom_docker_image, use_docker)
        self.environment = EnvironmentDefinition()
        self._take_packages(packages.dependencies(None, conda_packages, pip_packages, None, None), user_managed)
        self._take_docker(image, image_registry_details, shm_size, use_docker=use_docker is not False)
        if user_managed and (conda_packages or pip_packages):
            raise_user_managed()

    def _take_target(self, target: Any, vm_size: Optional[str], vm_priority: Optional[str], node_count: int) -> None:
        if target is None and not vm_size:
            raise BadEstimator(
                what="compute_target", why="give it, or vm_size; compute_target='local' is this computer"
            )
        self.amlcompute.vm_size = check_vm_size(vm_size) if vm_size else None
        self.amlcompute.vm_priority = check_priority(vm_priority)
        self.amlcompute._cluster_max_node_count = node_count
        if target is None:
            self.target = ONE_RUN_CLUSTER
            return
        self.target = target
        if vm_size:
            warn_once("Estimator: vm_size has no effect beside compute_target.")

    def _take_packages(self, dependencies: CondaDependencies, user_managed: bool) -> None:
        self.environment.python.user_managed_dependencies = bool(user_managed)
        self.environment.python.conda_dependencies = dependencies

    def _take_docker(
        self, image: Optional[str], registry: Optional[ContainerRegistry], shm_size: Optional[str], *, use_docker: bool
    ) -> None:
        docker = self.environment.docker
        docker.enabled = use_docker
        docker.base_image = image or (DEFAULT_GPU_IMAGE if self._wants_gpu else DEFAULT_CPU_IMAGE)
        if registry is not None:
            docker.base_image_registry = registry
        if shm_size is not None:
            docker.shm_size = check_shm_size(shm_size)

    def _take_variables(self, variables: Optional[Dict[str, str]]) -> None:
        if variables is None:
            return
        if not isinstance(variables, Mapping):
            raise BadValue(what="environment_variables %r" % (variables,), why="give a dict of texts")
        self.environment.environment_variables = dict(variables)


def raise_user_managed() -> None:
    """UserErrorException."""
    why = "the packages of a user-managed environment are its owner's; leave conda and pip packages and files out"
    raise BadValue(what="user_managed=True", why=why)


def check_inputs(inputs: Any) -> List[Any]:
    """``inputs`` as a list; UserErrorException for what is neither a dataset nor a reference."""
    if inputs is None:
        return []
    items = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    for item in items:
        if not str(type(item).__module__).startswith("trainshed.sdk.data"):
            why = "give a list of datasets' as_named_input(...) or of DataReferences, not %r" % (item,)
            raise BadValue(what="inputs", why=why)
    return items


def name_of(data_store: Any) -> Optional[str]:
    """A datastore's name; a text is one already."""
    return None if data_store is None else str(getattr(data_store, "name", data_store))


def _image(base_image: Optional[str], image: Optional[str], use_docker: Optional[bool]) -> Optional[str]:
    given = [
        name for name, value in (("custom_docker_base_image", base_image), ("custom_docker_image", image)) if value
    ]
    if len(given) > 1:
        raise BadEstimator(what=" and ".join(given), why="give one of them")
    if given and use_docker is False:
        raise BadEstimator(what="%s with use_docker=False" % given[0], why="an image needs a container")
    return base_image or image
