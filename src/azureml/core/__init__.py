"""The core names of SDK v1."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.compute.target import ComputeTarget as ComputeTarget
    from trainshed.sdk.configuration.container import ContainerRegistry as ContainerRegistry
    from trainshed.sdk.configuration.environment import Environment as Environment
    from trainshed.sdk.configuration.run_configuration import RunConfiguration as RunConfiguration
    from trainshed.sdk.configuration.script_run_config import ScriptRunConfig as ScriptRunConfig
    from trainshed.sdk.data.dataset import Dataset as Dataset
    from trainshed.sdk.data.datastore import Datastore as Datastore
    from trainshed.sdk.experiment import Experiment as Experiment
    from trainshed.sdk.keyvault import Keyvault as Keyvault
    from trainshed.sdk.local_logging import diagnostic_log as diagnostic_log
    from trainshed.sdk.models.model import Model as Model
    from trainshed.sdk.run import Run as Run
    from trainshed.sdk.run import ScriptRun as ScriptRun
    from trainshed.sdk.run import get_run as get_run
    from trainshed.sdk.version import VERSION as VERSION
    from trainshed.sdk.version import __version__ as __version__
    from trainshed.sdk.workspace import Workspace as Workspace

_HOME = {
    "ComputeTarget": "trainshed.sdk.compute.target",
    "ContainerRegistry": "trainshed.sdk.configuration.container",
    "Dataset": "trainshed.sdk.data.dataset",
    "Datastore": "trainshed.sdk.data.datastore",
    "Environment": "trainshed.sdk.configuration.environment",
    "Experiment": "trainshed.sdk.experiment",
    "Keyvault": "trainshed.sdk.keyvault",
    "Model": "trainshed.sdk.models.model",
    "Run": "trainshed.sdk.run",
    "RunConfiguration": "trainshed.sdk.configuration.run_configuration",
    "ScriptRun": "trainshed.sdk.run",
    "ScriptRunConfig": "trainshed.sdk.configuration.script_run_config",
    "VERSION": "trainshed.sdk.version",
    "Workspace": "trainshed.sdk.workspace",
    "__version__": "trainshed.sdk.version",
    "diagnostic_log": "trainshed.sdk.local_logging",
    "get_run": "trainshed.sdk.run",
}
_NOT_OFFERED = (
    "Image",
    "LinkedService",
    "PrivateEndPoint",
    "PrivateEndPointConfig",
    "SynapseWorkspaceLinkedServiceConfiguration",
    "Webservice",
    "attach_legacy_compute_target",
    "is_compute_target_prepared",
    "prepare_compute_target",
    "remove_legacy_compute_target",
)
__all__ = [name for name in _HOME if name != "__version__"]  # as v1: no star import brings it
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
