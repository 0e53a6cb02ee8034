"""Names of SDK v1: ``azureml.core.compute.amlcompute``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.compute.cluster import AmlCompute as AmlCompute
    from trainshed.sdk.compute.provisioning import (
        AmlComputeProvisioningConfiguration as AmlComputeProvisioningConfiguration,
    )
    from trainshed.sdk.compute.status import AmlComputeNodeStateCounts as AmlComputeNodeStateCounts
    from trainshed.sdk.compute.status import AmlComputeStatus as AmlComputeStatus
    from trainshed.sdk.compute.status import ScaleSettings as ScaleSettings

_HOME = {
    "AmlCompute": "trainshed.sdk.compute.cluster",
    "AmlComputeNodeStateCounts": "trainshed.sdk.compute.status",
    "AmlComputeProvisioningConfiguration": "trainshed.sdk.compute.provisioning",
    "AmlComputeStatus": "trainshed.sdk.compute.status",
    "ScaleSettings": "trainshed.sdk.compute.status",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
