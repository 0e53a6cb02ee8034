"""Names of SDK v1: ``azureml.core.util``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.local_logging import NewLoggingLevel as NewLoggingLevel

_HOME = {
    "NewLoggingLevel": "trainshed.sdk.local_logging",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
