"""Names of SDK v1: ``azureml.core.script_run``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.run import Run as Run
    from trainshed.sdk.run import ScriptRun as ScriptRun

_HOME = {
    "Run": "trainshed.sdk.run",
    "ScriptRun": "trainshed.sdk.run",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
