"""The configuration that an AmlCompute is made from, with all of v1's arguments and checks.

Follows: azureml.core.compute.amlcompute.AmlComputeProvisioningConfiguration (1.11, 1.62).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from trainshed.contract.compute import (
    AMLCOMPUTE,
    DEFAULT_IDLE_S,
    DEFAULT_VM_SIZE,
    ClusterAsk,
    ClusterSettings,
    check_new,
    check_target_name,
)
from trainshed.contract.errors import BadComputeSetting
from trainshed.sdk.compute.status import ScaleSettings
from trainshed.sdk.compute.target import ComputeTarget, ComputeTargetProvisioningConfiguration
from trainshed.sdk.notices import warn_once

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace

_REMOTE_LOGIN = ("Enabled", "Disabled", "NotSpecified")
_NETWORK = ("vnet_resourcegroup_name", "vnet_name", "subnet_name")
#: Accepted as v1 did; there is no machine of Azure's to which they could apply.
_NO_EFFECT = (
    "admin_username",
    "admin_user_password",
    "admin_user_ssh_key",
    *_NETWORK,
    "identity_type",
    "identity_id",
    "compute_location",
)


class AmlComputeProvisioningConfiguration(ComputeTargetProvisioningConfiguration):
    """What ``AmlCompute.provisioning_configuration`` gives; its arguments are told there. Passwords and keys stay in
    this object: none is sent or kept.
    """

    def __init__(
        self,
        vm_size: str = "",
        vm_priority: str = "dedicated",
        min_nodes: Any = 0,
        max_nodes: Any = None,
        idle_seconds_before_scaledown: Any = None,
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
        compute_location: Optional[str] = None,
        enable_node_public_ip: bool = True,
    ) -> None:
        super().__init__(AMLCOMPUTE, compute_location)
        self.vm_size = vm_size
        self.vm_priority = vm_priority
        self.scale_settings = ScaleSettings(min_nodes, max_nodes, idle_seconds_before_scaledown)
        self.admin_username = admin_username
        self.admin_user_password = admin_user_password
        self.admin_user_ssh_key = admin_user_ssh_key
        self.vnet_resourcegroup_name = vnet_resourcegroup_name
        self.vnet_name = vnet_name
        self.subnet_name = subnet_name
        self.tags = tags
        self.description = description
        self.remote_login_port_public_access = remote_login_port_public_access
        self.identity_type = identity_type
        self.identity_id = identity_id
        self.compute_location = compute_location
        self.enable_node_public_ip = enable_node_public_ip
        self.validate_configuration()

    def validate_configuration(self) -> None:
        """ComputeTargetException, which names the argument that is amiss."""
        self._settings()
        if self.admin_username and not (self.admin_user_password or self.admin_user_ssh_key):
            raise BadComputeSetting(what="admin_username", why="give admin_user_password or admin_user_ssh_key with it")
        given = [name for name in _NETWORK if getattr(self, name)]
        if given and len(given) < len(_NETWORK):
            missing = ", ".join(name for name in _NETWORK if name not in given)
            raise BadComputeSetting(what=" and ".join(given), why="of a virtual network %s is missing" % missing)
        if self.remote_login_port_public_access not in _REMOTE_LOGIN:
            what = "remote_login_port_public_access %r" % (self.remote_login_port_public_access,)
            raise BadComputeSetting(what=what, why="use one of %s" % ", ".join(_REMOTE_LOGIN))
        check_identity(self.identity_type, self.identity_id)
        if self.tags is not None and not isinstance(self.tags, dict):
            raise BadComputeSetting(what="tags %r" % (self.tags,), why="give a dict such as {'team': 'vision'}")

    def _settings(self) -> ClusterSettings:
        scale = self.scale_settings
        if scale.maximum_node_count is None:
            why = "it is required: how many runs the cluster takes at once"
            raise BadComputeSetting(what="max_nodes", why=why)
        idle = scale.idle_seconds_before_scaledown
        settings = ClusterSettings(
            vm_size=str(self.vm_size or DEFAULT_VM_SIZE),
            max_nodes=whole("max_nodes", scale.maximum_node_count),
            min_nodes=whole("min_nodes", 0 if scale.minimum_node_count is None else scale.minimum_node_count),
            vm_priority=str(self.vm_priority or "dedicated").lower(),
            idle_s=DEFAULT_IDLE_S if idle is None else whole("idle_seconds_before_scaledown", idle),
        )
        return check_new(settings)

    def _create(self, workspace: Workspace, name: str) -> ComputeTarget:
        self.validate_configuration()
        check_target_name(name)
        self._tell_what_has_no_effect()
        tags = {str(key): str(value) for key, value in (self.tags or {}).items()}
        ask = ClusterAsk(name, self._settings(), self.description, tags)
        return ComputeTarget._of(workspace, workspace._api.compute.create(workspace._workspace_id, ask))

    def _tell_what_has_no_effect(self) -> None:
        given = [name for name in _NO_EFFECT if getattr(self, name)]
        if str(self.vm_priority).lower() == "lowpriority":
            given.insert(0, "vm_priority")
        if self.remote_login_port_public_access != "NotSpecified":
            given.append("remote_login_port_public_access")
        if given:
            words = "AmlCompute: its nodes are processes on this machine; accepted without effect: %s."
            warn_once(words % ", ".join(given))


def check_identity(identity_type: Any, identity_id: Any) -> None:
    """v1's rule for managed identities. ComputeTargetException."""
    if identity_type is None and not identity_id:
        return
    if identity_type not in ("SystemAssigned", "UserAssigned"):
        raise BadComputeSetting(what="identity_type %r" % (identity_type,), why="use SystemAssigned or UserAssigned")
    if (identity_type == "UserAssigned") != bool(identity_id):
        why = "UserAssigned needs it, and SystemAssigned takes none"
        raise BadComputeSetting(what="identity_id %r" % (identity_id,), why=why)


def whole(name: str, value: Any) -> int:
    """A number of nodes or seconds; notebooks also give it as text, as an environment variable holds it."""
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadComputeSetting(what="%s %r" % (name, value), why="give a whole number of at least 0")
    return value
