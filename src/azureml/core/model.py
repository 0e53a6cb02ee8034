"""Names of SDK v1: ``azureml.core.model``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.dataset import Dataset as Dataset
    from trainshed.sdk.models.model import MODELS_DIR as MODELS_DIR
    from trainshed.sdk.models.model import Model as Model

_HOME = {
    "Dataset": "trainshed.sdk.data.dataset",
    "MODELS_DIR": "trainshed.sdk.models.model",
    "Model": "trainshed.sdk.models.model",
}
_NOT_OFFERED = ("InferenceConfig", "ModelPackage")
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
