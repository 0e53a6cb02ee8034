"""Names of SDK v1: ``azureml.core.keyvault``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.keyvault import Keyvault as Keyvault

_HOME = {
    "Keyvault": "trainshed.sdk.keyvault",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
