"""What a run is: its names, its place, its tags and properties. The base of :class:`trainshed.sdk.run.Run`.

Imported by every script, so it imports next to nothing: the record, the client and whatever else come at first use.
"""

from __future__ import annotations

from trainshed.sdk import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Mapping, Optional, Tuple, Union

    from trainshed.client.api import Api
    from trainshed.contract.api import RunPatch
    from trainshed.contract.records import RunRecord
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.run import Run


class RunIdentity:
    """A run as its record tells it. Properties answer from what was seen last; methods that ask say so."""

    _id: str
    _seen: Optional[RunRecord]
    _experiment: Optional[Experiment]
    _workspace_id: str
    _api_made: Optional[Api]

    def _take(self, api: Optional[Api], experiment: Optional[Experiment], workspace_id: str, run_id: str) -> None:
        self._id = run_id
        self._seen = None
        self._experiment = experiment
        self._workspace_id = workspace_id
        self._api_made = api

    # --- what is in hand

    @property
    def _api(self) -> Api:
        if self._api_made is None:
            from trainshed.client.api import Api

            self._api_made = Api(context.client())
        return self._api_made

    @property
    def _at(self) -> Tuple[str, str]:
        """Where the server knows the run."""
        return self._workspace_id, self._id

    @property
    def _record(self) -> RunRecord:
        """The record as last seen; asked for if none was seen yet."""
        return self._seen if self._seen is not None else self._refresh()

    def _refresh(self) -> RunRecord:
        return self._saw(self._api.get_run(*self._at))

    def _saw(self, record: RunRecord) -> RunRecord:
        self._seen = record
        return record

    @property
    def _is_own(self) -> bool:
        """Is it the submitted run that this process belongs to?"""
        return context.run_id() == self._id

    # --- v1's properties

    @property
    def id(self) -> str:
        """``<experiment>_<epoch seconds>_<8 hex>``, or what was chosen."""
        return self._id

    @property
    def name(self) -> Optional[str]:
        """The name given to a child run; it need not be unique."""
        return self._record.name

    @property
    def display_name(self) -> Optional[str]:
        """What people read: the name, or the id where there is none. Setting it takes a request."""
        return self._record.name or self._id

    @display_name.setter
    def display_name(self, value: str) -> None:
        from trainshed.contract.api import RunPatch

        self._patch(RunPatch(name=str(value)))

    @property
    def description(self) -> Optional[str]:
        """Free text. Setting it takes a request."""
        return self._record.description

    @description.setter
    def description(self, value: str) -> None:
        from trainshed.contract.api import RunPatch

        self._patch(RunPatch(description=str(value)))

    @property
    def number(self) -> int:
        """Counts from 1 within the experiment."""
        return self._record.number

    @property
    def type(self) -> Optional[str]:
        """``azureml.scriptrun`` for a submitted script; None for a run of the notebook."""
        return self._record.type

    @property
    def status(self) -> str:
        """The status as last seen; ``get_status()`` asks anew."""
        return self._record.status.value

    @property
    def experiment(self) -> Experiment:
        """The run's experiment. No request."""
        if self._experiment is None:
            from trainshed.sdk.experiment import Experiment
            from trainshed.sdk.workspace import Workspace

            self._experiment = Experiment(Workspace._of_run(), context.experiment_name())
        return self._experiment

    @property
    def input_datasets(self) -> Mapping[str, Any]:
        """What the run was given, by the names of its inputs: within the run the folder (or the file) of one that is
        mounted or downloaded, else the dataset. Within the run a request is made for datasets only.
        """
        from trainshed.sdk.data.given import InputDatasets

        return InputDatasets(self)

    @property
    def parent(self) -> Optional[Run]:
        """The run above, None if there is none. One request."""
        parent_id = self._record.parent_id
        if parent_id is None:
            return None
        from trainshed.sdk import run_listing

        return run_listing.of_record(self.experiment.workspace, self._api.get_run(self._workspace_id, parent_id))

    @property
    def tags(self) -> Dict[str, Optional[str]]:
        """The tags as last seen; ``get_tags()`` asks anew."""
        return dict(self._record.tags)

    @property
    def properties(self) -> Dict[str, str]:
        """The properties as last seen; ``get_properties()`` asks anew."""
        return dict(self._record.properties)

    @property
    def identity(self) -> str:
        """``Run#<id>``, as v1's log lines name it."""
        return "Run#%s" % self._id

    # --- tags and properties

    def tag(self, key: str, value: Optional[str] = None) -> None:
        """Set a tag; a second value replaces the first. One request.

        Args:
            key: any text.
            value: made a string; None: the tag is there, and has no value.
        """
        self.set_tags({key: value})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags. One request."""
        from trainshed.contract.api import RunPatch
        from trainshed.sdk.labels import tag_values

        self._patch(RunPatch(set_tags=tag_values(tags)))

    def get_tags(self) -> Dict[str, Optional[str]]:
        """The present tags. One request."""
        return dict(self._refresh().tags)

    def remove_tags(self, tags: Union[str, Iterable[str]]) -> None:
        """Remove tags by key; one that is not there is no error. One request."""
        from trainshed.contract.api import RunPatch

        keys = (tags,) if isinstance(tags, str) else tuple(str(tag) for tag in tags)
        self._patch(RunPatch(remove_tags=keys))

    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties, all or none. One request.

        Raises:
            PropertyExists: one has another value already; properties keep their first value.
        """
        from trainshed.contract.api import RunPatch
        from trainshed.sdk.labels import mapping

        values = {str(key): str(value) for key, value in mapping("properties", properties).items()}
        self._patch(RunPatch(add_properties=values))

    def get_properties(self) -> Dict[str, str]:
        """The present properties. One request."""
        return dict(self._refresh().properties)

    def _patch(self, patch: RunPatch) -> None:
        self._saw(self._api.patch_run(*self._at, patch))

    # --- words

    @classmethod
    def get_docs_url(cls) -> str:
        """v1's reference page."""
        from trainshed.sdk import reference

        return reference.page(cls)

    def __str__(self) -> str:
        return self.__repr__()

    def __repr__(self) -> str:
        experiment = context.experiment_name() if self._experiment is None else self._experiment.name
        words = [("Experiment", experiment), ("Id", self._id)]
        words += [("Type", self._record.type), ("Status", self._record.status.value)]  # type: ignore[list-item]
        return "Run(%s)" % ", ".join("%s: %s" % pair for pair in words)

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_run(self)  # type: ignore[arg-type]  # the base of Run alone

    def _page(self) -> str:
        """The run's page, for somebody who is logged in."""
        from urllib.parse import quote

        from trainshed.sdk.servers import web_address

        where = tuple(quote(part, safe="") for part in self._at)
        return web_address(self._api) + "/runs/%s/%s" % where

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunIdentity):
            return NotImplemented
        return self._at == other._at

    def __hash__(self) -> int:
        return hash(self._at)
