"""The datastores that v1 knows: names of places where files lie. Here each is a folder.

``workspaceblobstore`` and ``workspacefilestore`` have folders of their own; one that was registered has the folder that
``data.json`` names, and until then whatever reads it fails, saying so. Nobody is contacted, no secret is kept.

Follows: azureml.data.abstract_datastore, azure_storage_datastore, azure_data_lake_datastore,
azure_sql_database_datastore, azure_postgre_sql_datastore, azure_my_sql_datastore (1.62). Known difference: keys and
secrets read as None.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Type, Union

from trainshed.contract.data_errors import DatastoreWithoutFolder
from trainshed.contract.data_records import AZURE_BLOB, AZURE_FILE, DatastoreRecord

if TYPE_CHECKING:
    from trainshed.sdk.data.reference import DataReference
    from trainshed.sdk.workspace import Workspace


class AbstractDatastore:
    """What all datastores have.

    Args:
        workspace: the one it belongs to.
        name: unique there.
        datastore_type: v1's word, such as ``AzureBlob``.
    """

    def __init__(self, workspace: Workspace, name: str, datastore_type: str) -> None:
        self._workspace = workspace
        self._name = name
        self._datastore_type = datastore_type
        self._seen: Optional[DatastoreRecord] = None

    @property
    def workspace(self) -> Workspace:
        """The one it belongs to."""
        return self._workspace

    @property
    def name(self) -> str:
        """Unique in its workspace."""
        return self._name

    @property
    def datastore_type(self) -> str:
        """v1's word, such as ``AzureBlob``."""
        return self._datastore_type

    @property
    def _record(self) -> DatastoreRecord:
        """As last seen; asked for if it was not seen yet."""
        return self._seen if self._seen is not None else self._refresh()

    def _refresh(self) -> DatastoreRecord:
        self._seen = self.workspace._api.data.datastore(self.workspace._workspace_id, self.name)
        return self._seen

    @property
    def _folder(self) -> str:
        """Where its files lie now. One request if none was known.

        Raises:
            DatastoreWithoutFolder: no folder stands in for it.
        """
        folder = self._record.folder or self._refresh().folder
        if folder is None:
            from trainshed.contract.data_settings import line_for_datastore

            line = line_for_datastore(self._record.settings, self.name)
            raise DatastoreWithoutFolder(name=self.name, type=self.datastore_type, line=line)
        return folder

    def set_as_default(self) -> None:
        """Make it the workspace's default datastore. One request."""
        self._seen = self.workspace._api.data.set_default_datastore(self.workspace._workspace_id, self.name)

    def unregister(self) -> None:
        """Forget it; its files stay. One request.

        Raises:
            DatastoreFixed: every workspace has it.
        """
        self.workspace._api.data.remove_datastore(self.workspace._workspace_id, self.name)

    def _words(self) -> Dict[str, Any]:
        return {"name": self.name, "type": self.datastore_type}

    def __str__(self) -> str:
        return json.dumps(self._words(), indent=2)

    def __repr__(self) -> str:
        return self.__str__()

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_datastore(self)


class AbstractAzureStorageDatastore(AbstractDatastore):
    """A datastore of files.

    Args:
        container_name: of the container or share.
        account_name: of the storage account.
        sas_token, account_key: not kept.
        protocol, endpoint: kept for people.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        datastore_type: str,
        container_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
    ) -> None:
        super().__init__(workspace, name, datastore_type)
        self.container_name = container_name
        self.account_name = account_name
        self.sas_token: Optional[str] = None
        self.account_key: Optional[str] = None
        self.credential_type = "Sas" if sas_token else "AccountKey" if account_key else "None"
        self.protocol = protocol or "https"
        self.endpoint = endpoint or "core.windows.net"

    @property
    def is_sas(self) -> bool:
        """Whether it was registered with a SAS token."""
        return self.credential_type == "Sas"

    def _words(self) -> Dict[str, Any]:
        return {
            "name": self.name,
            "container_name": self.container_name,
            "account_name": self.account_name,
            "protocol": self.protocol,
            "endpoint": self.endpoint,
        }

    def path(self, path: Optional[str] = None, data_reference_name: Optional[str] = None) -> DataReference:
        """A path of the datastore, for a run or a dataset.

        Args:
            path: of a file or folder, relative to the datastore.
            data_reference_name: by which a script finds it; made up when None.
        """
        from trainshed.sdk.data.reference import DataReference, new_reference_name

        return DataReference(self, data_reference_name or new_reference_name(), path)

    def as_download(self, path_on_compute: Optional[str] = None) -> DataReference:
        """The whole datastore, copied to the node before the script starts."""
        return self._whole().as_download(path_on_compute)

    def as_upload(self, path_on_compute: Optional[str] = None) -> DataReference:
        """What the script writes to ``path_on_compute`` is copied into the datastore at the run's end."""
        return self._whole().as_upload(path_on_compute)

    def as_mount(self) -> DataReference:
        """The whole datastore, in place."""
        return self._whole().as_mount()

    def _whole(self) -> DataReference:
        from trainshed.sdk.data.reference import DataReference

        return DataReference(self, self.name)

    def upload(
        self, src_dir: str, target_path: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> DataReference:
        """Copy a folder into the datastore.

        Args:
            src_dir: with all that is below it.
            target_path: a folder of the datastore; its top when None.
            overwrite: replace files that are there; else they stay as they are.
            show_progress: print a line per file, as v1 did.

        Returns:
            The target.

        Raises:
            SourceMissing: there is no such folder.
        """
        from trainshed.sdk.data.transfer import upload_folder

        return upload_folder(self, src_dir, target_path, overwrite=overwrite, show=show_progress)

    def upload_files(
        self,
        files: Sequence[str],
        relative_root: Optional[str] = None,
        target_path: Optional[str] = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copy files into the datastore.

        Args:
            files: their paths.
            relative_root: names in the datastore are relative to it; the files' deepest common folder when None.
            target_path, overwrite, show_progress: as in :meth:`upload`.

        Raises:
            SourceMissing: a file is missing. BadValue: a file lies outside ``relative_root``.
        """
        from trainshed.sdk.data.transfer import upload_files

        return upload_files(self, files, relative_root, target_path, overwrite=overwrite, show=show_progress)

    def download(
        self, target_path: str, prefix: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> int:
        """Copy files out of the datastore; their names below ``target_path`` are those of the datastore.

        Args:
            target_path: a folder, made if it is missing.
            prefix: only files whose names begin so.
            overwrite: replace files that are there; else they stay as they are.
            show_progress: print a line per file.

        Returns:
            How many files were copied.
        """
        from trainshed.sdk.data.transfer import download

        return download(self, target_path, prefix, overwrite=overwrite, show=show_progress)


class AzureBlobDatastore(AbstractAzureStorageDatastore):
    """A blob container by name; its files lie in a folder."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        container_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        request_session: Any = None,
        workspace_msi_has_access: bool = False,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        service_data_access_auth_identity: Optional[str] = None,
    ) -> None:
        super().__init__(
            workspace, name, AZURE_BLOB, container_name, account_name, sas_token, account_key, protocol, endpoint
        )
        self.workspace_msi_has_access = workspace_msi_has_access
        self.subscription_id = subscription_id
        self.resource_group = resource_group
        self.service_data_access_auth_identity = service_data_access_auth_identity


class AzureFileDatastore(AbstractAzureStorageDatastore):
    """A file share by name; its files lie in a folder."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        container_name: str,
        account_name: str,
        sas_token: Optional[str] = None,
        account_key: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        request_session: Any = None,
    ) -> None:
        super().__init__(
            workspace, name, AZURE_FILE, container_name, account_name, sas_token, account_key, protocol, endpoint
        )


class AbstractADLSDatastore(AbstractDatastore):
    """A data lake by name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        datastore_type: str,
        tenant_id: Optional[str],
        client_id: Optional[str],
        client_secret: Optional[str],
        resource_url: Optional[str],
        authority_url: Optional[str],
        service_data_access_auth_identity: Optional[str] = None,
    ) -> None:
        super().__init__(workspace, name, datastore_type)
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_secret: Optional[str] = None
        self.resource_url = resource_url
        self.authority_url = authority_url
        self.service_data_access_auth_identity = service_data_access_auth_identity


class AzureDataLakeDatastore(AbstractADLSDatastore):
    """A data lake store of the first generation, by name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        store_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        service_data_access_auth_identity: Optional[str] = None,
    ) -> None:
        super().__init__(
            workspace, name, "AzureDataLake", tenant_id, client_id, client_secret, resource_url, authority_url
        )
        self.store_name = store_name
        self.subscription_id = subscription_id
        self.resource_group = resource_group


class AzureDataLakeGen2Datastore(AbstractADLSDatastore):
    """A data lake store of the second generation, by name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        container_name: str,
        account_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        protocol: Optional[str] = None,
        endpoint: Optional[str] = None,
        service_data_access_auth_identity: Optional[str] = None,
    ) -> None:
        super().__init__(
            workspace, name, "AzureDataLakeGen2", tenant_id, client_id, client_secret, resource_url, authority_url
        )
        self.container_name = container_name
        self.account_name = account_name
        self.protocol = protocol
        self.endpoint = endpoint


class AzureSqlDatabaseDatastore(AbstractDatastore):
    """A database by name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        server_name: str,
        database_name: str,
        tenant_id: Optional[str] = None,
        client_id: Optional[str] = None,
        client_secret: Optional[str] = None,
        resource_url: Optional[str] = None,
        authority_url: Optional[str] = None,
        username: Optional[str] = None,
        password: Optional[str] = None,
        auth_type: Optional[str] = None,
        service_data_access_auth_identity: Optional[str] = None,
    ) -> None:
        super().__init__(workspace, name, "AzureSqlDatabase")
        self.server_name = server_name
        self.database_name = database_name
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.client_secret: Optional[str] = None
        self.resource_url = resource_url
        self.authority_url = authority_url
        self.username = username
        self.password: Optional[str] = None
        self.auth_type = auth_type


class AzurePostgreSqlDatastore(AbstractDatastore):
    """A database by name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        server_name: str,
        database_name: str,
        user_id: Optional[str],
        user_password: Optional[str],
        port_number: Optional[int] = None,
        enforce_ssl: bool = True,
    ) -> None:
        super().__init__(workspace, name, "AzurePostgreSql")
        self.server_name = server_name
        self.database_name = database_name
        self.user_id = user_id
        self.user_password: Optional[str] = None
        self.port_number = port_number
        self.enforce_ssl = enforce_ssl


class AzureMySqlDatastore(AbstractDatastore):
    """A database by name."""

    def __init__(
        self,
        workspace: Workspace,
        name: str,
        server_name: str,
        database_name: str,
        user_id: Optional[str],
        user_password: Optional[str],
        port_number: Optional[int] = None,
    ) -> None:
        super().__init__(workspace, name, "AzureMySql")
        self.server_name = server_name
        self.database_name = database_name
        self.user_id = user_id
        self.user_password: Optional[str] = None
        self.port_number = port_number


_CLASSES: Mapping[str, Type[AbstractDatastore]] = {
    AZURE_BLOB: AzureBlobDatastore,
    AZURE_FILE: AzureFileDatastore,
    "AzureDataLake": AzureDataLakeDatastore,
    "AzureDataLakeGen2": AzureDataLakeGen2Datastore,
    "AzureSqlDatabase": AzureSqlDatabaseDatastore,
    "AzurePostgreSql": AzurePostgreSqlDatastore,
    "AzureMySql": AzureMySqlDatastore,
}
_SECRET = {"AzurePostgreSql": {"user_password": None}, "AzureMySql": {"user_password": None}}


def of_record(workspace: Workspace, record: DatastoreRecord) -> AbstractDatastore:
    """The datastore of a record, of its own class."""
    values = {name: value for name, value in record.properties.items() if name != "credential_type"}
    values.update(_SECRET.get(record.type, {}))
    made = _CLASSES[record.type](workspace, record.name, **values)
    if "credential_type" in record.properties:
        made.credential_type = record.properties["credential_type"]  # type: ignore[attr-defined]
    made._seen = record
    return made


def all_of(workspace: Workspace) -> List[AbstractDatastore]:
    """The datastores of a workspace, by name; the default one knows it is. One request."""
    page = workspace._api.data.datastores(workspace._workspace_id)
    return [of_record(workspace, record) for record in page.datastores]


def named(workspace: Workspace, name: str) -> AbstractDatastore:
    """The datastore of that name. One request; DatastoreNotFound."""
    return of_record(workspace, workspace._api.data.datastore(workspace._workspace_id, name))


def default_of(workspace: Workspace) -> AbstractDatastore:
    """The default datastore of a workspace. One request."""
    return next(store for store in all_of(workspace) if store._record.is_default)


def make_default(workspace: Workspace, datastore: Union[str, AbstractDatastore]) -> None:
    """Make a datastore the default one. One request; DatastoreNotFound."""
    name = datastore.name if isinstance(datastore, AbstractDatastore) else str(datastore)
    workspace._api.data.set_default_datastore(workspace._workspace_id, name)
