"""Names of SDK v1: ``azureml.core.datastore``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.datastore import Datastore as Datastore

_HOME = {
    "Datastore": "trainshed.sdk.data.datastore",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
