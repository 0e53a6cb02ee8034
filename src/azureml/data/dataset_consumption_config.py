"""Names of SDK v1: ``azureml.data.dataset_consumption_config``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.consumption import DatasetConsumptionConfig as DatasetConsumptionConfig

_HOME = {
    "DatasetConsumptionConfig": "trainshed.sdk.data.consumption",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
