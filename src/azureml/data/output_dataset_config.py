"""Names of SDK v1: ``azureml.data.output_dataset_config``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.outputs import OutputFileDatasetConfig as OutputFileDatasetConfig

_HOME = {
    "OutputFileDatasetConfig": "trainshed.sdk.data.outputs",
}
_NOT_OFFERED = (
    "HDFSOutputDatasetConfig",
    "LinkFileOutputDatasetConfig",
    "LinkTabularOutputDatasetConfig",
    "MountOptions",
    "OutputDatasetConfig",
    "OutputTabularDatasetConfig",
    "RegistrationConfiguration",
    "TransformationMixin",
    "UploadOptions",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
