"""v1's default clusters of a workspace: names and configurations. Nothing is made until somebody asks for it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from trainshed.sdk.compute.provisioning import AmlComputeProvisioningConfiguration

CPU_NAME, GPU_NAME = "cpu-cluster", "gpu-cluster"


class DefaultConfiguration:
    """A class attribute that is a configuration, made when it is read: reading it loads what makes clusters."""

    def __init__(self, vm_size: str) -> None:
        self._vm_size = vm_size

    def __get__(self, instance: Any, owner: Any) -> AmlComputeProvisioningConfiguration:
        from trainshed.sdk.compute.cluster import AmlCompute

        return AmlCompute.provisioning_configuration(vm_size=self._vm_size, min_nodes=0, max_nodes=2)
