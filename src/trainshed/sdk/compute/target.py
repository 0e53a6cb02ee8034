"""What all compute targets have in common: found by name, made from a configuration, or attached by one.

Follows: azureml.core.compute.compute (1.11, 1.62).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Dict, List, Optional, Type

from trainshed.contract.compute import ClusterRecord, check_target_name
from trainshed.contract.errors import BadComputeSetting
from trainshed.sdk.workspace_argument import check_workspace

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace

#: Each kind of target that the server tells of, and its class.
KINDS: Dict[str, Type[ComputeTarget]] = {}


class ComputeTarget:
    """A compute target of a workspace, of the class that belongs to its kind.

    Args:
        workspace: where.
        name: of a target that exists. One request.

    Raises:
        ComputeTargetException: there is none; the message holds ``ComputeTargetNotFound``, names those that exist, and
            says how to make it.

    Follows: azureml.core.ComputeTarget. ``'local'`` is no object, as in v1: give the word itself.
    """

    _compute_type: ClassVar[str] = ""

    def __new__(cls, workspace: Optional[Workspace] = None, name: Optional[str] = None) -> ComputeTarget:
        if workspace is None or name is None:
            return super().__new__(cls)  # copies and pickles
        return cls._of(workspace, _found(workspace, name))

    def __init__(self, workspace: Workspace, name: str) -> None:
        pass  # __new__ has asked already

    @classmethod
    def _class_of(cls, record: ClusterRecord) -> Type[ComputeTarget]:
        from trainshed.sdk.compute import cluster  # noqa: F401  makes itself known

        kind = KINDS.get(record.type)
        if kind is None or not issubclass(kind, cls):
            why = "it is of type %s; take it with ComputeTarget(workspace, %r)" % (record.type, record.name)
            raise BadComputeSetting(what="compute target %r" % record.name, why=why)
        return kind

    @classmethod
    def _of(cls, workspace: Workspace, record: ClusterRecord) -> ComputeTarget:
        made: ComputeTarget = object.__new__(cls._class_of(record))
        made._take(workspace, record)
        return made

    def _take(self, workspace: Workspace, record: ClusterRecord) -> None:
        """Become what the server has just told."""
        self.workspace = workspace
        self.name = record.name
        self.type = record.type
        self.provisioning_state = record.state
        self.provisioning_errors: Optional[List[Any]] = None
        self.created_on = record.created_at
        self.modified_on = record.modified_at
        self.description = record.description
        self.tags: Optional[Dict[str, str]] = dict(record.tags) or None
        self.is_attached = False
        self._seen = record

    @property
    def location(self) -> str:
        """Where the workspace is."""
        return self.workspace.location

    @property
    def id(self) -> str:
        """v1's long form of the name."""
        workspace = self.workspace
        path = (
            "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.MachineLearningServices/workspaces/%s/computes/%s"
        )
        return path % (workspace.subscription_id, workspace.resource_group, workspace.name, self.name)

    @staticmethod
    def create(workspace: Workspace, name: str, provisioning_configuration: Any) -> ComputeTarget:
        """Make a target. It is ready at once: its nodes are processes on the server's machine.

        Args:
            workspace: where.
            name: 2 to 32 letters, digits and ``-``, a letter first.
            provisioning_configuration: what ``AmlCompute.provisioning_configuration`` gives.

        Raises:
            ComputeTargetException: the name is not allowed, or taken by a target of another size. One of the same size
                gets the new settings, as v1's service did it.
        """
        make = getattr(provisioning_configuration, "_create", None)
        if make is None:
            what = "provisioning_configuration of type %s" % type(provisioning_configuration).__name__
            raise BadComputeSetting(what=what, why="give what AmlCompute.provisioning_configuration(...) returns")
        made: ComputeTarget = make(workspace, name)
        return made

    @staticmethod
    def attach(workspace: Workspace, name: str, attach_configuration: Any) -> ComputeTarget:
        """Take a machine that is there already into the workspace.

        Args:
            workspace: where.
            name: of the target.
            attach_configuration: what a class of targets that are attached gives. There is none yet: an AmlCompute is
                created.

        Raises:
            ComputeTargetException: it is no such configuration.
        """
        check_workspace(workspace, "ComputeTarget.attach")
        check_target_name(name)
        if not isinstance(attach_configuration, ComputeTargetAttachConfiguration):
            what = "attach_configuration of type %s" % type(attach_configuration).__name__
            why = "nothing of that kind can be attached. AmlCompute: ComputeTarget.create; this computer: 'local'"
            raise BadComputeSetting(what=what, why=why)
        attach_configuration.validate_configuration()
        return attach_configuration._attach(workspace, name)

    @staticmethod
    def deserialize(workspace: Workspace, object_dict: Any) -> ComputeTarget:
        """The target of a dict that ``serialize`` gave, as it stands now. One request.

        Raises:
            ComputeTargetException: it is gone, or the dict is of no compute target.
        """
        name = object_dict.get("name") if isinstance(object_dict, dict) else None
        if not isinstance(name, str):
            raise BadComputeSetting(what="object_dict %r" % (object_dict,), why="give what target.serialize() returned")
        return ComputeTarget(workspace, name)

    @staticmethod
    def list(workspace: Workspace) -> List[ComputeTarget]:
        """The targets of a workspace that somebody made, by name. One request. ``'local'`` is always there, and no
        object.
        """
        page = workspace._api.compute.all(workspace._workspace_id)
        return [ComputeTarget._of(workspace, record) for record in page.clusters]

    def wait_for_completion(self, show_output: bool = False, is_delete_operation: bool = False) -> None:
        """Wait until it is ready; or gone, with ``is_delete_operation``."""
        raise NotImplementedError

    def refresh_state(self) -> None:
        """Ask the server how it stands. One request."""
        self._take(self.workspace, _found(self.workspace, self.name))

    def get_status(self) -> Any:
        """How it stands now. One request."""
        self.refresh_state()
        return self.provisioning_state

    def delete(self) -> None:
        """Remove it from its workspace."""
        raise NotImplementedError

    def detach(self) -> None:
        """Take it out of its workspace without harm to the machine."""
        raise NotImplementedError

    def serialize(self) -> Dict[str, Any]:
        """What is known about it, as JSON can say it."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return "%s(workspace=%r, name=%s, id=%s, type=%s, provisioning_state=%s, location=%s, tags=%s)" % (
            type(self).__name__,
            self.workspace,
            self.name,
            self.id,
            self.type,
            self.provisioning_state,
            self.location,
            self.tags,
        )

    def _repr_html_(self) -> str:
        from trainshed.sdk import tables

        return tables.of_compute(self)


class ComputeTargetProvisioningConfiguration:
    """What a target shall be. Follows: azureml.core.compute.compute.ComputeTargetProvisioningConfiguration."""

    def __init__(self, type: Any, location: Optional[str]) -> None:
        self._compute_type = type
        self.location = location

    def validate_configuration(self) -> None:
        """ComputeTargetException unless such a target can be made."""
        raise NotImplementedError


class ComputeTargetAttachConfiguration:
    """How a machine is reached that shall become a target. The base of those that can be attached.

    Follows: azureml.core.compute.compute.ComputeTargetAttachConfiguration.
    """

    def __init__(self, type: Any) -> None:
        self._compute_type = type

    def validate_configuration(self) -> None:
        """ComputeTargetException unless such a machine can be attached."""
        raise NotImplementedError

    def _attach(self, workspace: Workspace, name: str) -> ComputeTarget:
        raise NotImplementedError


def _found(workspace: Workspace, name: str) -> ClusterRecord:
    if not name:
        raise BadComputeSetting(what="name %r" % (name,), why="give the name of a compute target")
    return workspace._api.compute.get(workspace._workspace_id, name)
