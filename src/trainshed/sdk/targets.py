"""Compute targets as a workspace lists them."""

from __future__ import annotations

from typing import Any, Dict

from trainshed.contract.api import TargetView

_LOCAL = TargetView(name="local", type="local", state="Succeeded")


class AbstractComputeTarget:
    """A kind and a name. Follows: azureml.core.compute_target.AbstractComputeTarget."""

    def __init__(self, compute_target_type: str, name: str) -> None:
        self._type = compute_target_type
        self._name = name

    @property
    def type(self) -> str:
        """The kind, such as ``local``."""
        return self._type

    @property
    def name(self) -> str:
        """The name, as ``compute_target`` takes it."""
        return self._name

    def __repr__(self) -> str:
        return "%s(name=%s, type=%s)" % (type(self).__name__, self.name, self.type)


class LocalTarget(AbstractComputeTarget):
    """A place where runs can go without being made; give it, or its name, as ``compute_target``.

    Follows: azureml.core.compute_target.LocalTarget.
    """

    def __init__(self, view: TargetView = _LOCAL) -> None:
        super().__init__(view.type, view.name)
        self._view = view

    @property
    def provisioning_state(self) -> str:
        """v1's word for a target that takes runs: Succeeded."""
        return "Succeeded" if self._view.state in ("ready", "idle", "busy") else self._view.state

    def serialize(self) -> Dict[str, Any]:
        """What is known about the target."""
        view = self._view
        return {
            "name": view.name,
            "type": view.type,
            "state": view.state,
            "running": view.running,
            "waiting": view.waiting,
        }
