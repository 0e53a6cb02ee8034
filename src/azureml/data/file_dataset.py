"""Names of SDK v1: ``azureml.data.file_dataset``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.file_dataset import FileDataset as FileDataset

_HOME = {
    "FileDataset": "trainshed.sdk.data.file_dataset",
}
_NOT_OFFERED = ("FILENAME_LENGTH_ERROR_MESSAGE",)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
