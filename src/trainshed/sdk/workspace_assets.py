"""What belongs to a workspace, by name: experiments, data, compute targets, models, environments, secrets, runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, cast

if TYPE_CHECKING:
    from trainshed.sdk.compute.target import ComputeTarget
    from trainshed.sdk.configuration.environment import Environment
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.keyvault import Keyvault
    from trainshed.sdk.models.model import Model
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace


class WorkspaceAssets:
    """The base of :class:`trainshed.sdk.workspace.Workspace`, and of nothing else."""

    @property
    def _whole(self) -> Workspace:
        return cast("Workspace", self)

    @property
    def experiments(self) -> Dict[str, Experiment]:
        """The active experiments by name. One request."""
        from trainshed.sdk.experiment import Experiment

        return {found.name: found for found in Experiment.list(self._whole)}

    @property
    def datastores(self) -> Dict[str, Any]:
        """Datastores by name. One request."""
        from trainshed.sdk.data.stores import all_of

        return {store.name: store for store in all_of(self._whole)}

    def get_default_datastore(self) -> Any:
        """``workspaceblobstore``, or what was made the default one. One request."""
        from trainshed.sdk.data.stores import default_of

        return default_of(self._whole)

    def set_default_datastore(self, name: str) -> None:
        """Make a datastore the default one. One request; DatastoreNotFound."""
        from trainshed.sdk.data.stores import make_default

        make_default(self._whole, name)

    @property
    def datasets(self) -> Dict[str, Any]:
        """The newest version of each registered dataset, by name. One request."""
        from trainshed.sdk.data.registered import all_of

        return all_of(self._whole)

    @property
    def compute_targets(self) -> Dict[str, Any]:
        """Compute targets by name: those that were made, and ``local``, which v1 did not list. One request."""
        from trainshed.sdk.compute import workspace_targets

        return workspace_targets.by_name(self._whole)

    def get_default_compute_target(self, type: str) -> Optional[ComputeTarget]:
        """The cluster named ``cpu-cluster`` (``type`` CPU) or ``gpu-cluster`` (GPU); None if nobody has made it. One
        request.
        """
        from trainshed.sdk.compute import workspace_targets

        return workspace_targets.default(self._whole, type)

    @property
    def models(self) -> Dict[str, Model]:
        """The newest version of each model, by name. One request for each 255 models."""
        from trainshed.sdk.models.model import Model

        return {model.name: model for model in Model.list(self._whole, latest=True)}

    def get_default_keyvault(self) -> Keyvault:
        """The workspace's secrets. No request."""
        from trainshed.sdk.keyvault import Keyvault

        return Keyvault(self._whole)

    @property
    def environments(self) -> Dict[str, Environment]:
        """The newest version of each registered environment, and the curated ones, by name. One request."""
        from trainshed.sdk import environments

        return environments.listed(self._whole)

    def get_run(self, run_id: str) -> Run:
        """The run of that id, of whatever experiment. RunNotFound if there is none."""
        from trainshed.sdk.run import Run

        return Run.get(self._whole, run_id)
