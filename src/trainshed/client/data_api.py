"""The paths of datastores and datasets (docs/architecture.md, section 11), one method each."""

from __future__ import annotations

from typing import Optional
from urllib.parse import quote

from trainshed.client.http import Client
from trainshed.contract.data_records import (
    DatasetAsk,
    DatasetPage,
    DatasetPatch,
    DatasetRecord,
    DatasetUses,
    DatastoreAsk,
    DatastorePage,
    DatastoreRecord,
)


class DataApi:
    """Each method makes one request."""

    def __init__(self, client: Client) -> None:
        self._client = client

    # --- datastores

    def datastores(self, workspace: str) -> DatastorePage:
        return self._client.request("GET", _stores(workspace)).record(DatastorePage)

    def datastore(self, workspace: str, name: str) -> DatastoreRecord:
        return self._client.request("GET", _store(workspace, name)).record(DatastoreRecord)

    def register_datastore(self, workspace: str, ask: DatastoreAsk) -> DatastoreRecord:
        answer = self._client.request("POST", _stores(workspace), record=ask, idempotent=True)
        return answer.record(DatastoreRecord)

    def remove_datastore(self, workspace: str, name: str) -> None:
        self._client.request("DELETE", _store(workspace, name), idempotent=False)

    def set_default_datastore(self, workspace: str, name: str) -> DatastoreRecord:
        answer = self._client.request("POST", _store(workspace, name) + "/default", idempotent=True)
        return answer.record(DatastoreRecord)

    # --- datasets

    def keep_dataset(self, workspace: str, ask: DatasetAsk) -> DatasetRecord:
        """Keep a dataset; with a name in it, register it."""
        return self._client.request("POST", _sets(workspace), record=ask, idempotent=True).record(DatasetRecord)

    def datasets(self, workspace: str, name: Optional[str] = None) -> DatasetPage:
        """The newest version of each name; of one name all versions."""
        return self._client.request("GET", _sets(workspace), query={"name": name}).record(DatasetPage)

    def dataset_by_name(self, workspace: str, name: str, version: Optional[int] = None) -> DatasetRecord:
        query = {"name": name, "version": version}
        return self._client.request("GET", _sets(workspace) + "/named", query=query).record(DatasetRecord)

    def dataset(self, workspace: str, dataset_id: str) -> DatasetRecord:
        return self._client.request("GET", _set(workspace, dataset_id)).record(DatasetRecord)

    def patch_dataset(self, workspace: str, dataset_id: str, patch: DatasetPatch) -> DatasetRecord:
        answer = self._client.request("PATCH", _set(workspace, dataset_id), record=patch, idempotent=True)
        return answer.record(DatasetRecord)

    def unregister_dataset(self, workspace: str, name: str) -> DatasetPage:
        query = {"name": name}
        return self._client.request("DELETE", _sets(workspace), query=query, idempotent=False).record(DatasetPage)

    def dataset_runs(self, workspace: str, dataset_id: str) -> DatasetUses:
        return self._client.request("GET", _set(workspace, dataset_id) + "/runs").record(DatasetUses)


def _stores(workspace: str) -> str:
    return "/workspaces/%s/datastores" % quote(workspace, safe="")


def _store(workspace: str, name: str) -> str:
    return "%s/%s" % (_stores(workspace), quote(name, safe=""))


def _sets(workspace: str) -> str:
    return "/workspaces/%s/datasets" % quote(workspace, safe="")


def _set(workspace: str, dataset_id: str) -> str:
    return "%s/%s" % (_sets(workspace), quote(dataset_id, safe=""))
