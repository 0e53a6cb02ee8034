"""AmlCompute: a queue in front of so many places for runs on the server's machine.

Follows: azureml.core.compute.AmlCompute (1.11, 1.62).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional

from trainshed.contract.compute import AMLCOMPUTE, ClusterPatch
from trainshed.contract.errors import BadComputeSetting, UnknownTarget
from trainshed.sdk.compute import status as statuses
from trainshed.sdk.compute.provisioning import AmlComputeProvisioningConfiguration, check_identity, whole
from trainshed.sdk.compute.target import KINDS, ComputeTarget

if TYPE_CHECKING:
    from trainshed.contract.compute import ClusterRecord
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace

_POLL_S = 0.5
_LIVING = (
    "NotStarted",
    "Queued",
    "Provisioning",
    "Preparing",
    "Starting",
    "Running",
    "NotResponding",
    "CancelRequested",
    "Finalizing",
)


class AmlCompute(ComputeTarget):
    """A cluster of v1's, on the server's machine: up to ``max_nodes`` runs at once, each on a node of its own; the
    others wait in their order.

    Known differences: nodes are processes, so there is nothing to start up or scale down; ``vm_size`` is a name (one of
    a GPU family makes a run warn where there is no GPU).
    """

    _compute_type = AMLCOMPUTE

    def _take(self, workspace: Workspace, record: ClusterRecord) -> None:
        super()._take(workspace, record)
        settings = record.settings
        self.vm_size = settings.vm_size.upper()
        self.vm_priority = settings.vm_priority
        self.scale_settings = statuses.ScaleSettings(settings.min_nodes, settings.max_nodes, settings.idle_s)
        self.status = statuses.of_record(record)

    @staticmethod
    def provisioning_configuration(
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: Optional[int] = None,
        idle_seconds_before_scaledown: Optional[int] = None,
        admin_username: Optional[str] = None,
        admin_user_password: Optional[str] = None,
        admin_user_ssh_key: Optional[str] = None,
        vnet_resourcegroup_name: Optional[str] = None,
        vnet_name: Optional[str] = None,
        subnet_name: Optional[str] = None,
        tags: Optional[Dict[str, str]] = None,
        description: Optional[str] = None,
        remote_login_port_public_access: str = "NotSpecified",
        identity_type: Optional[str] = None,
        identity_id: Any = None,
        location: Optional[str] = None,
        enable_node_public_ip: bool = True,
    ) -> AmlComputeProvisioningConfiguration:
        """What ``ComputeTarget.create`` takes.

        Args:
            vm_size: a name of Azure's, kept and shown; STANDARD_D2_V2 if empty (v1: a size with a GPU).
            vm_priority: dedicated or lowpriority; no effect.
            min_nodes: shown as idle nodes; none has to be kept running.
            max_nodes: how many runs at once; required.
            idle_seconds_before_scaledown: kept and shown.
            tags, description: kept with the cluster.
            admin_username and the rest: checked as v1 did; no effect. No password or key is sent or kept.

        Raises:
            ComputeTargetException: names the argument that is amiss.
        """
        return AmlComputeProvisioningConfiguration(
            vm_size,
            vm_priority,
            min_nodes,
            max_nodes,
            idle_seconds_before_scaledown,
            admin_username,
            admin_user_password,
            admin_user_ssh_key,
            vnet_resourcegroup_name,
            vnet_name,
            subnet_name,
            tags,
            description,
            remote_login_port_public_access,
            identity_type,
            identity_id,
            location,
            enable_node_public_ip,
        )

    def wait_for_completion(  # type: ignore[override]  # v1's own order of arguments
        self,
        show_output: bool = False,
        min_node_count: Optional[int] = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Wait until the cluster is ready: it is, as soon as it is made. After :meth:`delete`: until it is gone.

        Args:
            show_output: print v1's lines.
            min_node_count: how many nodes must be there; at most ``max_nodes``. They come when they are needed.
            timeout_in_minutes: only a delete can take long: its last runs go on.
            is_delete_operation: wait until it is gone.

        Raises:
            ComputeTargetException: ``min_node_count`` is above ``max_nodes``.
        """
        if is_delete_operation:
            self._wait_until_gone(timeout_in_minutes, show_output=show_output)
            return
        self.refresh_state()
        most = self._seen.settings.max_nodes
        if min_node_count is not None and whole("min_node_count", min_node_count) > most:
            why = "%s has at most %d (max_nodes)" % (self.name, most)
            raise BadComputeSetting(what="min_node_count %d" % min_node_count, why=why)
        if show_output:
            print(self.provisioning_state)  # noqa: T201  v1 printed it
            print("AmlCompute wait for completion finished\n")  # noqa: T201
            print("Minimum number of nodes requested have been provisioned")  # noqa: T201

    def _wait_until_gone(self, minutes: float, *, show_output: bool) -> None:
        import time

        end = time.monotonic() + minutes * 60
        while self._is_there() and time.monotonic() < end:
            time.sleep(_POLL_S)
        if show_output:
            left = "%s: its runs go on" % self.provisioning_state if self.provisioning_state != "Deleted" else "Deleted"
            print("%s\nAmlCompute wait for completion finished" % left)  # noqa: T201

    def _is_there(self) -> bool:
        try:
            self.refresh_state()
        except UnknownTarget:
            self.provisioning_state = "Deleted"
            return False
        return True

    def get_status(self) -> statuses.AmlComputeStatus:
        """Nodes, settings and state. One request."""
        self.refresh_state()
        return self.status

    def get(self) -> Dict[str, Any]:
        """What the server knows now, as :meth:`serialize` tells it. One request."""
        self.refresh_state()
        return self.serialize()

    def update(
        self,
        min_nodes: Optional[int] = None,
        max_nodes: Optional[int] = None,
        idle_seconds_before_scaledown: Optional[int] = None,
    ) -> None:
        """Change the settings. More nodes take waiting runs at once; with fewer, those that run go on.

        Raises:
            ComputeTargetException: a value is not allowed, or the cluster is being deleted.
        """
        names = ("min_nodes", "max_nodes", "idle_seconds_before_scaledown")
        given = (min_nodes, max_nodes, idle_seconds_before_scaledown)
        counts = [None if value is None else whole(name, value) for name, value in zip(names, given)]
        patch = ClusterPatch(min_nodes=counts[0], max_nodes=counts[1], idle_s=counts[2])
        record = self.workspace._api.compute.update(self.workspace._workspace_id, self.name, patch)
        self._take(self.workspace, record)

    def delete(self) -> None:
        """Delete the cluster. Runs that wait in its queue are canceled; those that run go on, and with the last of them
        it is gone; until then its state is Deleting, and it takes no further run. (v1 ended them.)
        """
        record = self.workspace._api.compute.delete(self.workspace._workspace_id, self.name)
        self._take(self.workspace, record)

    def detach(self) -> None:
        """v1's answer: ComputeTargetException, an AmlCompute is deleted."""
        raise BadComputeSetting(what="detach of %r" % self.name, why="an AmlCompute is not attached; use delete()")

    def list_nodes(self) -> List[Dict[str, Any]]:
        """The nodes: one for each run that holds a place, and idle ones up to ``min_nodes``. One request."""
        self.refresh_state()
        busy = [self._node(number, run_id) for number, run_id in enumerate(self._seen.running)]
        idle = range(len(busy), self._seen.settings.min_nodes)
        return busy + [self._node(number, None) for number in idle]

    def _node(self, number: int, run_id: Optional[str]) -> Dict[str, Any]:
        return {
            "nodeId": "%s-%d" % (self.name, number),
            "port": None,
            "publicIpAddress": None,
            "privateIpAddress": "127.0.0.1",
            "nodeState": "idle" if run_id is None else "running",
            "runId": run_id,
        }

    def get_active_runs(
        self, type: Optional[str] = None, tags: Any = None, properties: Any = None, status: Optional[str] = None
    ) -> Iterator[Run]:
        """The runs on this cluster that have not ended, newest first; asked for as they are taken.

        Args:
            type, tags, properties: as in ``Run.list``.
            status: only those in this one.
        """
        from trainshed.sdk import run_listing

        asked: Dict[str, Any] = {"tags": tags, "properties": properties, "type": type, "include_children": True}
        found = run_listing.runs(self.workspace, None, target=self.name, status=status, **asked)
        return (run for run in found if run.status in _LIVING)

    @staticmethod
    def supported_vmsizes(workspace: Workspace, location: Optional[str] = None) -> List[Dict[str, Any]]:
        """v1's list of sizes, with its keys. Others of Azure's families are taken, too: here a size is only a name.

        Args:
            workspace, location: as in v1; the list is the same everywhere.
        """
        from trainshed.contract.vm_sizes import vm_sizes

        return vm_sizes()

    @staticmethod
    def validate_identity(identity_type: Optional[str], identity_id: Any) -> None:
        """ComputeTargetException unless the two fit together as v1 wanted it."""
        check_identity(identity_type, identity_id)

    def serialize(self) -> Dict[str, Any]:
        """What is known about it, as JSON can say it."""
        return {
            "id": self.id,
            "name": self.name,
            "location": self.location,
            "type": self.type,
            "tags": self.tags,
            "description": self.description,
            "provisioningState": self.provisioning_state,
            "provisioningErrors": self.provisioning_errors,
            "status": self.status.serialize(),
        }

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: Dict[str, Any]) -> ComputeTarget:
        """The cluster of a dict that :meth:`serialize` gave, as it stands now. One request.

        Raises:
            ComputeTargetException: it is gone, or the dict is of no AmlCompute.
        """
        if object_dict.get("type") != AMLCOMPUTE:
            raise BadComputeSetting(what="type %r" % (object_dict.get("type"),), why="the dict is of no AmlCompute")
        return AmlCompute(workspace, object_dict.get("name"))  # type: ignore[arg-type]


KINDS[AMLCOMPUTE] = AmlCompute
