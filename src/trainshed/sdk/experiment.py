"""Experiments: where runs are submitted to, started, and found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional

from trainshed.contract.errors import ExperimentNotFound
from trainshed.contract.names import check_experiment_name
from trainshed.sdk import context

if TYPE_CHECKING:
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace


class Experiment:
    """A name under which runs are gathered. It comes to be with its first run; making the object asks nobody.

    Args:
        workspace: where.
        name: 1 to 255 letters, digits, ``_`` and ``-``, a letter or digit first.

    Raises:
        UserErrorException: the name is not allowed.

    Follows: azureml.core.Experiment.
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
        self._workspace = workspace
        self._name = name if _skip_name_validation else check_experiment_name(name)

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

    def submit(self, config: Any, tags: Optional[Dict[str, str]] = None, **kwargs: Any) -> Run:
        """Queue a run. Everything is read and frozen now: later changes to the object or the folder touch no earlier
        run.

        Args:
            config: a ScriptRunConfig.
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
            UserErrorException: ``snapshot_directory`` cannot be recorded; no run is made then.
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

    @staticmethod
    def list(
        workspace: Workspace, experiment_name: Optional[str] = None, view_type: str = "ActiveOnly", tags: Any = None
    ) -> List[Experiment]:
        """The workspace's experiments, by name. One request."""
        found = [Experiment(workspace, view.name) for view in workspace._api.experiments(workspace._workspace_id)]
        return [experiment for experiment in found if experiment_name in (None, experiment.name)]

    def refresh(self) -> None:
        """See that the server has it. One request. ExperimentNotFound: it has had no run yet."""
        known = [experiment.name for experiment in Experiment.list(self._workspace)]
        if self._name not in known:
            raise ExperimentNotFound(
                workspace=self._workspace.name, experiment=self._name, known=", ".join(known) or "none"
            )

    def get_portal_url(self) -> str:
        """A link to the experiment's runs that opens the page logged in, once, within 24 hours. One request."""
        from urllib.parse import urlencode

        query = urlencode({"workspace": self._workspace._workspace_id, "experiment": self._name})
        return self._workspace._api.link("/?" + query)

    @property
    def portal_url(self) -> str:
        """The page of the experiment's runs, for a browser that is logged in."""
        from urllib.parse import urlencode

        from trainshed.sdk.servers import web_address

        query = urlencode({"workspace": self._workspace._workspace_id, "experiment": self._name})
        return web_address(self._workspace._api) + "/?" + query

    def __str__(self) -> str:
        return self.__repr__()

    def __repr__(self) -> str:
        return "Experiment(Name: %s, Workspace: %s)" % (self._name, self._workspace.name)

    def _repr_html_(self) -> str:
        from trainshed.sdk.notebook import table

        return table([("Name", self._name), ("Workspace", self._workspace.name)], link=("Page", self.portal_url))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Experiment):
            return NotImplemented
        return (self._name, self._workspace) == (other._name, other._workspace)

    def __hash__(self) -> int:
        return hash((self._name, self._workspace))


class ViewType:
    """Which experiments a list names.

    Follows: azureml.core.experiment.ViewType. Experiments are not archived yet: all of them are active.
    """

    ActiveOnly = "ActiveOnly"
    ArchivedOnly = "ArchivedOnly"
    All = "All"
