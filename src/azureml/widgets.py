"""Names of SDK v1: ``azureml.widgets``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.widgets import RunDetails as RunDetails

_HOME = {
    "RunDetails": "trainshed.sdk.widgets",
}
_NOT_OFFERED = ("ParallelRunStepDetails",)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
