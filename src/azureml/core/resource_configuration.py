"""Names of SDK v1: ``azureml.core.resource_configuration``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.resource_configuration import ResourceConfiguration as ResourceConfiguration

_HOME = {
    "ResourceConfiguration": "trainshed.sdk.resource_configuration",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
