"""Workspaces: where experiments, runs and everything they share belong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from trainshed.contract import variables
from trainshed.contract.errors import WorkspaceNotFound
from trainshed.contract.exceptions import UserErrorException, WorkspaceException
from trainshed.contract.names import check_workspace_names
from trainshed.sdk import context, servers, workspace_config
from trainshed.sdk.compute.defaults import CPU_NAME, GPU_NAME, DefaultConfiguration
from trainshed.sdk.notices import warn_once
from trainshed.sdk.workspace_assets import WorkspaceAssets
from trainshed.sdk.workspace_config import Named

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.api import WorkspaceAsk
    from trainshed.contract.records import WorkspaceRecord

#: Where work goes that names no workspace. v1's three names, none of them empty: scripts put them into strings.
DEFAULT = Named("local", "local", "default")


def _ask(workspace_name: str, subscription_id: str, resource_group: str, **more: Any) -> WorkspaceAsk:
    from trainshed.contract.api import WorkspaceAsk

    return WorkspaceAsk(workspace_name, subscription_id, resource_group, **more)


class Workspace(WorkspaceAssets):
    """A workspace that exists on the server.

    Args:
        subscription_id, resource_group, workspace_name: v1's names; here they only tell workspaces apart.
        auth: kept as ``_auth_object``; nobody is asked to log in.
        sku, tags: no effect; ``update`` changes tags.

    Raises:
        WorkspaceNotFound: there is none of these names.

    Follows: azureml.core.Workspace.
    """

    DEFAULT_CPU_CLUSTER_NAME = CPU_NAME
    DEFAULT_GPU_CLUSTER_NAME = GPU_NAME
    DEFAULT_CPU_CLUSTER_CONFIGURATION = DefaultConfiguration("STANDARD_DS2_V2")
    DEFAULT_GPU_CLUSTER_CONFIGURATION = DefaultConfiguration("STANDARD_NC6")

    def __init__(
        self,
        subscription_id: str,
        resource_group: str,
        workspace_name: str,
        auth: Any = None,
        _location: Optional[str] = None,
        _disable_service_check: bool = False,
        _workspace_id: Optional[str] = None,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        _cloud: str = "AzureCloud",
    ) -> None:
        api = servers.api()
        ask = _ask(str(workspace_name), str(subscription_id), str(resource_group))
        self._take(api, api.workspace(ask), auth)

    def _take(self, api: Api, record: WorkspaceRecord, auth: Any = None, server: Optional[str] = None) -> None:
        self.__api: Optional[Api] = api
        self.__record: Optional[WorkspaceRecord] = record
        self._names = Named(record.subscription_id, record.resource_group, record.name, server)
        self._workspace_id = record.id
        self._auth = auth

    @classmethod
    def _of(cls, api: Api, record: WorkspaceRecord, auth: Any = None, server: Optional[str] = None) -> Workspace:
        made = cls.__new__(cls)
        made._take(api, record, auth, server)
        return made

    @classmethod
    def _of_run(cls, auth: Any = None) -> Workspace:
        """The workspace of the run that this process belongs to. No request."""
        made = cls.__new__(cls)
        made._names = Named(
            os.environ.get(variables.SUBSCRIPTION, ""),
            os.environ.get(variables.RESOURCE_GROUP, ""),
            os.environ.get(variables.WORKSPACE_NAME, ""),
        )
        made._workspace_id = context.workspace_id()
        made._auth = auth
        made.__api = None
        made.__record = None
        return made

    @property
    def _api(self) -> Api:
        if self.__api is None:
            self.__api = servers.api()
        return self.__api

    @property
    def _record(self) -> WorkspaceRecord:
        if self.__record is None:
            names = self._names
            ask = _ask(names.workspace_name, names.subscription_id, names.resource_group)
            self.__record = self._api.workspace(ask)
        return self.__record

    @staticmethod
    def from_config(
        path: Optional[str] = None, auth: Any = None, _logger: Any = None, _file_name: Optional[str] = None
    ) -> Workspace:
        """The workspace that a ``config.json`` names; it comes to be if it does not exist yet.

        Searched for in ``.azureml``, ``aml_config`` and the folder itself, each from ``path`` (or the current folder)
        upwards. Without one, and without an argument that asks for one: the default workspace of the embedded server.
        Within a run: the run's own workspace, whatever files lie around. The files are only read.

        Args:
            path: a config file, or a folder to begin at.
            auth: kept as ``_auth_object``.

        Raises:
            UserErrorException: ``path`` was given and holds none, or the file is broken.

        Follows: azureml.core.Workspace.from_config; v1 raised wherever no file was found.
        """
        if context.run_id() is not None:
            return Workspace._of_run(auth)
        found = workspace_config.find(path, _file_name)
        names = DEFAULT if found is None else workspace_config.read(found)
        api = servers.api(names.server)
        ask = _ask(names.workspace_name, names.subscription_id, names.resource_group, create=True)
        workspace = Workspace._of(api, api.workspace(ask), auth, names.server)
        _say(workspace, found)
        return workspace

    @staticmethod
    def create(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        create_resource_group: bool = True,
        sku: str = "basic",
        tags: Optional[Dict[str, str]] = None,
        friendly_name: Optional[str] = None,
        storage_account: Optional[str] = None,
        key_vault: Optional[str] = None,
        app_insights: Optional[str] = None,
        container_registry: Optional[str] = None,
        adb_workspace: Optional[str] = None,
        primary_user_assigned_identity: Optional[str] = None,
        cmk_keyvault: Optional[str] = None,
        resource_cmk_uri: Optional[str] = None,
        hbi_workspace: bool = False,
        default_cpu_compute_target: Any = None,
        default_gpu_compute_target: Any = None,
        private_endpoint_config: Any = None,
        private_endpoint_auto_approval: bool = True,
        exist_ok: bool = False,
        show_output: bool = True,
        user_assigned_identity_for_cmk_encryption: Optional[str] = None,
        system_datastores_auth_mode: str = "accessKey",
        v1_legacy_mode: Optional[bool] = None,
    ) -> Workspace:
        """Make a workspace.

        Args:
            name, subscription_id, resource_group, location: its names.
            tags, friendly_name: what people say about it.
            exist_ok: take the one that is there already instead of raising.
            default_cpu_compute_target, default_gpu_compute_target: configurations, of which ``cpu-cluster`` and
                ``gpu-cluster`` are made.
            sku and the rest: of Azure; no effect.

        Raises:
            WorkspaceException: there is one of these names.
            UserErrorException: none can be called so.
        """
        api = servers.api()
        names = (name, subscription_id or DEFAULT.subscription_id, resource_group or DEFAULT.resource_group)
        check_workspace_names(*names)
        if not exist_ok and any((w.name, w.subscription_id, w.resource_group) == names for w in api.workspaces()):
            raise WorkspaceException("There is a workspace %r already. Pass exist_ok=True to use it." % name)
        ask = _ask(*names, location=location or "local", create=True)
        made = Workspace._of(api, api.workspace(ask), auth)
        if tags or friendly_name:
            made.update(friendly_name, tags=tags)
        if default_cpu_compute_target is not None or default_gpu_compute_target is not None:
            from trainshed.sdk.compute import workspace_targets

            workspace_targets.create_defaults(made, default_cpu_compute_target, default_gpu_compute_target)
        return made

    @staticmethod
    def get(
        name: str,
        auth: Any = None,
        subscription_id: Optional[str] = None,
        resource_group: Optional[str] = None,
        location: Optional[str] = None,
        cloud: str = "AzureCloud",
        id: Optional[str] = None,
    ) -> Workspace:
        """The workspace of that name; the other names are needed only to tell several apart.

        Raises:
            WorkspaceNotFound: there is none.
            WorkspaceException: there are several.
        """
        api = servers.api()
        known = api.workspaces()
        wanted = {"name": name, "subscription_id": subscription_id, "resource_group": resource_group, "id": id}
        found = [w for w in known if all(v is None or getattr(w, k) == v for k, v in wanted.items())]
        if len(found) > 1:
            which = "; ".join("%s in %s/%s" % (w.name, w.subscription_id, w.resource_group) for w in found)
            raise WorkspaceException(
                "Several workspaces are meant: %s. Give subscription_id and resource_group." % which,
                found_multiple=True,
            )
        if not found:
            raise WorkspaceNotFound(
                name=name,
                subscription_id=subscription_id or "any",
                resource_group=resource_group or "any",
                known=", ".join(sorted(w.name for w in known)) or "none",
            )
        return Workspace._of(api, found[0], auth)

    @staticmethod
    def list(
        subscription_id: str, auth: Any = None, resource_group: Optional[str] = None
    ) -> Dict[str, List[Workspace]]:
        """Workspaces by name; several may share one in different resource groups."""
        api = servers.api()
        found: Dict[str, List[Workspace]] = {}
        for record in api.workspaces():
            fits = record.subscription_id == subscription_id and resource_group in (None, record.resource_group)
            if fits:
                found.setdefault(record.name, []).append(Workspace._of(api, record, auth))
        return found

    def write_config(self, path: Optional[str] = None, file_name: Optional[str] = None) -> None:
        """Write ``.azureml/config.json`` under ``path`` (the current folder), for ``from_config`` to find.

        Raises:
            UserErrorException: a file is there that names another workspace and was not written by us; ``path`` is
                no folder, or nothing can be written there.
        """
        workspace_config.write(path or os.getcwd(), file_name or "config.json", self._names, self._workspace_id)

    @property
    def name(self) -> str:
        """Its name."""
        return self._names.workspace_name

    @property
    def subscription_id(self) -> str:
        """The subscription that its config.json names."""
        return self._names.subscription_id

    @property
    def resource_group(self) -> str:
        """The resource group that its config.json names."""
        return self._names.resource_group

    @property
    def location(self) -> str:
        """Where it is: ``local``, or what it was created with. Within a run it takes a request, once."""
        return self._record.location

    @property
    def sku(self) -> str:
        """Always ``basic``."""
        return "basic"

    @property
    def tags(self) -> Dict[str, str]:
        """The tags. One request."""
        return dict(self._api.history.notes(self._workspace_id).tags)

    @property
    def discovery_url(self) -> str:
        """Where the server is."""
        return servers.web_address(self._api)

    @property
    def _auth_object(self) -> Any:
        from trainshed.sdk.authentication import of_client

        return self._auth if self._auth is not None else of_client(self._api.client)

    def get_details(self) -> Dict[str, Any]:
        """What is known about the workspace, under v1's keys. One request."""
        record, notes = self._record, self._api.history.notes(self._workspace_id)
        path = "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.MachineLearningServices/workspaces/%s"
        return {
            "id": path % (record.subscription_id, record.resource_group, record.name),
            "name": record.name,
            "location": record.location,
            "type": "Microsoft.MachineLearningServices/workspaces",
            "tags": dict(notes.tags),
            "sku": self.sku,
            "workspaceid": record.id,
            "description": notes.description or "",
            "friendlyName": notes.friendly_name or record.name,
            "creationTime": record.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "discoveryUrl": self.discovery_url,
        }

    def update(
        self,
        friendly_name: Optional[str] = None,
        description: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        image_build_compute: Optional[str] = None,
        service_managed_resources_settings: Any = None,
        primary_user_assigned_identity: Optional[str] = None,
        allow_public_access_when_behind_vnet: Optional[bool] = None,
        v1_legacy_mode: Optional[bool] = None,
        sku: Optional[str] = None,
    ) -> Dict[str, Any]:
        """Say something else about the workspace; what it is now, under v1's keys. Requests: 2.

        Args:
            friendly_name, description: what is None stays as it is.
            tags: in place of all tags.
            sku and the rest: of Azure; no effect.
        """
        from trainshed.contract.history import WorkspacePatch
        from trainshed.sdk.labels import mapping

        texts = None if tags is None else {str(key): str(value) for key, value in mapping("tags", tags).items()}
        self._api.history.change_notes(self._workspace_id, WorkspacePatch(friendly_name, description, texts))
        return self.get_details()

    @staticmethod
    def setup() -> Workspace:
        """The workspace that ``from_config()`` gives; v1 asked at the terminal for the names of one."""
        return Workspace.from_config()

    def __repr__(self) -> str:
        return "Workspace.create(name=%r, subscription_id=%r, resource_group=%r)" % (
            self.name,
            self.subscription_id,
            self.resource_group,
        )

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_workspace(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Workspace):
            return NotImplemented
        return self._workspace_id == other._workspace_id

    def __hash__(self) -> int:
        return hash(self._workspace_id)


def _say(workspace: Workspace, config: Optional[str]) -> None:
    """Which server and workspace answer, once."""
    why = "no config.json was found" if config is None else config
    address = servers.web_address(workspace._api)
    warn_once("Trainshed at %s, workspace %r (%s)." % (address, workspace.name, why))


__all__ = ["UserErrorException", "Workspace"]
