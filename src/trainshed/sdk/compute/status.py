"""How a cluster stands, under v1's names and keys.

Follows: azureml.core.compute.amlcompute.AmlComputeStatus, AmlComputeNodeStateCounts, ScaleSettings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Dict, List, Mapping, Optional

from trainshed.contract.compute import ClusterRecord
from trainshed.contract.wire import format_time, parse_time


class ScaleSettings:
    """Between how many nodes a cluster has."""

    def __init__(self, minimum_node_count: Any, maximum_node_count: Any, idle_seconds_before_scaledown: Any) -> None:
        self.minimum_node_count = minimum_node_count
        self.maximum_node_count = maximum_node_count
        self.idle_seconds_before_scaledown = idle_seconds_before_scaledown

    def serialize(self) -> Dict[str, Any]:
        """v1's keys; the time in ISO 8601's form, as its service said it."""
        seconds = self.idle_seconds_before_scaledown
        return {
            "minNodeCount": self.minimum_node_count,
            "maxNodeCount": self.maximum_node_count,
            "nodeIdleTimeBeforeScaleDown": None if seconds is None else "PT%dS" % seconds,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> ScaleSettings:
        """The reverse of :meth:`serialize`."""
        idle = object_dict.get("nodeIdleTimeBeforeScaleDown")
        seconds = int(idle[2:-1]) if isinstance(idle, str) and idle[2:-1].isdigit() else idle
        return ScaleSettings(object_dict.get("minNodeCount"), object_dict.get("maxNodeCount"), seconds)


_COUNTS = ("idle", "leaving", "preempted", "preparing", "running", "unusable")


class AmlComputeNodeStateCounts:
    """How many nodes are in which state."""

    def __init__(
        self,
        idle_node_count: int,
        leaving_node_count: int,
        preempted_node_count: int,
        preparing_node_count: int,
        running_node_count: int,
        unusable_node_count: int,
    ) -> None:
        self.idle_node_count = idle_node_count
        self.leaving_node_count = leaving_node_count
        self.preempted_node_count = preempted_node_count
        self.preparing_node_count = preparing_node_count
        self.running_node_count = running_node_count
        self.unusable_node_count = unusable_node_count

    def serialize(self) -> Dict[str, int]:
        """v1's keys."""
        order = ("preparing", "running", "idle", "unusable", "leaving", "preempted")
        return {name + "NodeCount": getattr(self, name + "_node_count") for name in order}

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> AmlComputeNodeStateCounts:
        """The reverse of :meth:`serialize`."""
        return AmlComputeNodeStateCounts(*(int(object_dict.get(name + "NodeCount") or 0) for name in _COUNTS))


class AmlComputeStatus:
    """How a cluster stands. ``targetNodeCount`` equals ``currentNodeCount``: a node is there as soon as it is
    needed.
    """

    def __init__(
        self,
        allocation_state: str,
        allocation_state_transition_time: Optional[datetime],
        creation_time: Optional[datetime],
        current_node_count: int,
        errors: Optional[List[Any]],
        modified_time: Optional[datetime],
        node_state_counts: AmlComputeNodeStateCounts,
        provisioning_state: str,
        provisioning_state_transition_time: Optional[datetime],
        scale_settings: ScaleSettings,
        target_node_count: int,
        vm_priority: str,
        vm_size: str,
    ) -> None:
        self.allocation_state = allocation_state
        self.allocation_state_transition_time = allocation_state_transition_time
        self.creation_time = creation_time
        self.current_node_count = current_node_count
        self.errors = errors
        self.modified_time = modified_time
        self.node_state_counts = node_state_counts
        self.provisioning_state = provisioning_state
        self.provisioning_state_transition_time = provisioning_state_transition_time
        self.scale_settings = scale_settings
        self.target_node_count = target_node_count
        self.vm_priority = vm_priority
        self.vm_size = vm_size

    def serialize(self) -> Dict[str, Any]:
        """v1's keys; times as texts."""
        return {
            "currentNodeCount": self.current_node_count,
            "targetNodeCount": self.target_node_count,
            "nodeStateCounts": self.node_state_counts.serialize(),
            "allocationState": self.allocation_state,
            "allocationStateTransitionTime": _text(self.allocation_state_transition_time),
            "errors": self.errors,
            "creationTime": _text(self.creation_time),
            "modifiedTime": _text(self.modified_time),
            "provisioningState": self.provisioning_state,
            "provisioningStateTransitionTime": _text(self.provisioning_state_transition_time),
            "scaleSettings": self.scale_settings.serialize(),
            "vmPriority": self.vm_priority,
            "vmSize": self.vm_size,
        }

    @staticmethod
    def deserialize(object_dict: Mapping[str, Any]) -> AmlComputeStatus:
        """The reverse of :meth:`serialize`."""
        get = object_dict.get
        return AmlComputeStatus(
            allocation_state=str(get("allocationState")),
            allocation_state_transition_time=_time(get("allocationStateTransitionTime")),
            creation_time=_time(get("creationTime")),
            current_node_count=int(get("currentNodeCount") or 0),
            errors=get("errors"),
            modified_time=_time(get("modifiedTime")),
            node_state_counts=AmlComputeNodeStateCounts.deserialize(get("nodeStateCounts") or {}),
            provisioning_state=str(get("provisioningState")),
            provisioning_state_transition_time=_time(get("provisioningStateTransitionTime")),
            scale_settings=ScaleSettings.deserialize(get("scaleSettings") or {}),
            target_node_count=int(get("targetNodeCount") or 0),
            vm_priority=str(get("vmPriority")),
            vm_size=str(get("vmSize")),
        )


def of_record(record: ClusterRecord) -> AmlComputeStatus:
    """What the server's record means in v1's terms."""
    settings, running = record.settings, len(record.running)
    nodes = max(settings.min_nodes, running)
    return AmlComputeStatus(
        allocation_state="Steady",
        allocation_state_transition_time=record.modified_at,
        creation_time=record.created_at,
        current_node_count=nodes,
        errors=None,
        modified_time=record.modified_at,
        node_state_counts=AmlComputeNodeStateCounts(nodes - running, 0, 0, 0, running, 0),
        provisioning_state=record.state,
        provisioning_state_transition_time=None,
        scale_settings=ScaleSettings(settings.min_nodes, settings.max_nodes, settings.idle_s),
        target_node_count=nodes,
        vm_priority={"dedicated": "Dedicated", "lowpriority": "LowPriority"}[settings.vm_priority],
        vm_size=settings.vm_size.upper(),
    )


def _text(at: Optional[datetime]) -> Optional[str]:
    return None if at is None else format_time(at).replace("Z", "+00:00")


def _time(text: Optional[str]) -> Optional[datetime]:
    return None if text is None else parse_time(text.replace("+00:00", "Z"))
