"""Runs: found, known, with children, models and secrets; the rest is in the modules ``run_*``, their base classes.

Imported by every script, so it imports next to nothing: whatever a method needs comes when it is called.
"""

from __future__ import annotations

from trainshed.sdk import context
from trainshed.sdk.offline import _OfflineRun
from trainshed.sdk.run_life import RunLife

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

    from trainshed.contract.records import RunRecord
    from trainshed.sdk.configuration.environment import Environment
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.models.model import Model
    from trainshed.sdk.workspace import Workspace

#: v1's words for a run that is at work, and for one that is being wound up.
RUNNING_STATES = ["NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running"]
POST_PROCESSING_STATES = ["CancelRequested", "Finalizing"]


class Run(RunLife):
    """A run of an experiment.

    Args:
        experiment: whose.
        run_id: its id.
        outputs: a folder whose new files become the run's ``outputs/`` when it is completed here.

    Raises:
        RunNotFound: the experiment has no such run.

    Follows: azureml.core.Run.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: Optional[str] = None, **kwargs: Any) -> None:
        from trainshed.contract.names import check_run_id

        self._start(experiment, check_run_id(run_id))
        if self._refresh().experiment != experiment.name:
            from trainshed.contract.errors import RunNotFound

            raise RunNotFound(run_id=run_id, place="experiment %r" % experiment.name)
        if outputs is not None:
            from trainshed.sdk.interactive import outputs_of

            self._outputs = outputs_of(outputs)

    def _start(self, experiment: Optional[Experiment], run_id: str) -> None:
        self._metrics = None
        self._released = None
        self._outputs = None
        if experiment is None:
            self._take(None, None, context.workspace_id(), run_id)
        else:
            self._take(experiment.workspace._api, experiment, experiment.workspace._workspace_id, run_id)

    @classmethod
    def _of_record(cls, experiment: Experiment, record: RunRecord) -> Run:
        made = cls.__new__(cls)
        made._start(experiment, record.id)
        made._saw(record)
        return made

    def __getstate__(self) -> Dict[str, Any]:
        # A copy, in this process or another, writes to a file of its own; the outputs stay with the original.
        return {**self.__dict__, "_metrics": None, "_released": None, "_outputs": None}

    # --- found

    @classmethod
    def get_context(
        cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any
    ) -> Union[Run, _OfflineRun]:
        """The run that this process belongs to. No request.

        Args:
            allow_offline: outside of a run, give a stand-in that prints instead of raising.

        Raises:
            RunEnvironmentException: outside of a run, with ``allow_offline=False``.
        """
        run_id = context.run_id()
        if run_id is not None:
            from trainshed.sdk import rival

            rival.tell()
            made = Run.__new__(Run)
            made._start(None, run_id)
            made._is_context = True
            return made
        if allow_offline:
            return _OfflineRun()
        from trainshed.contract.exceptions import RunEnvironmentException

        raise RunEnvironmentException()

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> Union[Run, _OfflineRun]:
        """v1's older name of :meth:`get_context`."""
        return cls.get_context(**kwargs)

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Run:
        """The run of that id, of whatever experiment. One request. RunNotFound if there is none."""
        from trainshed.contract.names import check_run_id
        from trainshed.sdk import run_listing

        return run_listing.of_record(workspace, workspace._api.get_run(workspace._workspace_id, check_run_id(run_id)))

    @staticmethod
    def list(
        experiment: Experiment,
        type: Optional[str] = None,
        tags: Any = None,
        properties: Any = None,
        status: Optional[str] = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """The experiment's runs, newest first; asked for as they are taken.

        Args:
            experiment: whose.
            type, status: only of this type, in this status.
            tags, properties: a key, or a dict of keys and values, that a run must have.
            include_children: also the runs below others.
        """
        from trainshed.sdk import run_listing

        return run_listing.runs(
            experiment.workspace,
            experiment,
            tags=tags,
            properties=properties,
            type=type,
            status=status,
            include_children=include_children,
        )

    @staticmethod
    def list_by_compute(
        compute: Any, type: Optional[str] = None, tags: Any = None, properties: Any = None, status: Optional[str] = None
    ) -> Iterator[Run]:
        """The runs on a compute target, of whatever experiment, newest first; asked for as they are taken.

        Args:
            compute: the target; what ``ws.compute_targets`` gives knows its workspace.
            type, tags, properties, status: as in :meth:`list`.
        """
        from trainshed.sdk import run_listing

        return run_listing.on_target(compute, tags=tags, properties=properties, type=type, status=status)

    @staticmethod
    def add_type_provider(runtype: str, run_factory: Callable[[Any, Any], Run]) -> None:
        """From now on runs of that type are made by ``run_factory(experiment, record)``."""
        from trainshed.sdk import run_listing

        run_listing.add_factory(runtype, run_factory)

    # --- what is known

    def get_environment(self) -> Environment:
        """The environment that the run was submitted with. One request.

        Raises:
            BadValue: it has none: it was not submitted.
        """
        from trainshed.sdk.configuration.environment import Environment

        spec = self._api.details(*self._at).spec
        if spec is None:
            from trainshed.contract.errors import BadValue

            raise BadValue(what="Run %s" % self._id, why="only submitted runs have an environment.")
        return Environment.from_dict(spec.environment.definition)

    def get_snapshot_id(self) -> Optional[str]:
        """The id of the source folder's snapshot, None if none was taken."""
        return self._record.snapshot_id

    def take_snapshot(self, file_or_folder_path: Any) -> str:
        """Record a folder, or a single file, as the source of a run that was not submitted; the snapshot's id.

        Requests: 2 when the server has all contents.

        Raises:
            UserErrorException: there is no such file or folder, or the run was submitted: its source is recorded.
        """
        from trainshed.sdk import interactive

        return interactive.take_snapshot(self, file_or_folder_path)

    def restore_snapshot(self, snapshot_id: Optional[str] = None, path: Optional[str] = None) -> str:
        """Write the snapshot as a ZIP file into the folder ``path`` (the current one); where it is.

        Raises:
            SnapshotMissing: the server has none of that id.
            UserErrorException: none was taken of the run.
        """
        from trainshed.sdk.files import archives

        wanted = snapshot_id or self.get_snapshot_id()
        if wanted is None:
            from trainshed.contract.errors import BadValue

            raise BadValue(what="Run %s" % self._id, why="no snapshot was taken of it; see take_snapshot.")
        return archives.snapshot(self._api, self._workspace_id, wanted, path)

    # --- children

    def child_run(self, name: Optional[str] = None, run_id: Optional[str] = None, outputs: Optional[str] = None) -> Run:
        """A run below this one, Running at once; complete it, or use it in ``with``. One request.

        Args:
            name: for people; need not be unique.
            run_id: its id; made up if None.
            outputs: a folder whose new files become the child's ``outputs/`` at its end.
        """
        from trainshed.sdk import children

        return children.one(self, name=name, run_id=run_id, outputs=outputs)

    def create_children(
        self,
        count: Optional[int] = None,
        tag_key: Optional[str] = None,
        tag_values: Optional[Sequence[str]] = None,
    ) -> List[Run]:
        """Several runs below this one, NotStarted: start each, or use it in ``with``. One request each.

        Args:
            count: how many; by default as many as ``tag_values``.
            tag_key, tag_values: each gets this tag, with one of the values.

        Raises:
            BadValue: neither is given, or they contradict each other.
        """
        from trainshed.sdk import children

        return children.several(self, count, tag_key, tag_values)

    def submit_child(self, config: Any, tags: Optional[Dict[str, str]] = None, **kwargs: Any) -> Run:
        """Submit a run below this one; see ``Experiment.submit``."""
        return self.experiment._submit(config, tags, parent_id=self._id, **kwargs)

    def get_children(
        self,
        recursive: bool = False,
        tags: Any = None,
        properties: Any = None,
        type: Optional[str] = None,
        status: Optional[str] = None,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Run]:
        """The runs below, newest first; asked for as they are taken.

        Args:
            recursive: also those below them.
            tags, properties, type, status: as in :meth:`list`.
        """
        from trainshed.sdk import run_listing

        below = {"root": self._id} if recursive else {"parent": self._id}
        return run_listing.runs(
            self.experiment.workspace, None, tags=tags, properties=properties, type=type, status=status, **below
        )

    # --- models and secrets

    def register_model(
        self,
        model_name: str,
        model_path: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        properties: Optional[Dict[str, str]] = None,
        model_framework: Optional[str] = None,
        model_framework_version: Optional[str] = None,
        description: Optional[str] = None,
        datasets: Any = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **kwargs: Any,
    ) -> Model:
        """Register a file or folder of the run as the next version of a model. One request; nothing is copied.

        Args:
            model_name: ``[a-zA-Z0-9][a-zA-Z0-9-._]{0,254}``.
            model_path: its name in the run, such as ``outputs/model.pkl``, or a folder; None: as the model is named.
            tags, properties, description, model_framework, model_framework_version, datasets, sample_input_dataset,
                sample_output_dataset, resource_configuration: as for ``Model.register``.

        Raises:
            ModelPathNotFound (a ModelPathNotFoundException): the run has none of that name; names those it has.

        Follows: azureml.core.Run.register_model. In the run's own script, what lies in ``./outputs`` counts as it is,
        whether or not it has been uploaded yet; v1 wanted ``upload_file`` before.
        """
        from trainshed.sdk.models import registering
        from trainshed.sdk.models.model import Model

        about = registering.About(
            model_name,
            tags=tags,
            properties=properties,
            description=description,
            datasets=datasets,
            framework=model_framework,
            framework_version=model_framework_version,
            sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration,
        )
        workspace = self.experiment.workspace
        return Model._of(workspace, registering.from_run(self, workspace, about, model_path))

    def get_secret(self, name: str) -> str:
        """A secret of the workspace's key vault. One request. SecretNotFound: there is none of that name."""
        return self.experiment.workspace.get_default_keyvault().get_secret(name)

    def get_secrets(self, secrets: Sequence[str]) -> Dict[str, Optional[str]]:
        """Several secrets by name, None for those that are not there. One request."""
        return self.experiment.workspace.get_default_keyvault().get_secrets(secrets)

    def clean(self) -> List[str]:
        """Remove what an ended run left on this machine, once the server has all of it; the files removed.

        Follows: azureml.core.Run.clean. Folders of runs on other machines are left to ``trainshed prune``.
        """
        from trainshed.sdk import cleaning

        return cleaning.clean(self._refresh())


class ScriptRun(Run):
    """A submitted run.

    Follows: azureml.core.ScriptRun.
    """

    def __init__(
        self,
        experiment: Experiment,
        run_id: str,
        directory: Optional[str] = None,
        _run_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, run_id, **kwargs)


def get_run(experiment: Experiment, run_id: str, rehydrate: bool = True, clean_up: bool = True) -> Run:
    """The run of that id, of the class that belongs to its type. One request.

    Follows: azureml.core.run.get_run.
    """
    run = Run.get(experiment.workspace, run_id)
    if run.experiment.name != experiment.name:
        from trainshed.contract.errors import RunNotFound

        raise RunNotFound(run_id=run_id, place="experiment %r" % experiment.name)
    return run if rehydrate else Run._of_record(experiment, run._record)
