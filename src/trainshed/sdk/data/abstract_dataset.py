"""What every dataset is: a definition that reads nothing until it is asked to, and perhaps a name and a version.

Follows: azureml.data.abstract_dataset.AbstractDataset (1.62). Known differences: tabular datasets come in a later
release; ``partition_keys`` and what goes with it are missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Mapping, Optional, Sequence, Type, TypeVar, Union

from trainshed.contract.data_records import (
    DatasetAsk,
    DatasetDefinition,
    DatasetPatch,
    DatasetRecord,
    check_dataset_name,
)
from trainshed.contract.errors import BadValue
from trainshed.contract.spec import DataPath, DataStep
from trainshed.sdk.data.factory import FileDatasetFactory, LaterTabular
from trainshed.sdk.workspace_argument import check_workspace

if TYPE_CHECKING:
    from datetime import datetime

    from trainshed.sdk.data.consumption import DatasetConsumptionConfig
    from trainshed.sdk.workspace import Workspace

_Self = TypeVar("_Self", bound="AbstractDataset")


class AbstractDataset:
    """Made by ``Dataset.File.from_files``, ``Dataset.get_by_name`` and their like, never by its constructor."""

    File: ClassVar[Type[FileDatasetFactory]] = FileDatasetFactory
    Tabular: ClassVar[Any] = LaterTabular()

    _paths: Sequence[DataPath]
    _steps: Sequence[DataStep]
    _stores: Mapping[str, Any]
    _workspace: Optional[Workspace]
    _record: Optional[DatasetRecord]

    def __init__(self) -> None:
        self._paths, self._steps, self._stores = (), (), {}
        self._workspace, self._record = None, None

    @classmethod
    def _make(
        cls: Type[_Self],
        paths: Sequence[DataPath],
        steps: Sequence[DataStep] = (),
        stores: Optional[Mapping[str, Any]] = None,
        workspace: Optional[Workspace] = None,
        record: Optional[DatasetRecord] = None,
    ) -> _Self:
        made = cls.__new__(cls)
        made._paths, made._steps, made._stores = tuple(paths), tuple(steps), dict(stores or {})
        made._workspace, made._record = workspace, record
        return made

    # --- what it is

    @property
    def id(self) -> Optional[str]:
        """Its id on the server; None while nothing has kept it."""
        return None if self._record is None else self._record.id

    @property
    def name(self) -> Optional[str]:
        """Under which it is registered, or None."""
        return None if self._record is None else self._record.name

    @property
    def version(self) -> Optional[int]:
        """Of its name, from 1, or None."""
        return None if self._record is None else self._record.version

    @property
    def description(self) -> Optional[str]:
        """Of the registered version."""
        return None if self._record is None else self._record.description

    @property
    def tags(self) -> Optional[Dict[str, str]]:
        """Of the registered version; None for what is not registered."""
        return None if self._record is None or self._record.name is None else dict(self._record.tags)

    @property
    def data_changed_time(self) -> Optional[datetime]:
        """When the newest of its files was changed, aware UTC; None if that cannot be told (URLs, no files)."""
        import os
        from datetime import datetime, timezone

        from trainshed.contract.data_files import find
        from trainshed.sdk.data.places import telling

        paths = self._rooted()
        with telling("read"):
            files = [file.source for file in find(paths, self._steps).files if os.path.isabs(file.source)]
            times = [os.stat(file).st_mtime for file in files]
        return datetime.fromtimestamp(max(times), timezone.utc) if times else None

    @property
    def _definition(self) -> DatasetDefinition:
        return DatasetDefinition(paths=tuple(self._paths), steps=tuple(self._steps))

    def _rooted(self) -> List[DataPath]:
        from trainshed.sdk.data.places import with_roots

        return with_roots(self._paths, self._stores, self._workspace)

    # --- found

    @staticmethod
    def get_by_name(workspace: Workspace, name: str, version: Union[int, str] = "latest", **kwargs: Any) -> Any:
        """A registered dataset. One request.

        Args:
            version: a number, or ``latest``.

        Raises:
            DatasetNotFound: tells which there are.
        """
        return registry().by_name(workspace, name, version)

    @staticmethod
    def get_by_id(workspace: Workspace, id: str, **kwargs: Any) -> Any:
        """A dataset by its id. One request; DatasetNotFound."""
        return registry().by_id(workspace, id)

    @staticmethod
    def get_all(workspace: Workspace) -> Dict[str, Any]:
        """The newest version of each registered dataset, by name. One request."""
        found: Dict[str, Any] = registry().all_of(workspace)
        return found

    # --- given to a run

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """To be given to a run under a name; a script finds it as ``run.input_datasets[name]``.

        Raises:
            BadValue: the name is not ``^[a-zA-Z_]+[a-zA-Z0-9_]*$``.
        """
        from trainshed.sdk.data.consumption import DatasetConsumptionConfig

        return DatasetConsumptionConfig(name, self)

    # --- registered

    def register(
        self: _Self,
        workspace: Workspace,
        name: str,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        create_new_version: bool = False,
    ) -> _Self:
        """Give it a name. The same definition under the same name stays the same version. One request.

        Args:
            description, tags: of the version.
            create_new_version: the name may be taken by another definition.

        Returns:
            The registered dataset; this one stays as it is.

        Raises:
            DatasetExists: the name is taken by another definition.
            UserErrorException: no dataset can have that name.
        """
        check_workspace(workspace, "register")
        check_dataset_name(name)
        ask = DatasetAsk(self._definition, name, description, _texts(tags), create_new_version=bool(create_new_version))
        record = workspace._api.data.keep_dataset(workspace._workspace_id, ask)
        return self._make(self._paths, self._steps, self._stores, workspace, record)

    def update(self: _Self, description: Optional[str] = None, tags: Optional[Dict[str, str]] = None) -> _Self:
        """Replace description and tags of the registered version; None leaves one as it is. One request."""
        removed = () if tags is None else tuple(name for name in self.tags or {} if name not in tags)
        return self._patch(DatasetPatch(description, _texts(tags), removed))

    def add_tags(self: _Self, tags: Optional[Dict[str, str]] = None) -> _Self:
        """Add tags to the registered version, or change them. One request."""
        return self._patch(DatasetPatch(set_tags=_texts(tags)))

    def remove_tags(self: _Self, tags: Optional[List[str]] = None) -> _Self:
        """Remove tags of the registered version, by key. One request."""
        return self._patch(DatasetPatch(remove_tags=tuple(str(tag) for tag in tags or ())))

    def unregister_all_versions(self) -> None:
        """Take all versions of its name back; runs that were given one keep it. One request."""
        record, workspace = self._registered()
        workspace._api.data.unregister_dataset(workspace._workspace_id, str(record.name))
        self._record = None

    def _patch(self: _Self, patch: DatasetPatch) -> _Self:
        record, workspace = self._registered()
        self._record = workspace._api.data.patch_dataset(workspace._workspace_id, record.id, patch)
        return self

    def _registered(self) -> Any:
        if self._record is None or self._record.name is None or self._workspace is None:
            raise BadValue(what="this dataset", why="it is not registered; call register(workspace, name) first")
        return self._record, self._workspace

    def _kept(self, workspace: Workspace) -> DatasetRecord:
        """Its record on the server; one request if nothing has kept it yet."""
        if self._record is None or self._workspace != workspace:
            self._record = workspace._api.data.keep_dataset(workspace._workspace_id, DatasetAsk(self._definition))
            self._workspace = workspace
        return self._record

    # --- words

    def _sources(self) -> List[str]:
        return [
            "('%s', '%s')" % (path.datastore, path.pattern) if path.datastore else _address(path)
            for path in self._paths
        ]

    def __str__(self) -> str:
        steps = [step.kind.capitalize() for step in self._steps]
        words: Dict[str, Any] = {"source": self._sources(), "definition": ["GetFiles", *steps]}
        if self._record is not None and self._record.name is not None:
            words["registration"] = {"id": self.id, "name": self.name, "version": self.version}
            words["registration"].update({"description": self.description, "tags": self.tags})
            words["registration"]["workspace"] = repr(self._workspace)
        return "%s\n%s" % (type(self).__name__, json.dumps(words, indent=2))

    def __repr__(self) -> str:
        return self.__str__()

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_dataset(self)


def registry() -> Any:
    """Loaded late: it knows the classes that derive from this one."""
    from trainshed.sdk.data import registered

    return registered


def _address(path: DataPath) -> str:
    return path.root if path.kind == "url" else "%s/%s" % (path.root.rstrip("/"), path.pattern)


def _texts(tags: Optional[Mapping[str, Any]]) -> Dict[str, str]:
    if tags is None:
        return {}
    if not isinstance(tags, Mapping):
        raise BadValue(what="tags %r" % (tags,), why="give a dict such as {'stage': 'test'}")
    return {str(key): str(value) for key, value in tags.items()}
