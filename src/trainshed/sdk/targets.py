"""Compute targets as a workspace lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping

from trainshed.contract.api import TargetView
from trainshed.contract.errors import BadComputeSetting, BadValue
from trainshed.contract.frozen import replace

if TYPE_CHECKING:
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.run import Run

_LOCAL = TargetView(name="local", type="local", state="Succeeded")


class AbstractComputeTarget:
    """A kind and a name. Follows: azureml.core.compute_target.AbstractComputeTarget."""

    def __init__(self, compute_target_type: str, name: str) -> None:
        self._type = compute_target_type
        self._name = name

    @property
    def type(self) -> str:
        """The kind, such as ``local``."""
        return self._type

    @property
    def name(self) -> str:
        """The name, as ``compute_target`` takes it."""
        return self._name

    @staticmethod
    def deserialize_from_dict(compute_target_name: str, compute_target_dict: Any) -> AbstractComputeTarget:
        """The target that a dict with a ``type`` describes, as :meth:`LocalTarget.serialize` gives it.

        Raises:
            ComputeTargetException: it is of a type that is found in a workspace: ``ComputeTarget(workspace, name)``.
        """
        kind = compute_target_dict.get("type") if isinstance(compute_target_dict, Mapping) else None
        if kind != _LOCAL.type:
            why = "take it from its workspace: ComputeTarget(workspace, %r)" % compute_target_name
            raise BadComputeSetting(what="compute target of type %r" % (kind,), why=why)
        return LocalTarget(replace(_LOCAL, name=compute_target_name))

    def __repr__(self) -> str:
        return "%s(name=%s, type=%s)" % (type(self).__name__, self.name, self.type)


class LocalTarget(AbstractComputeTarget):
    """A place where runs can go without being made; give it, or its name, as ``compute_target``.

    Follows: azureml.core.compute_target.LocalTarget.
    """

    def __init__(self, view: TargetView = _LOCAL) -> None:
        super().__init__(view.type, view.name)
        self._view = view

    @property
    def provisioning_state(self) -> str:
        """v1's word for a target that takes runs: Succeeded."""
        return "Succeeded" if self._view.state in ("ready", "idle", "busy") else self._view.state

    def serialize(self) -> Dict[str, Any]:
        """What is known about the target."""
        view = self._view
        return {
            "name": view.name,
            "type": view.type,
            "state": view.state,
            "running": view.running,
            "waiting": view.waiting,
        }


def prepare_compute_target(experiment: Experiment, source_directory: str, run_config: Any) -> Run:
    """Build the environment of a run configuration before a run needs it; the run that does so.

    Args:
        experiment: of which the workspace counts.
        source_directory: where files that the environment names are looked for.
        run_config: a RunConfiguration, or the name of one that was saved in the folder.

    Raises:
        UserErrorException: the packages are looked after by their owner; there is nothing to build.

    Follows: azureml.core.compute_target.prepare_compute_target. Known difference: the run is in the experiment
    ``prepare_image``.
    """
    from trainshed.sdk import environment_building
    from trainshed.sdk.configuration.run_configuration import RunConfiguration

    config = RunConfiguration.load(source_directory, run_config) if isinstance(run_config, str) else run_config
    if not isinstance(config, RunConfiguration):
        raise BadValue(what="run_config %r" % (run_config,), why="give a RunConfiguration, or the name of one")
    built = environment_building.build(config.environment, experiment.workspace, config.target, source_directory)
    return built.environment_client
