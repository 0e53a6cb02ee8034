"""Names of SDK v1: ``azureml.data``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.file_dataset import FileDataset as FileDataset
    from trainshed.sdk.data.outputs import OutputFileDatasetConfig as OutputFileDatasetConfig

_HOME = {
    "FileDataset": "trainshed.sdk.data.file_dataset",
    "OutputFileDatasetConfig": "trainshed.sdk.data.outputs",
}
_NOT_OFFERED = (
    "DataType",
    "DatacacheStore",
    "HDFSOutputDatasetConfig",
    "LinkFileOutputDatasetConfig",
    "LinkTabularOutputDatasetConfig",
    "TabularDataset",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
