"""``Datastore``: where datastores are found and registered.

Follows: azureml.core.datastore.Datastore (1.62). Known differences: registering contacts nobody, so that a wrong
name or key is found by nobody either; keys and secrets are not kept; ``register_dbfs`` and ``register_hdfs`` are
missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from trainshed.contract.data_records import DatastoreAsk
from trainshed.sdk.data import stores
from trainshed.sdk.data.stores import (
    AbstractDatastore,
    AzureBlobDatastore,
    AzureDataLakeDatastore,
    AzureDataLakeGen2Datastore,
    AzureFileDatastore,
    AzureMySqlDatastore,
    AzurePostgreSqlDatastore,
    AzureSqlDatabaseDatastore,
)

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace


class Datastore:
    """``Datastore(workspace, name)`` is the datastore of that name, of its own class; without a name the default one.

    One request; DatastoreNotFound (an HttpOperationError) if there is none.
    """

    workspace: Workspace
    name: str

    def __new__(cls, workspace: Workspace, name: Optional[str] = None) -> Any:
        return stores.default_of(workspace) if name is None else stores.named(workspace, name)

    def __init__(self, workspace: Workspace, name: Optional[str] = None) -> None:
        """Never called: what is made is of another class."""

    set_as_default = AbstractDatastore.set_as_default
    unregister = AbstractDatastore.unregister

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Any:
        """The datastore of that name. One request; DatastoreNotFound."""
        return stores.named(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Workspace) -> Any:
        """The workspace's default datastore. One request."""
        return stores.default_of(workspace)

    @staticmethod
    def register_azure_blob_container(
        workspace: Workspace,
        datastore_name: str,
        container_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
        blob_cache_timeout: Optional[int] = None,
        grant_workspace_access: bool = False,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
    ) -> AzureBlobDatastore:
        """Register a blob container by name. One request, to our own server.

        Args:
            container_name, account_name, protocol, endpoint, subscription_id, resource_group: kept for people.
            sas_token, account_key: not kept.
            overwrite: replace a datastore of that name.
            create_if_not_exists, skip_validation, blob_cache_timeout, grant_workspace_access: nobody is asked; no
                effect.

        Raises:
            DatastoreExists: one of that name is registered otherwise. DatastoreFixed: every workspace has it.
            BadValue: a name that cannot be.
        """
        properties = {
            "container_name": container_name,
            "account_name": account_name,
            "protocol": protocol,
            "endpoint": endpoint,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
            "credential_type": "Sas" if sas_token else "AccountKey" if account_key else "None",
        }
        made: AzureBlobDatastore = _register(workspace, datastore_name, "AzureBlob", properties, overwrite)
        return made

    @staticmethod
    def register_azure_file_share(
        workspace: Workspace,
        datastore_name: str,
        file_share_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        create_if_not_exists: bool = False,
        skip_validation: bool = False,
    ) -> AzureFileDatastore:
        """Register a file share by name; as :meth:`register_azure_blob_container`."""
        properties = {
            "container_name": file_share_name,
            "account_name": account_name,
            "protocol": protocol,
            "endpoint": endpoint,
            "credential_type": "Sas" if sas_token else "AccountKey" if account_key else "None",
        }
        made: AzureFileDatastore = _register(workspace, datastore_name, "AzureFile", properties, overwrite)
        return made

    @staticmethod
    def register_azure_data_lake(
        workspace: Workspace,
        datastore_name: str,
        store_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        overwrite: bool = False,
        grant_workspace_access: bool = False,
    ) -> AzureDataLakeDatastore:
        """Register a data lake store by name; as :meth:`register_azure_blob_container`."""
        properties = {
            "store_name": store_name,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "subscription_id": subscription_id,
            "resource_group": resource_group,
        }
        made: AzureDataLakeDatastore = _register(workspace, datastore_name, "AzureDataLake", properties, overwrite)
        return made

    @staticmethod
    def register_azure_data_lake_gen2(
        workspace: Workspace,
        datastore_name: str,
        filesystem: str,
        account_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        grant_workspace_access: bool = False,
    ) -> AzureDataLakeGen2Datastore:
        """Register a file system by name; as :meth:`register_azure_blob_container`."""
        properties = {
            "container_name": filesystem,
            "account_name": account_name,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "protocol": protocol,
            "endpoint": endpoint,
        }
        made: AzureDataLakeGen2Datastore = _register(
            workspace, datastore_name, "AzureDataLakeGen2", properties, overwrite
        )
        return made

    @staticmethod
    def register_azure_sql_database(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        username: Optional[str] = None,
        password: Optional[str] = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        grant_workspace_access: bool = False,
        **kwargs: Any,
    ) -> AzureSqlDatabaseDatastore:
        """Register a database by name; as :meth:`register_azure_blob_container`. It is read by nobody yet."""
        properties = {
            "server_name": server_name,
            "database_name": database_name,
            "tenant_id": tenant_id,
            "client_id": client_id,
            "resource_url": resource_url,
            "authority_url": authority_url,
            "username": username,
        }
        made: AzureSqlDatabaseDatastore = _register(
            workspace, datastore_name, "AzureSqlDatabase", properties, overwrite
        )
        return made

    @staticmethod
    def register_azure_postgre_sql(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: Optional[int] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        enforce_ssl: bool = True,
        **kwargs: Any,
    ) -> AzurePostgreSqlDatastore:
        """Register a database by name; as :meth:`register_azure_blob_container`. It is read by nobody yet."""
        properties = {
            "server_name": server_name,
            "database_name": database_name,
            "user_id": user_id,
            "port_number": port_number,
            "enforce_ssl": enforce_ssl,
        }
        made: AzurePostgreSqlDatastore = _register(workspace, datastore_name, "AzurePostgreSql", properties, overwrite)
        return made

    @staticmethod
    def register_azure_my_sql(
        workspace: Workspace,
        datastore_name: str,
        server_name: str,
        database_name: str,
        user_id: str,
        user_password: str,
        port_number: Optional[int] = None,
        endpoint: Optional[str] = None,
        overwrite: bool = False,
        **kwargs: Any,
    ) -> AzureMySqlDatastore:
        """Register a database by name; as :meth:`register_azure_blob_container`. It is read by nobody yet."""
        properties = {
            "server_name": server_name,
            "database_name": database_name,
            "user_id": user_id,
            "port_number": port_number,
        }
        made: AzureMySqlDatastore = _register(workspace, datastore_name, "AzureMySql", properties, overwrite)
        return made


def _register(workspace: Workspace, name: str, kind: str, properties: Any, overwrite: bool) -> Any:
    ask = DatastoreAsk(name, kind, properties, overwrite=bool(overwrite))
    return stores.of_record(workspace, workspace._api.data.register_datastore(workspace._workspace_id, ask))
