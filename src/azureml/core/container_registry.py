"""Names of SDK v1: ``azureml.core.container_registry``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.configuration.container import (
        ContainerRegistry as ContainerRegistry,
    )
    from trainshed.sdk.configuration.container import (
        RegistryIdentity as RegistryIdentity,
    )

_HOME = {
    "ContainerRegistry": "trainshed.sdk.configuration.container",
    "RegistryIdentity": "trainshed.sdk.configuration.container",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
