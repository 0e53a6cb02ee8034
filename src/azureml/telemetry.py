"""Names of SDK v1: ``azureml.telemetry``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.telemetry import set_diagnostics_collection as set_diagnostics_collection

_HOME = {
    "set_diagnostics_collection": "trainshed.sdk.telemetry",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
