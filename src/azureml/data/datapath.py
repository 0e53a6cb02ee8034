"""Names of SDK v1: ``azureml.data.datapath``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.reference import DataPath as DataPath
    from trainshed.sdk.data.reference import DataPathComputeBinding as DataPathComputeBinding

_HOME = {
    "DataPath": "trainshed.sdk.data.reference",
    "DataPathComputeBinding": "trainshed.sdk.data.reference",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
