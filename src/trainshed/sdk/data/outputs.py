"""Folders that a run writes to and that are copied into a datastore at its end.

Follows: azureml.data.output_dataset_config.OutputFileDatasetConfig (1.62). Known differences: both modes copy at the
run's end; ``register_on_complete``, ``as_input`` and the ``read_...`` methods are missing.
"""

from __future__ import annotations

import copy
import os
from typing import Any, Optional

from trainshed.contract.errors import BadValue, ComesLater
from trainshed.sdk.data.reference import DataPath
from trainshed.sdk.data.stores import AbstractDatastore

#: Where an output goes that names no place; ``{run-id}`` and ``{output-name}`` are filled in.
DEFAULT_PATH = "dataset/{run-id}/{output-name}"


class OutputFileDatasetConfig:
    """A folder for the script to write to.

    Args:
        name: letters, digits and ``_``; made up when None.
        destination: ``(datastore, path)`` or a DataPath; below ``dataset/`` of the default datastore when None. The
            path may hold ``{run-id}`` and ``{output-name}``.
        source: where the script writes; a folder of the run's when None.
        partition_format: comes later.
    """

    def __init__(
        self,
        name: Optional[str] = None,
        destination: Any = None,
        source: Optional[str] = None,
        partition_format: Optional[str] = None,
    ) -> None:
        if partition_format is not None:
            raise ComesLater(what="partition_format", instead="Leave it out.")
        self.name = name or "output_" + os.urandom(4).hex()
        self.destination = _destination(destination)
        self.source = source
        self.mode = "mount"
        self._overwrite = False

    @property
    def name(self) -> str:
        """Under which the script finds it, as a variable of its environment."""
        return self._name

    @name.setter
    def name(self, name: Any) -> None:
        if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
            raise BadValue(
                what="output name %r" % (name,), why="use letters, digits and '_', and a letter or '_' first"
            )
        self._name = name
        self.arg_val = "DatasetOutputConfig:%s" % name

    def as_mount(self, disable_metadata_cache: bool = False) -> OutputFileDatasetConfig:
        """Files that are there already are replaced. ``disable_metadata_cache``: no effect."""
        made = copy.copy(self)
        made.mode, made._overwrite = "mount", True
        return made

    def as_upload(self, overwrite: bool = False, source_globs: Any = None) -> OutputFileDatasetConfig:
        """Files that are there already stay, unless ``overwrite``."""
        if source_globs is not None:
            raise ComesLater(what="source_globs", instead="Write only what shall be kept.")
        made = copy.copy(self)
        made.mode, made._overwrite = "upload", bool(overwrite)
        return made


def _destination(given: Any) -> Any:
    if given is None:
        return None
    if isinstance(given, DataPath) and given._datastore is not None:
        return given._datastore, given.path_on_datastore or ""
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], AbstractDatastore):
        return given
    raise BadValue(what="destination %r" % (given,), why="give (datastore, 'path') or a DataPath")
