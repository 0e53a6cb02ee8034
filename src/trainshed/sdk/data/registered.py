"""Datasets as the server knows them, found by name, id, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Union

from trainshed.contract.data_records import FILE_DATASET, DatasetRecord
from trainshed.contract.errors import BadValue, ComesLater
from trainshed.contract.frozen import replace
from trainshed.sdk.data.file_dataset import FileDataset

if TYPE_CHECKING:
    from trainshed.contract.spec import DataInput
    from trainshed.sdk.workspace import Workspace


def of_record(workspace: Workspace, record: DatasetRecord) -> FileDataset:
    """The dataset of a record."""
    if record.definition.kind != FILE_DATASET:
        raise ComesLater(what="A dataset of kind %r" % record.definition.kind, instead="Use a file dataset.")
    return FileDataset._make(record.definition.paths, record.definition.steps, None, workspace, record)


def by_name(workspace: Workspace, name: str, version: Union[int, str, None] = "latest") -> FileDataset:
    """One request; DatasetNotFound."""
    number = None
    if version not in ("latest", None):
        if isinstance(version, bool) or not str(version).isdigit():
            raise BadValue(what="version %r" % (version,), why="give a number, or 'latest'")
        number = int(version)
    return of_record(workspace, workspace._api.data.dataset_by_name(workspace._workspace_id, str(name), number))


def by_id(workspace: Workspace, dataset_id: str) -> FileDataset:
    """One request; DatasetNotFound."""
    return of_record(workspace, workspace._api.data.dataset(workspace._workspace_id, str(dataset_id)))


def all_of(workspace: Workspace) -> Dict[str, Any]:
    """The newest version of each name. One request."""
    page = workspace._api.data.datasets(workspace._workspace_id)
    return {str(record.name): of_record(workspace, record) for record in page.datasets}


def of_input(workspace: Workspace, given: DataInput) -> FileDataset:
    """The dataset that a run was given, as its spec froze it. No request."""
    facts = given.reference
    paths = [replace(path, root="") if path.datastore else path for path in given.paths]
    made = FileDataset._make(paths, given.steps, None, workspace)
    made._stores = {path.datastore: _Frozen(path.root) for path in given.paths if path.datastore}
    dataset_id = facts.get("dataset_id")
    if dataset_id:
        from trainshed.contract.wire import now, parse_time

        at = facts.get("created_at")
        made._record = DatasetRecord(
            str(dataset_id),
            made._definition,
            parse_time(at) if at else now(),
            name=facts.get("name"),
            version=facts.get("version"),
        )
    return made


class _Frozen:
    """A datastore where it lay when the run was submitted."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
