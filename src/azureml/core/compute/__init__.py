"""Names of SDK v1: ``azureml.core.compute``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.azure_only import DatabricksCompute as DatabricksCompute
    from trainshed.sdk.compute.cluster import AmlCompute as AmlCompute
    from trainshed.sdk.compute.target import ComputeTarget as ComputeTarget

_HOME = {
    "AmlCompute": "trainshed.sdk.compute.cluster",
    "DatabricksCompute": "trainshed.sdk.azure_only",
    "ComputeTarget": "trainshed.sdk.compute.target",
}
_NOT_OFFERED = (
    "AdlaCompute",
    "AksCompute",
    "BatchCompute",
    "ComputeInstance",
    "DataFactoryCompute",
    "DsvmCompute",
    "HDInsightCompute",
    "KubernetesCompute",
    "KustoCompute",
    "RemoteCompute",
    "SynapseCompute",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
