"""Names of SDK v1: ``azureml.core.workspace``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.experiment import Experiment as Experiment
    from trainshed.sdk.workspace import Workspace as Workspace

_HOME = {
    "Experiment": "trainshed.sdk.experiment",
    "Workspace": "trainshed.sdk.workspace",
}
_NOT_OFFERED = ("WORKSPACE_DEFAULT_BLOB_STORE_NAME",)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
