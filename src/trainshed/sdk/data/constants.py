"""v1's words for kinds of datastores, credentials and modes.

Follows: azureml.data.constants (1.62); words that nothing here answers to are missing.
"""

from __future__ import annotations

from trainshed.contract.data_records import AZURE_BLOB as AZURE_BLOB
from trainshed.contract.data_records import AZURE_FILE as AZURE_FILE
from trainshed.contract.data_records import BLOB_STORE, FILE_STORE

AZURE_DATA_LAKE = "AzureDataLake"
AZURE_DATA_LAKE_GEN2 = "AzureDataLakeGen2"
AZURE_SQL_DATABASE = "AzureSqlDatabase"
AZURE_POSTGRESQL = "AzurePostgreSql"
AZURE_MYSQL = "AzureMySql"

NONE = "None"
ACCOUNT_KEY = "AccountKey"
SAS = "Sas"

DIRECT_MODE = "direct"
MOUNT_MODE = "mount"
DOWNLOAD_MODE = "download"
UPLOAD_MODE = "upload"

WORKSPACE_BLOB_DATASTORE = BLOB_STORE
WORKSPACE_FILE_DATASTORE = FILE_STORE
