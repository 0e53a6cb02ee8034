"""References to paths of a datastore, as code before datasets used them.

Follows: azureml.data.data_reference.DataReference, azureml.data.datapath (1.62).
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.data.stores import AbstractDatastore
from trainshed.sdk.data.transfer import folder_in

if TYPE_CHECKING:
    from trainshed.sdk.configuration.data import DataReferenceConfiguration

MODES = ("mount", "download", "upload")
#: A variable of this name, and the reference's behind it, holds the path in the script's environment.
VARIABLE = "AZUREML_DATAREFERENCE_"
_NAME = re.compile(r"[A-Za-z0-9_]+")


def new_reference_name() -> str:
    """32 random hex digits."""
    import uuid

    return uuid.uuid4().hex


class DataReference:
    """A path of a datastore, and how a script is to get at it.

    As an argument it becomes ``$AZUREML_DATAREFERENCE_<name>``, which is replaced on the node.

    Args:
        datastore: where it lies.
        data_reference_name: letters, digits and ``_``; the datastore's name when None.
        path_on_datastore: of a file or folder; everything when None.
        mode: ``mount`` (in place; the script may write to it), ``download`` or ``upload`` (at the run's end).
        path_on_compute: where the script expects it.
        overwrite: whether a download or an upload may replace files.
    """

    def __init__(
        self,
        datastore: Any,
        data_reference_name: Optional[str] = None,
        path_on_datastore: Optional[str] = None,
        mode: str = "mount",
        path_on_compute: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        if not isinstance(datastore, AbstractDatastore):
            raise BadValue(
                what="datastore %r" % (datastore,), why="give a datastore, such as ws.get_default_datastore()"
            )
        name = data_reference_name or datastore.name.replace("-", "_")
        if not _NAME.fullmatch(name):
            raise BadValue(what="data_reference_name %r" % name, why="use letters, digits and '_'")
        if mode not in MODES:
            raise BadValue(what="mode %r" % (mode,), why="use one of %s" % ", ".join(MODES))
        self.datastore = datastore
        self.data_reference_name = name
        self.path_on_datastore = (
            None if path_on_datastore is None else folder_in("path_on_datastore", path_on_datastore)
        )
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite
        self._only_read = False

    @staticmethod
    def create(
        data_reference_name: Optional[str] = None,
        datapath: Optional[DataPath] = None,
        datapath_compute_binding: Optional[DataPathComputeBinding] = None,
    ) -> DataReference:
        """Of a DataPath and a binding."""
        if datapath is None or datapath._datastore is None:
            raise BadValue(what="datapath %r" % (datapath,), why="give a DataPath with a datastore")
        binding = datapath_compute_binding or DataPathComputeBinding()
        return DataReference(
            datapath._datastore,
            data_reference_name,
            datapath.path_on_datastore,
            binding._mode,
            binding._path_on_compute,
            binding._overwrite,
        )

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> DataReference:
        """A path below this one."""
        whole = "/".join(part for part in (self.path_on_datastore, path) if part)
        return self._with(
            path_on_datastore=folder_in("path", whole) or None,
            data_reference_name=data_reference_name or new_reference_name(),
        )

    def as_download(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> DataReference:
        """The same, copied to the node before the script starts."""
        return self._with(mode="download", path_on_compute=path_on_compute, overwrite=overwrite)

    def as_upload(self, path_on_compute: Optional[str] = None, overwrite: bool = False) -> DataReference:
        """The same, filled at the run's end with what the script wrote to ``path_on_compute``."""
        return self._with(mode="upload", path_on_compute=path_on_compute, overwrite=overwrite)

    def as_mount(self) -> DataReference:
        """The same, in place."""
        return self._with(mode="mount")

    def _with(self, **changes: Any) -> DataReference:
        made = copy.copy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made

    def to_config(self) -> DataReferenceConfiguration:
        """As ``run_config.data_references[name]`` holds it."""
        from trainshed.sdk.configuration.data import DataReferenceConfiguration

        return DataReferenceConfiguration(
            self.datastore.name, self.mode, self.path_on_datastore, self.path_on_compute, bool(self.overwrite)
        )

    def __str__(self) -> str:
        return "$" + VARIABLE + self.data_reference_name

    def __repr__(self) -> str:
        return self.__str__()


class DataPath:
    """A path of a datastore.

    Args:
        datastore: where it lies.
        path_on_datastore: relative, with wildcards if need be.
        name: of the path, for people.
    """

    def __init__(
        self, datastore: Any = None, path_on_datastore: Optional[str] = None, name: Optional[str] = None
    ) -> None:
        if datastore is not None and not isinstance(datastore, AbstractDatastore):
            raise BadValue(
                what="datastore %r" % (datastore,), why="give a datastore, such as ws.get_default_datastore()"
            )
        self._datastore = datastore
        self._path_on_datastore = path_on_datastore
        self._name = name

    @property
    def datastore_name(self) -> Optional[str]:
        """The datastore's name."""
        return None if self._datastore is None else self._datastore.name

    @property
    def path_on_datastore(self) -> Optional[str]:
        """The path in the datastore."""
        return self._path_on_datastore

    def create_data_reference(
        self,
        data_reference_name: Optional[str] = None,
        datapath_compute_binding: Optional[DataPathComputeBinding] = None,
    ) -> DataReference:
        """A reference to this path."""
        return DataReference.create(data_reference_name or self._name, self, datapath_compute_binding)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPath:
        """The path of a reference."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore, data_reference.data_reference_name)

    def __repr__(self) -> str:
        return "DataPath(%r, %r)" % (self.datastore_name, self._path_on_datastore)


class DataPathComputeBinding:
    """How a path is brought to a node: ``mode``, ``path_on_compute`` and ``overwrite`` of a DataReference."""

    def __init__(self, mode: str = "mount", path_on_compute: Optional[str] = None, overwrite: bool = False) -> None:
        if mode not in MODES:
            raise BadValue(what="mode %r" % (mode,), why="use one of %s" % ", ".join(MODES))
        self._mode = mode
        self._path_on_compute = path_on_compute
        self._overwrite = overwrite

    def create_data_reference(
        self, data_reference_name: Optional[str] = None, datapath: Optional[DataPath] = None
    ) -> DataReference:
        """A reference to a path, bound so."""
        return DataReference.create(data_reference_name, datapath, self)

    @staticmethod
    def create_from_data_reference(data_reference: DataReference) -> DataPathComputeBinding:
        """How a reference is bound."""
        return DataPathComputeBinding(data_reference.mode, data_reference.path_on_compute, data_reference.overwrite)
