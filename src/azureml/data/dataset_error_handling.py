"""Names of SDK v1: ``azureml.data.dataset_error_handling``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.errors import DatasetExecutionError as DatasetExecutionError
    from trainshed.sdk.data.errors import DatasetValidationError as DatasetValidationError

_HOME = {
    "DatasetExecutionError": "trainshed.sdk.data.errors",
    "DatasetValidationError": "trainshed.sdk.data.errors",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
