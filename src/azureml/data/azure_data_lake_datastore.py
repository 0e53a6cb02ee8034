"""Names of SDK v1: ``azureml.data.azure_data_lake_datastore``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.stores import AbstractADLSDatastore as AbstractADLSDatastore
    from trainshed.sdk.data.stores import AzureDataLakeDatastore as AzureDataLakeDatastore
    from trainshed.sdk.data.stores import AzureDataLakeGen2Datastore as AzureDataLakeGen2Datastore

_HOME = {
    "AbstractADLSDatastore": "trainshed.sdk.data.stores",
    "AzureDataLakeDatastore": "trainshed.sdk.data.stores",
    "AzureDataLakeGen2Datastore": "trainshed.sdk.data.stores",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
