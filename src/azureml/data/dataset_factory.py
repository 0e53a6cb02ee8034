"""Names of SDK v1: ``azureml.data.dataset_factory``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.factory import FileDatasetFactory as FileDatasetFactory

_HOME = {
    "FileDatasetFactory": "trainshed.sdk.data.factory",
}
_NOT_OFFERED = (
    "DataType",
    "TabularDatasetFactory",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
