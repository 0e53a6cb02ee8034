"""Handwritten digits, as four compressed idx files.

Follows: azureml.opendatasets.MNIST. Known difference: ``get_tabular_dataset`` and ``get_spark...`` are missing.
"""

from __future__ import annotations

from typing import Any, Optional

from trainshed.sdk.data.factory import FileDatasetFactory
from trainshed.sdk.data.file_dataset import FileDataset

BASE = "https://azureopendatastorage.blob.core.windows.net/mnist/"
FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


class MNIST:
    """Where the files come from: the URLs of Azure's open data, unless ``urls`` of ``data.json`` names a folder.

    Args:
        dataset_filter, enable_telemetry: of v1; no effect.
    """

    def __init__(self, dataset_filter: Any = None, enable_telemetry: bool = True) -> None:
        self.dataset_filter = dataset_filter

    @staticmethod
    def get_file_dataset(dataset_filter: Optional[str] = "all", enable_telemetry: bool = True) -> FileDataset:
        """A dataset of the files; nothing is fetched before it is read.

        Args:
            dataset_filter: ``train``, ``test``, or ``all``.
            enable_telemetry: nothing is sent; no effect.
        """
        from trainshed.contract.errors import BadValue

        beginning = {"all": "", None: "", "train": "train-", "test": "t10k-"}
        if dataset_filter not in beginning:
            raise BadValue(what="dataset_filter %r" % (dataset_filter,), why="use 'train', 'test' or 'all'")
        names = [name for name in FILES if name.startswith(beginning[dataset_filter])]
        return FileDatasetFactory.from_files([BASE + name for name in names])
