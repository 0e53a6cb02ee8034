"""Names of SDK v1: ``azureml.data.constants``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.data.constants import ACCOUNT_KEY as ACCOUNT_KEY
    from trainshed.sdk.data.constants import AZURE_BLOB as AZURE_BLOB
    from trainshed.sdk.data.constants import AZURE_DATA_LAKE as AZURE_DATA_LAKE
    from trainshed.sdk.data.constants import AZURE_DATA_LAKE_GEN2 as AZURE_DATA_LAKE_GEN2
    from trainshed.sdk.data.constants import AZURE_FILE as AZURE_FILE
    from trainshed.sdk.data.constants import AZURE_MYSQL as AZURE_MYSQL
    from trainshed.sdk.data.constants import AZURE_POSTGRESQL as AZURE_POSTGRESQL
    from trainshed.sdk.data.constants import AZURE_SQL_DATABASE as AZURE_SQL_DATABASE
    from trainshed.sdk.data.constants import DIRECT_MODE as DIRECT_MODE
    from trainshed.sdk.data.constants import DOWNLOAD_MODE as DOWNLOAD_MODE
    from trainshed.sdk.data.constants import MOUNT_MODE as MOUNT_MODE
    from trainshed.sdk.data.constants import NONE as NONE
    from trainshed.sdk.data.constants import SAS as SAS
    from trainshed.sdk.data.constants import UPLOAD_MODE as UPLOAD_MODE
    from trainshed.sdk.data.constants import WORKSPACE_BLOB_DATASTORE as WORKSPACE_BLOB_DATASTORE
    from trainshed.sdk.data.constants import WORKSPACE_FILE_DATASTORE as WORKSPACE_FILE_DATASTORE

_HOME = {
    "ACCOUNT_KEY": "trainshed.sdk.data.constants",
    "AZURE_BLOB": "trainshed.sdk.data.constants",
    "AZURE_DATA_LAKE": "trainshed.sdk.data.constants",
    "AZURE_DATA_LAKE_GEN2": "trainshed.sdk.data.constants",
    "AZURE_FILE": "trainshed.sdk.data.constants",
    "AZURE_MYSQL": "trainshed.sdk.data.constants",
    "AZURE_POSTGRESQL": "trainshed.sdk.data.constants",
    "AZURE_SQL_DATABASE": "trainshed.sdk.data.constants",
    "DIRECT_MODE": "trainshed.sdk.data.constants",
    "DOWNLOAD_MODE": "trainshed.sdk.data.constants",
    "MOUNT_MODE": "trainshed.sdk.data.constants",
    "NONE": "trainshed.sdk.data.constants",
    "SAS": "trainshed.sdk.data.constants",
    "UPLOAD_MODE": "trainshed.sdk.data.constants",
    "WORKSPACE_BLOB_DATASTORE": "trainshed.sdk.data.constants",
    "WORKSPACE_FILE_DATASTORE": "trainshed.sdk.data.constants",
}
_NOT_OFFERED = (
    "ADLS_RESOURCE_URI",
    "CLIENT_CREDENTIALS",
    "CONFLICT_MESSAGE",
    "CUSTOM",
    "DBFS",
    "GIT",
    "HDFS",
    "HDFS_MODE",
    "LINK_MODE",
    "MANAGED_DATASET",
    "ONE_LAKE",
    "ROLE_ID_OF_READER",
    "ROLE_ID_OF_STORAGE_BLOB_DATA_READER",
    "SERVICE_PRINCIPAL",
    "SQL_AUTHENTICATION",
    "STORAGE_RESOURCE_URI",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
