"""Names of SDK v1: ``azureml.core.compute.compute``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.compute.target import ComputeTarget as ComputeTarget
    from trainshed.sdk.compute.target import ComputeTargetAttachConfiguration as ComputeTargetAttachConfiguration
    from trainshed.sdk.compute.target import (
        ComputeTargetProvisioningConfiguration as ComputeTargetProvisioningConfiguration,
    )

_HOME = {
    "ComputeTarget": "trainshed.sdk.compute.target",
    "ComputeTargetAttachConfiguration": "trainshed.sdk.compute.target",
    "ComputeTargetProvisioningConfiguration": "trainshed.sdk.compute.target",
}
_NOT_OFFERED = ("ABC", "ComputeTargetUpdateConfiguration")
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
