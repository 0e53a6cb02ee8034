"""Names of SDK v1: ``azureml.core.experiment``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.experiment import Experiment as Experiment
    from trainshed.sdk.experiment import ViewType as ViewType
    from trainshed.sdk.run import Run as Run

_HOME = {
    "Experiment": "trainshed.sdk.experiment",
    "Run": "trainshed.sdk.run",
    "ViewType": "trainshed.sdk.experiment",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
