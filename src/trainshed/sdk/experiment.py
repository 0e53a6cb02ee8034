"""Experiments: where runs are submitted to, started, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

from trainshed.contract.names import check_experiment_name
from trainshed.sdk import context
from trainshed.sdk.workspace_argument import check_workspace

if TYPE_CHECKING:
    from datetime import datetime

    from trainshed.contract.history import ExperimentPatch, ExperimentView
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace


class Experiment:
    """A name under which runs are gathered. It comes to be with its first run; making the object asks nobody.

    Args:
        workspace: where.
        name: 1 to 255 letters, digits, ``_`` and ``-``, a letter or digit first.

    Raises:
        UserErrorException: the name is not allowed, or ``workspace`` is none.

    Follows: azureml.core.Experiment. A run in an archived experiment makes it active again; v1 began a second one
    of the same name.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        _skip_name_validation: bool = False,
        _id: Optional[str] = None,
        _archived_time: Any = None,
        _create_in_cloud: bool = True,
        _experiment_dto: Any = None,
        **kwargs: Any,
    ) -> None:
        check_workspace(workspace, "Experiment")
        self._workspace = workspace
        self._name = name if _skip_name_validation else check_experiment_name(name)
        self._seen: Optional[ExperimentView] = None

    @classmethod
    def _of_view(cls, workspace: Workspace, view: ExperimentView) -> Experiment:
        made = cls(workspace, view.name, _skip_name_validation=True)
        made._seen = view
        return made

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self._name

    @property
    def id(self) -> str:
        """Names are unique within a workspace: the name."""
        return self._name

    @property
    def workspace(self) -> Workspace:
        """The workspace it belongs to."""
        return self._workspace

    @property
    def workspace_object(self) -> Workspace:
        """v1's older name of :attr:`workspace`."""
        return self._workspace

    @property
    def identity(self) -> str:
        """``Experiment#<name>``, as v1's log lines name it."""
        return "Experiment#%s" % self._name

    @property
    def tags(self) -> Dict[str, Optional[str]]:
        """The tags as last seen. Asks once if nothing was seen yet; empty for an experiment without a run."""
        return dict(self._view.tags)

    @property
    def archived_time(self) -> Optional[datetime]:
        """When it was archived, aware UTC; None for an active one. Asks once if nothing was seen yet."""
        return self._view.archived_at

    @property
    def _view(self) -> ExperimentView:
        if self._seen is None:
            from trainshed.sdk import experiments

            self._seen = experiments.view_or_empty(self._workspace, self._name)
        return self._seen

    def submit(self, config: Any, tags: Optional[Dict[str, str]] = None, **kwargs: Any) -> Run:
        """Queue a run. Everything is read and frozen now: later changes to the object or the folder touch no earlier
        run.

        Args:
            config: a ScriptRunConfig or an Estimator.
            tags: of the run.
            kwargs: ``run_id``, and what the kind of configuration allows to be overridden.

        Raises:
            AzureMLException: whatever is wrong with it, before anything is queued.
        """
        # A run's token makes runs below its own only.
        return self._submit(config, tags, **{"parent_id": context.run_id(), **kwargs})

    def _submit(self, config: Any, tags: Optional[Dict[str, str]], **more: Any) -> Run:
        from trainshed.sdk import run_listing, submission

        record = submission.submit(self, config, tags, **more)
        return run_listing.of_record(self._workspace, record, self)

    def start_logging(
        self,
        outputs: Any = None,
        snapshot_directory: Optional[str] = ".",
        *,
        display_name: Optional[str] = None,
        run_id: Optional[str] = None,
        **kwargs: Any,
    ) -> Run:
        """Start a run of the notebook: what is logged to it is sent in the background.

        Args:
            outputs: a folder whose new and changed files become the run's ``outputs/`` when it is completed; by
                default ``outputs`` in the current folder (made if it is not there), False for none.
            snapshot_directory: the folder that is recorded as the run's source; None for none.
            display_name: a name for people.
            run_id: its id; made up if None.

        Raises:
            UserErrorException: ``snapshot_directory`` cannot be recorded, or ``outputs`` cannot be a folder; no run is
                made then.
        """
        from trainshed.sdk import interactive

        more = {"name": display_name or kwargs.get("name"), "run_id": run_id, "parent_id": context.run_id()}
        return interactive.start(self, outputs, snapshot_directory, **more)

    def get_runs(
        self, type: Optional[str] = None, tags: Any = None, properties: Any = None, include_children: bool = False
    ) -> Iterator[Run]:
        """The runs, newest first; asked for as they are taken. See ``Run.list``."""
        from trainshed.sdk import run_listing

        return run_listing.runs(
            self._workspace, self, tags=tags, properties=properties, type=type, include_children=include_children
        )

    # --- kept about it

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Set a tag; a second value replaces the first. One request."""
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags; values become strings. One request."""
        from trainshed.contract.history import ExperimentPatch
        from trainshed.sdk.labels import tag_values

        self._patch(ExperimentPatch(set_tags=tag_values(tags)))

    def remove_tags(self, tags: Union[str, Iterable[str]]) -> None:
        """Remove tags by key; one that is not there is no error. One request."""
        from trainshed.contract.history import ExperimentPatch

        self._patch(ExperimentPatch(remove_tags=(tags,) if isinstance(tags, str) else tuple(map(str, tags))))

    def archive(self) -> None:
        """Take it out of the lists; its runs stay, and are found by id. One request."""
        from trainshed.contract.history import ExperimentPatch

        self._patch(ExperimentPatch(archived=True))

    def reactivate(self, new_name: Optional[str] = None) -> None:
        """Bring it back into the lists. One request.

        Args:
            new_name: its name from now on, and that of its runs.

        Raises:
            UserErrorException: an experiment of the new name exists.
        """
        from trainshed.contract.history import ExperimentPatch

        self._patch(ExperimentPatch(archived=False, new_name=new_name))

    def _patch(self, patch: ExperimentPatch) -> None:
        from trainshed.sdk import experiments

        self._seen = experiments.patched(self._workspace, self._name, patch)
        self._name = self._seen.name

    def refresh(self) -> None:
        """See anew what the server keeps about it. One request. ExperimentNotFound: it has had no run yet."""
        self._seen = self._workspace._api.history.experiment(self._workspace._workspace_id, self._name)

    @staticmethod
    def list(
        workspace: Workspace, experiment_name: Optional[str] = None, view_type: str = "ActiveOnly", tags: Any = None
    ) -> List[Experiment]:
        """The workspace's experiments, by name. One request.

        Args:
            workspace: where.
            experiment_name: only the one of this name.
            view_type: one of :class:`ViewType`.
            tags: a key, or a dict of keys and values, that it must have.
        """
        from trainshed.sdk.labels import words

        found = workspace._api.history.experiments(
            workspace._workspace_id, view=view_type, name=experiment_name, tags=words("tags", tags)
        )
        return [Experiment._of_view(workspace, view) for view in found]

    @staticmethod
    def delete(workspace: Workspace, experiment_id: str) -> None:
        """Remove an experiment that has no runs. One request.

        Args:
            workspace: where.
            experiment_id: :attr:`id`.

        Raises:
            UserErrorException: it has runs, or there is none.

        Follows: azureml.core.Experiment.delete (SDK 1.62).
        """
        workspace._api.history.remove_experiment(workspace._workspace_id, experiment_id)

    @staticmethod
    def from_directory(path: str, auth: Any = None) -> Experiment:
        """The experiment that a project folder of old belongs to: its ``project.json`` or ``config.json`` names one.

        Raises:
            UserErrorException: there is no such file in ``path`` or above, or it names a workspace only.
        """
        from trainshed.sdk import experiments

        return experiments.of_directory(path, auth)

    @classmethod
    def get_docs_url(cls) -> str:
        """v1's reference page."""
        from trainshed.sdk import reference

        return reference.page(cls)

    def get_portal_url(self) -> str:
        """A link to the experiment's runs that opens the page logged in, once, within 24 hours. One request."""
        from urllib.parse import urlencode

        query = urlencode({"workspace": self._workspace._workspace_id, "experiment": self._name})
        return self._workspace._api.link("/runs?" + query)

    @property
    def portal_url(self) -> str:
        """The page of the experiment's runs, for a browser that is logged in."""
        from urllib.parse import urlencode

        from trainshed.sdk.servers import web_address

        query = urlencode({"workspace": self._workspace._workspace_id, "experiment": self._name})
        return web_address(self._workspace._api) + "/runs?" + query

    def __str__(self) -> str:
        return self.__repr__()

    def __repr__(self) -> str:
        return "Experiment(Name: %s, Workspace: %s)" % (self._name, self._workspace.name)

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_experiment(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Experiment):
            return NotImplemented
        return (self._name, self._workspace) == (other._name, other._workspace)

    def __hash__(self) -> int:
        return hash((self._name, self._workspace))


class ViewType:
    """Which experiments a list names.

    Follows: azureml.core.experiment.ViewType.
    """

    ActiveOnly = "ActiveOnly"
    ArchivedOnly = "ArchivedOnly"
    All = "All"
