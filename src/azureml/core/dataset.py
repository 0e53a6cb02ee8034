"""Names of SDK v1: ``azureml.core.dataset``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.dataset import Dataset as Dataset

_HOME = {
    "Dataset": "trainshed.sdk.data.dataset",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
