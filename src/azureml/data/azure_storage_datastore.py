"""Names of SDK v1: ``azureml.data.azure_storage_datastore``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.stores import AbstractAzureStorageDatastore as AbstractAzureStorageDatastore
    from trainshed.sdk.data.stores import AzureBlobDatastore as AzureBlobDatastore
    from trainshed.sdk.data.stores import AzureFileDatastore as AzureFileDatastore

_HOME = {
    "AbstractAzureStorageDatastore": "trainshed.sdk.data.stores",
    "AzureBlobDatastore": "trainshed.sdk.data.stores",
    "AzureFileDatastore": "trainshed.sdk.data.stores",
}
_NOT_OFFERED = (
    "EMPTY_FILE",
    "FILE",
    "FOLDER",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
