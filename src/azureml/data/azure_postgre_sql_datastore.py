"""Names of SDK v1: ``azureml.data.azure_postgre_sql_datastore``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.stores import AzurePostgreSqlDatastore as AzurePostgreSqlDatastore

_HOME = {
    "AzurePostgreSqlDatastore": "trainshed.sdk.data.stores",
}
_NOT_OFFERED = ()
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
