"""``Dataset``: where datasets are made and found.

Follows: azureml.core.Dataset (1.62). Known difference: what v1 itself had retired (``Dataset.from_delimited_files``,
definitions, snapshots, profiles) is missing.
"""

from __future__ import annotations

from typing import Any, ClassVar, Type

from trainshed.sdk.data.abstract_dataset import AbstractDataset
from trainshed.sdk.data.factory import FileDatasetFactory, LaterTabular


class Dataset:
    """The doors to datasets. It is never made itself."""

    File: ClassVar[Type[FileDatasetFactory]] = FileDatasetFactory
    Tabular: ClassVar[Any] = LaterTabular()

    get_by_name = staticmethod(AbstractDataset.get_by_name)
    get_by_id = staticmethod(AbstractDataset.get_by_id)
    get_all = staticmethod(AbstractDataset.get_all)
