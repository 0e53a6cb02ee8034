"""What a service of a model needs."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from trainshed.contract.errors import BadValue


class ResourceConfiguration:
    """Cores, memory and graphics cards of a model's service.

    Args:
        cpu: cores; a part of one is allowed.
        memory_in_gb: GB.
        gpu: graphics cards.

    Raises:
        BadValue: one is no number above 0.

    Follows: azureml.core.resource_configuration.ResourceConfiguration.
    """

    def __init__(
        self, cpu: Optional[float] = None, memory_in_gb: Optional[float] = None, gpu: Optional[int] = None
    ) -> None:
        self.cpu = cpu
        self.memory_in_gb = memory_in_gb
        self.gpu = gpu
        for name, value in (("cpu", cpu), ("memory_in_gb", memory_in_gb), ("gpu", gpu)):
            if value is not None and not _is_amount(value):
                raise BadValue(what="ResourceConfiguration", why="%s must be a number, not %r." % (name, value))

    def serialize(self) -> Dict[str, Any]:
        """A JSON value, under v1's keys."""
        return {"cpu": self.cpu, "memoryInGB": self.memory_in_gb, "gpu": self.gpu}

    @staticmethod
    def deserialize(payload_obj: Optional[Mapping[str, Any]]) -> Optional[ResourceConfiguration]:
        """The reverse of :meth:`serialize`; None for None."""
        if payload_obj is None:
            return None
        return ResourceConfiguration(payload_obj.get("cpu"), payload_obj.get("memoryInGB"), payload_obj.get("gpu"))

    def __repr__(self) -> str:
        return "ResourceConfiguration(cpu=%s, memory_in_gb=%s, gpu=%s)" % (self.cpu, self.memory_in_gb, self.gpu)


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
