"""Names of SDK v1: ``azureml.core.compute_target``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.exceptions import ComputeTargetException as ComputeTargetException
    from trainshed.sdk.targets import AbstractComputeTarget as AbstractComputeTarget
    from trainshed.sdk.targets import LocalTarget as LocalTarget
    from trainshed.sdk.targets import prepare_compute_target as prepare_compute_target

_HOME = {
    "AbstractComputeTarget": "trainshed.sdk.targets",
    "ComputeTargetException": "trainshed.sdk.exceptions",
    "LocalTarget": "trainshed.sdk.targets",
    "prepare_compute_target": "trainshed.sdk.targets",
}
_NOT_OFFERED = (
    "attach_legacy_compute_target",
    "is_compute_target_prepared",
    "remove_legacy_compute_target",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
