"""Names of SDK v1: ``azureml.core.run``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.given import InputDatasets as InputDatasets
    from trainshed.sdk.offline import _OfflineRun as _OfflineRun
    from trainshed.sdk.run import (
        POST_PROCESSING_STATES as POST_PROCESSING_STATES,
    )
    from trainshed.sdk.run import (
        RUNNING_STATES as RUNNING_STATES,
    )
    from trainshed.sdk.run import (
        Run as Run,
    )
    from trainshed.sdk.run import (
        get_run as get_run,
    )

_HOME = {
    "InputDatasets": "trainshed.sdk.data.given",
    "POST_PROCESSING_STATES": "trainshed.sdk.run",
    "RUNNING_STATES": "trainshed.sdk.run",
    "Run": "trainshed.sdk.run",
    "_OfflineRun": "trainshed.sdk.offline",
    "get_run": "trainshed.sdk.run",
}
_NOT_OFFERED = ("LinkOutput", "OutputDatasets")
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
