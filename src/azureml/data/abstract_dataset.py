"""Names of SDK v1: ``azureml.data.abstract_dataset``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.abstract_dataset import AbstractDataset as AbstractDataset

_HOME = {
    "AbstractDataset": "trainshed.sdk.data.abstract_dataset",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
