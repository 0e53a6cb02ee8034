"""Names of SDK v1: ``azureml.data.data_reference``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.reference import DataReference as DataReference

_HOME = {
    "DataReference": "trainshed.sdk.data.reference",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
