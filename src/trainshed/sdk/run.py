"""Runs: begun, followed, ended; their files and children.

Imported by every script, so it imports next to nothing: whatever a method needs comes when it is called.
"""

from __future__ import annotations

from trainshed.sdk import context
from trainshed.sdk.offline import _OfflineRun
from trainshed.sdk.run_logging import RunLogging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

    from trainshed.contract.records import RunRecord
    from trainshed.sdk.configuration.environment import Environment
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.files import fetching
    from trainshed.sdk.interactive import Outputs
    from trainshed.sdk.models.model import Model
    from trainshed.sdk.workspace import Workspace

#: v1's words for a run that is at work, and for one that is being wound up.
RUNNING_STATES = ["NotStarted", "Queued", "Preparing", "Provisioning", "Starting", "Running"]
POST_PROCESSING_STATES = ["CancelRequested", "Finalizing"]

#: How long cancel and fail wait for the new status, in seconds.
_MOMENT_S = 5.0


class Run(RunLogging):
    """A run of an experiment.

    Args:
        experiment: whose.
        run_id: its id.
        outputs: a folder whose new files become the run's ``outputs/`` when it is completed here.

    Raises:
        RunNotFound: the experiment has no such run.

    Follows: azureml.core.Run.
    """

    _outputs: Optional[Outputs]
    #: Given to a script by ``get_context``: its own run, which does not end itself.
    _is_context = False

    def __init__(self, experiment: Experiment, run_id: str, outputs: Optional[str] = None, **kwargs: Any) -> None:
        self._start(experiment, run_id)
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
        from trainshed.sdk import run_listing

        return run_listing.of_record(workspace, workspace._api.get_run(workspace._workspace_id, run_id))

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

    def get_status(self) -> str:
        """The present status. One request."""
        return self._refresh().status.value

    def get_detailed_status(self) -> Dict[str, Any]:
        """``status`` and, in ``details``, why it is so. One request."""
        run = self._refresh()
        return {"status": run.status.value, "details": run.status_reason}

    def get_details(self) -> Dict[str, Any]:
        """Status, times, error, warnings, properties, definition and logs under v1's keys. One request."""
        from trainshed.sdk import details

        found = self._api.details(*self._at)
        self._saw(found.run)
        return details.of_run(self._api, self._workspace_id, found, self.experiment.workspace)

    def get_details_with_logs(self) -> Dict[str, Any]:
        """The same, with the logs' text in place of their addresses."""
        found = self.get_details()
        found["logFiles"] = {name: self._text_of(name) for name in found["logFiles"]}
        return found

    def _text_of(self, name: str) -> str:
        with self._api.stream_file(*self._at, name) as stream:
            return b"".join(stream).decode("utf-8", "replace")

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

    def get_portal_url(self) -> str:
        """A link to the run's page that opens it logged in, once, within 24 hours. One request."""
        from urllib.parse import quote

        return self._api.link("/runs/%s/%s" % tuple(quote(part, safe="") for part in self._at))

    @property
    def portal_url(self) -> str:
        """The run's page, for a browser that is logged in."""
        return self._page()

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
        """Write the snapshot as a ZIP file into the folder ``path`` (the current one); where it is."""
        from trainshed.contract.errors import SnapshotMissing
        from trainshed.sdk.files import archives

        wanted = snapshot_id or self.get_snapshot_id()
        if wanted is None:
            raise SnapshotMissing(snapshot_id=None)
        return archives.snapshot(self._api, self._workspace_id, wanted, path)

    # --- its life

    def start(self) -> None:
        """Mark it Running; for runs made by ``create_children``. One request."""
        from trainshed.contract.api import Ending

        self._saw(self._api.end_run(*self._at, Ending("Running")))

    def complete(self, _set_status: bool = True) -> None:
        """Mark it Completed, after its ``outputs`` are sent. In the run's own script no status is set: the script's
        end does that. Once it has ended otherwise it stays so; a line on the logger ``azureml`` says that.

        Runs below it that were never started are canceled then; those that run stay as they are.
        """
        self._wind_up()
        if _set_status and not self._is_own:
            self._end("Completed", None)

    def fail(self, error_details: Any = None, error_code: Optional[str] = None, _set_status: bool = True) -> None:
        """Mark it Failed; a submitted run's processes are ended. In the run's own script no status is set. Once it has
        ended otherwise it stays so, as with :meth:`complete`.

        Args:
            error_details: words, or an exception.
            error_code: a word for programs.
        """
        self._wind_up()
        if _set_status and not self._is_own:
            self._end("Failed", _error(error_details, error_code))

    def cancel(self) -> None:
        """Ask it to stop; returns when the status says so. After its end no effect.

        Nor has it one on what ``get_context()`` gives a script, as in v1; on the same run reached otherwise
        (``child.parent.cancel()``) it has.
        """
        if self._is_context:
            return
        from trainshed.contract.status import ENDED, RunStatus
        from trainshed.sdk.following import waiting

        self._wind_up()
        asked = self._saw(self._api.cancel_run(*self._at))
        known = ENDED | {RunStatus.CANCEL_REQUESTED, RunStatus.FINALIZING}
        self._saw(
            waiting.for_a_moment(self._api, self._workspace_id, asked, lambda run: run.status in known, _MOMENT_S)
        )

    def _end(self, status: str, error: Any) -> None:
        from trainshed.contract.api import Ending
        from trainshed.contract.errors import IllegalTransition
        from trainshed.contract.status import ENDED, RunStatus
        from trainshed.sdk.following import waiting

        try:
            if status == "Completed" and self._record.status is RunStatus.NOT_STARTED:
                self.start()
            asked = self._saw(self._api.end_run(*self._at, Ending(status, error)))
        except IllegalTransition:
            if self._refresh().status not in ENDED:
                raise
            from trainshed.sdk.notices import warn

            warn("Run %s has ended already and stays %s; it does not become %s." % (self._id, self.status, status))
            return
        self._saw(
            waiting.for_a_moment(self._api, self._workspace_id, asked, lambda run: run.status in ENDED, _MOMENT_S)
        )

    def _wind_up(self) -> None:
        """Send what this process still has of the run."""
        from trainshed.sdk.metrics.reading import OWN_POINTS_S

        outputs, self._outputs = self._outputs, None
        if outputs is not None:
            outputs.send(self)
        if context.run_id() is None:
            self._bring_points(OWN_POINTS_S)
        if not self._is_own:
            self._release_metrics()

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Wait for the run's end.

        Args:
            show_output: print the logs as they grow, and a summary; otherwise nothing is printed.
            wait_post_processing: no effect: a run has ended when everything of it is there.
            raise_on_error: raise if it failed. A canceled run raises nothing.

        Returns:
            What ``get_details`` gives.

        Raises:
            ActivityFailedException: it failed; with the error's code and the last lines of its log.
            ExperimentExecutionException: Ctrl-C while the output was shown; the run goes on.
        """
        from trainshed.sdk.following import waiting

        if show_output:
            from trainshed.sdk.following.showing import Showing

            self._saw(Showing(self._api, self._workspace_id, self._refresh(), self.get_portal_url()).show())
        else:
            self._saw(waiting.until_ended(self._api, self._workspace_id, waiting.patiently(self._refresh)))
        details = waiting.patiently(self.get_details)
        if raise_on_error:
            waiting.raise_if_failed(self._record)
        return details

    def __enter__(self) -> Run:
        from trainshed.contract.status import RunStatus

        if not self._is_own and self._record.status is RunStatus.NOT_STARTED:
            self.start()
        return self

    def __exit__(self, exit_type: Any, value: Any, traceback: Any) -> None:
        if exit_type is None or (issubclass(exit_type, SystemExit) and value.code in (None, 0)):
            self.complete()
        else:
            self.fail(error_details=value)

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

    # --- files

    def upload_file(self, name: str, path_or_stream: Any, datastore_name: Optional[str] = None) -> None:
        """Make a file one of the run's files.

        Args:
            name: its name in the run, such as ``outputs/model.pkl``.
            path_or_stream: a path, or an open file.
            datastore_name: no effect.

        Raises:
            UserErrorException: a bad name, one that is taken, or no such file; nothing is recorded then.
        """
        from trainshed.sdk.files import sending

        sending.send(self._api, *self._at, [sending.from_path_or_stream(name, path_or_stream)])

    def upload_files(
        self,
        names: Sequence[str],
        paths: Sequence[str],
        return_artifacts: bool = False,
        timeout_seconds: Optional[float] = None,
        datastore_name: Optional[str] = None,
    ) -> None:
        """The same for several files: all of them, or none. ``names`` and ``paths`` are of one length."""
        from trainshed.contract.errors import BadValue
        from trainshed.sdk.files import sending

        if len(names) != len(paths):
            raise BadValue(what="upload_files", why="%d names were given for %d paths" % (len(names), len(paths)))
        sending.send(self._api, *self._at, [sending.from_path(*pair) for pair in zip(names, paths)])

    def upload_folder(self, name: str, path: str, datastore_name: Optional[str] = None) -> None:
        """All files below a folder become the run's, below ``name``."""
        from trainshed.sdk.files import sending

        sending.send(self._api, *self._at, sending.from_folder(name, path))

    def get_file_names(self) -> List[str]:
        """The names of the run's files, sorted. One request."""
        return self._files().names()

    def download_file(
        self, name: str, output_file_path: Optional[str] = None, _validate_checksum: bool = False
    ) -> None:
        """Bring a file here; of one that is still being written, the bytes so far.

        Args:
            name: its name in the run.
            output_file_path: where to, a path or a folder; by default the current folder.

        Raises:
            FileNotInRun: there is no such file; the message names those that there are.
        """
        from trainshed.sdk.files import fetching

        fetching.one(self._files(), name, output_file_path)

    def download_files(
        self,
        prefix: Optional[str] = None,
        output_directory: Optional[str] = None,
        output_paths: Optional[Sequence[str]] = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: Optional[float] = None,
    ) -> None:
        """Bring all files whose names begin with ``prefix``.

        Args:
            prefix: by default all files.
            output_directory: where to; by default the current folder.
            output_paths: a path for each file, in the order of ``get_file_names``.
            batch_size, timeout_seconds: no effect.
            append_prefix: keep the prefix in the paths.
        """
        from trainshed.sdk.files import fetching

        fetching.many(self._files(), prefix, output_directory, output_paths, append_prefix=append_prefix)

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

    def _own_outputs(self) -> Optional[str]:
        """The folder of this computer that becomes the run's ``outputs/``, if this process writes it."""
        if self._outputs is not None:
            return self._outputs.folder
        if not self._is_own:
            return None
        import os

        from trainshed.contract import variables

        return os.environ.get(variables.OUTPUT_DIRECTORY) or os.path.abspath("outputs")

    def get_secret(self, name: str) -> str:
        """A secret of the workspace's key vault. One request. SecretNotFound: there is none of that name."""
        return self.experiment.workspace.get_default_keyvault().get_secret(name)

    def get_secrets(self, secrets: Sequence[str]) -> Dict[str, Optional[str]]:
        """Several secrets by name, None for those that are not there. One request."""
        return self.experiment.workspace.get_default_keyvault().get_secrets(secrets)

    def get_all_logs(self, destination: Optional[str] = None) -> List[str]:
        """Bring the logs into the folder ``destination``, by default one named by the run's id; where they are."""
        from trainshed.sdk import details
        from trainshed.sdk.files import fetching

        run = self._files()
        folder = destination if destination is not None else self._id
        names = [name for name in run.names() if name.startswith(details.LOGS)]
        return [fetching.one(run, name, "%s/%s" % (folder, name)) for name in names]

    def _files(self) -> fetching.Run:
        from trainshed.sdk.files import fetching

        return fetching.Run(self._api, *self._at)

    def _get_outputs_datapath(self) -> str:
        """The folder whose files become the run's ``outputs/``."""
        import os

        if self._outputs is not None:
            return self._outputs.folder
        return os.path.abspath("outputs")

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


def _error(details: Any, code: Optional[str]) -> Any:
    from trainshed.contract.records import RunError

    if isinstance(details, BaseException):
        import traceback

        frames = traceback.format_exception(type(details), details, details.__traceback__)
        message = "%s: %s" % (type(details).__name__, details)
        return RunError(str(code or "user"), message, {"traceback": "".join(frames)})
    message = "The run was marked as failed." if details is None else str(details)
    return RunError(str(code or "user"), message)
