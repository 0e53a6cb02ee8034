"""Estimator: a script, its arguments, its packages and its target in one object.

Follows: azureml.train.estimator.Estimator (1.11).
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Mapping, Optional, Tuple

from trainshed.contract.errors import BadEstimator, BadValue
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.compile_target import resuming
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
from trainshed.sdk.estimator import distributed, packages
from trainshed.sdk.estimator.run_config import (
    MMLBaseEstimatorRunConfig,
    check_inputs,
    name_of,
    raise_user_managed,
)
from trainshed.sdk.estimator.script_params import flattened

if TYPE_CHECKING:
    from trainshed.sdk.configuration.container import ContainerRegistry

#: What ``experiment.submit(estimator, ...)`` may change for one run.
_OVERRIDES = ("script_params", "inputs", "source_directory_data_store")


class Submitted(NamedTuple):
    """An estimator as one submit sees it."""

    config: ScriptRunConfig
    inputs: Tuple[Any, ...]


class MMLBaseEstimator:
    """What all estimators share.

    Args:
        source_directory: the folder that becomes the snapshot.
        compute_target: where it runs.
        estimator_config: the run configuration; one with defaults if None.
    """

    run_config: MMLBaseEstimatorRunConfig

    def __init__(
        self,
        source_directory: Any,
        *,
        compute_target: Any,
        estimator_config: Optional[MMLBaseEstimatorRunConfig] = None,
    ) -> None:
        self._source_directory = source_directory
        self._script_params: Dict[str, Any] = {}
        self.run_config = MMLBaseEstimatorRunConfig(compute_target) if estimator_config is None else estimator_config
        self._first_arguments: List[Any] = list(self.run_config.arguments)

    @property
    def source_directory(self) -> Any:
        """The folder that becomes the snapshot when it is submitted."""
        return self._source_directory

    @property
    def conda_dependencies(self) -> Optional[CondaDependencies]:
        """The packages of :attr:`run_config`'s environment; they may be changed until it is submitted."""
        return self.run_config.environment.python.conda_dependencies

    def _submitted(self, overrides: Mapping[str, Any]) -> Submitted:
        """What is submitted, with what ``experiment.submit`` was told to change; the estimator stays as it is.

        Raises:
            TrainingException: something else than ``script_params``, ``inputs``, ``source_directory_data_store``.
            UserErrorException: a value of a wrong form.
        """
        unknown = sorted(set(overrides) - set(_OVERRIDES))
        if unknown:
            why = "submit(estimator, ...) takes %s and tags; make another estimator for the rest" % ", ".join(
                _OVERRIDES
            )
            raise BadEstimator(what=", ".join(unknown), why=why)
        run_config = copy(self.run_config)
        if overrides.get("script_params"):
            run_config.arguments = self._arguments(overrides["script_params"])
        if overrides.get("source_directory_data_store") is not None:
            run_config.source_directory_data_store = name_of(overrides["source_directory_data_store"])
        inputs = [*self.run_config._inputs, *check_inputs(overrides.get("inputs"))]
        config = ScriptRunConfig(self._source_directory, run_config=run_config)
        config._estimator = type(self).__name__
        config._wants_gpu = run_config._wants_gpu
        return Submitted(config, tuple(inputs))

    def _arguments(self, script_params: Mapping[str, Any]) -> List[Any]:
        """v1's rule: a flag given at submit takes the place of the same flag, others are added. Behind arguments that
        somebody has changed in ``run_config`` they come last, where the script's parser takes them.
        """
        flattened(script_params)
        if self.run_config.arguments == self._first_arguments:
            extra = self._first_arguments[len(flattened(self._script_params)) :]
            return [*flattened({**self._script_params, **script_params}), *extra]
        return [*self.run_config.arguments, *flattened(script_params)]

    def __repr__(self) -> str:
        return "%s(source_directory=%r, script=%r, target=%r)" % (
            type(self).__name__,
            self._source_directory,
            self.run_config.script,
            self.run_config.target,
        )


class Estimator(MMLBaseEstimator):
    """A training script with everything it needs.

    Args:
        source_directory: the folder that becomes the snapshot when it is submitted.
        compute_target: a target or its name; ``'local'`` is this computer.
        vm_size, vm_priority: without compute_target: v1 made a cluster for this one run; here it runs at once on this
            machine.
        entry_script: relative to the folder; ``train.py`` if None.
        script_params: flags and values. ``''`` gives the flag alone, a list several values; a dataset's
            ``as_named_input(...)`` or a DataReference the path where the script finds it; ``$NAME`` is replaced on the
            node by what the variable holds there.
        node_count, process_count_per_node, distributed_backend, distributed_training: over how many processes, and how
            they speak. Running more than one comes in a later release.
        use_gpu: a run on a machine without one uses the CPU and says so.
        use_docker: True, as by default, needs no container unless an image is named.
        custom_docker_base_image, custom_docker_image, image_registry_details: images come in a later release.
        user_managed: the interpreter that submits, as it is.
        conda_packages, pip_packages: requirements, such as ``['scikit-learn==1.5']``.
        conda_dependencies_file, pip_requirements_file: in the source folder, or by their path; those with ``_path`` are
            v1's older names.
        environment_variables: of the script.
        environment_definition: an Environment instead of all that.
        inputs: datasets and references that no flag names.
        source_directory_data_store: no effect, said once: the folder is kept by content.
        shm_size: of a container.
        resume_from: a DataPath; the script gets ``--resume-from`` and the path where it lies.
        max_run_duration_seconds: the run fails when it has been Running for longer.
        _disable_validation, _show_lint_warnings, _show_package_warnings: no effect.

    Raises:
        TrainingException, UserErrorException: as v1; docs/estimators.md lists them.
    """

    #: The backends that ``distributed_backend`` may name.
    _BACKENDS: ClassVar[Tuple[str, ...]] = ("mpi",)

    def __init__(
        self,
        source_directory: Any,
        *,
        compute_target: Any = None,
        vm_size: Optional[str] = None,
        vm_priority: Optional[str] = None,
        entry_script: Optional[str] = None,
        script_params: Optional[Mapping[str, Any]] = None,
        node_count: int = 1,
        process_count_per_node: int = 1,
        distributed_backend: Optional[str] = None,
        distributed_training: Any = None,
        use_gpu: bool = False,
        use_docker: bool = True,
        custom_docker_base_image: Optional[str] = None,
        custom_docker_image: Optional[str] = None,
        image_registry_details: Optional[ContainerRegistry] = None,
        user_managed: bool = False,
        conda_packages: Optional[List[str]] = None,
        pip_packages: Optional[List[str]] = None,
        conda_dependencies_file_path: Optional[str] = None,
        pip_requirements_file_path: Optional[str] = None,
        conda_dependencies_file: Optional[str] = None,
        pip_requirements_file: Optional[str] = None,
        environment_variables: Optional[Dict[str, str]] = None,
        environment_definition: Optional[Environment] = None,
        inputs: Optional[List[Any]] = None,
        source_directory_data_store: Any = None,
        shm_size: Optional[str] = None,
        resume_from: Any = None,
        max_run_duration_seconds: Optional[float] = None,
        _disable_validation: bool = True,
        _show_lint_warnings: bool = False,
        _show_package_warnings: bool = False,
    ) -> None:
        conda_file = packages.either("conda_dependencies_file", conda_dependencies_file, conda_dependencies_file_path)
        pip_file = packages.either("pip_requirements_file", pip_requirements_file, pip_requirements_file_path)
        _check_counts(node_count, process_count_per_node, distributed_backend, distributed_training)
        distributed.check_training(type(self).__name__, distributed_training)
        self._check_backend(distributed_backend)
        if environment_definition is not None:
            _check_environment(
                environment_definition,
                conda_packages=conda_packages,
                pip_packages=pip_packages,
                conda_dependencies_file=conda_file,
                pip_requirements_file=pip_file,
                use_gpu=use_gpu,
                use_docker=None if use_docker else "False",
                custom_docker_base_image=custom_docker_base_image,
                custom_docker_image=custom_docker_image,
                image_registry_details=image_registry_details,
                user_managed=user_managed,
                shm_size=shm_size,
                environment_variables=environment_variables,
            )
        if user_managed and any((conda_packages, pip_packages, conda_file, pip_file)):
            raise_user_managed()
        run_config = MMLBaseEstimatorRunConfig(
            compute_target,
            vm_size=vm_size,
            vm_priority=vm_priority,
            entry_script=entry_script,
            script_params=script_params,
            node_count=node_count,
            process_count_per_node=process_count_per_node,
            use_gpu=use_gpu,
            use_docker=use_docker,
            custom_docker_base_image=custom_docker_base_image,
            custom_docker_image=custom_docker_image,
            image_registry_details=image_registry_details,
            user_managed=user_managed,
            environment_definition=environment_definition,
            inputs=inputs,
            source_directory_data_store=source_directory_data_store,
            shm_size=shm_size,
        )
        if environment_definition is None:
            run_config.environment.python.conda_dependencies = packages.dependencies(
                source_directory, conda_packages, pip_packages, conda_file, pip_file
            )
            run_config._take_variables(environment_variables)
        run_config.max_run_duration_seconds = max_run_duration_seconds
        distributed.distribute(run_config, distributed_training, distributed_backend, process_count_per_node)
        run_config.arguments += resuming(resume_from)
        super().__init__(source_directory, compute_target=compute_target, estimator_config=run_config)
        self._script_params = dict(script_params or {})

    def _check_backend(self, backend: Any) -> None:
        if backend is not None and str(backend).lower() not in self._BACKENDS:
            why = "%s takes %s" % (type(self).__name__, ", ".join(map(repr, self._BACKENDS)))
            raise BadEstimator(what="distributed_backend %r" % (backend,), why=why)


def _check_counts(node_count: Any, process_count: Any, backend: Any, training: Any) -> None:
    for name, value in (("node_count", node_count), ("process_count_per_node", process_count)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise BadEstimator(what="%s %r" % (name, value), why="give a whole number of at least 1")
    if (node_count > 1 or process_count > 1) and backend is None and training is None:
        what = "node_count %d, process_count_per_node %d" % (node_count, process_count)
        raise BadEstimator(what=what, why="several processes need distributed_training, such as Mpi()")


def _check_environment(environment: Any, **others: Any) -> None:
    if not isinstance(environment, Environment):
        raise BadValue(what="environment_definition %r" % (environment,), why="give an Environment object")
    given = [name for name, value in others.items() if value]
    if given:
        why = "environment_definition says all of it; set it there, or leave environment_definition out"
        raise BadEstimator(what=", ".join(given), why=why)
