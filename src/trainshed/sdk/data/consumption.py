"""A dataset with a name and a mode: how a run is given it.

Follows: azureml.data.dataset_consumption_config.DatasetConsumptionConfig (1.62). ``as_hdfs`` is missing.
"""

from __future__ import annotations

import re
from typing import Any, Optional

from trainshed.contract.errors import BadValue

MODES = ("direct", "mount", "download")
_NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")


class DatasetConsumptionConfig:
    """What stands for a dataset among the arguments, script parameters or inputs of a run.

    Args:
        name: the script finds it as ``run.input_datasets[name]``.
        dataset: a dataset.
        mode: ``direct`` (the script gets the dataset's id and object), ``mount`` (a folder, in place) or
            ``download`` (a folder, copied to the node).
        path_on_compute: where the script expects it; a folder of the run's when None.

    Raises:
        BadValue: the name is not ``^[a-zA-Z_]+[a-zA-Z0-9_]*$``, or the mode none of the three.
    """

    def __init__(self, name: str, dataset: Any, mode: str = "direct", path_on_compute: Optional[str] = None) -> None:
        from trainshed.sdk.data.abstract_dataset import AbstractDataset

        if not isinstance(dataset, AbstractDataset):
            raise BadValue(
                what="dataset %r" % (dataset,), why="give a dataset, such as Dataset.get_by_name(ws, 'name')"
            )
        if str(mode).lower() not in MODES:
            raise BadValue(what="mode %r" % (mode,), why="use one of %s" % ", ".join(MODES))
        self.name = name
        self.dataset = dataset
        self.mode = str(mode).lower()
        self.path_on_compute = path_on_compute

    @property
    def name(self) -> str:
        """Under which the script finds it."""
        return self._name

    @name.setter
    def name(self, name: Any) -> None:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BadValue(what="input name %r" % (name,), why="use letters, digits and '_', and a letter or '_' first")
        self._name = name
        self.arg_val = "DatasetConsumptionConfig:%s" % name

    def as_mount(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        """The same, as a folder, in place."""
        return DatasetConsumptionConfig(self.name, self.dataset, "mount", path_on_compute)

    def as_download(self, path_on_compute: Optional[str] = None) -> DatasetConsumptionConfig:
        """The same, as a folder, copied to the node."""
        return DatasetConsumptionConfig(self.name, self.dataset, "download", path_on_compute)

    def __repr__(self) -> str:
        return "DatasetConsumptionConfig(%r, mode=%r)" % (self.name, self.mode)
