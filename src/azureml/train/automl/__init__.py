"""Names of SDK v1 that can be imported, not used: ``azureml.train.automl``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.azure_only import AutoMLConfig as AutoMLConfig

_HOME = {
    "AutoMLConfig": "trainshed.sdk.azure_only",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
