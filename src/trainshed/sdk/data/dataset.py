"""``Dataset``: where datasets are made and found.

Follows: azureml.core.Dataset (1.62). Known difference: what v1 itself had retired (``Dataset.from_delimited_files``,
definitions, snapshots, profiles) is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, List, Optional, Type

from trainshed.contract.errors import BadValue
from trainshed.sdk.data.abstract_dataset import AbstractDataset
from trainshed.sdk.data.factory import FileDatasetFactory, LaterTabular

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace


class Dataset:
    """The doors to datasets. It is never made itself."""

    File: ClassVar[Type[FileDatasetFactory]] = FileDatasetFactory
    Tabular: ClassVar[Any] = LaterTabular()

    @staticmethod
    def get(workspace: Workspace, name: Optional[str] = None, id: Optional[str] = None) -> Any:
        """The older way of :meth:`get_by_name` and :meth:`get_by_id`. One request; DatasetNotFound."""
        if (name is None) == (id is None):
            raise BadValue(what="Dataset.get", why="give either a name or an id")
        if id is not None:
            return AbstractDataset.get_by_id(workspace, id)
        return AbstractDataset.get_by_name(workspace, str(name))

    @staticmethod
    def list(workspace: Workspace) -> List[Any]:
        """The newest version of each registered dataset. One request."""
        return [*AbstractDataset.get_all(workspace).values()]

    get_by_name = staticmethod(AbstractDataset.get_by_name)
    get_by_id = staticmethod(AbstractDataset.get_by_id)
    get_all = staticmethod(AbstractDataset.get_all)
