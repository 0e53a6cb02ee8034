"""Compute targets as a workspace lists them."""

from __future__ import annotations

from typing import Any, Dict

from trainshed.contract.api import TargetView


class LocalTarget:
    """A place where runs can go; give it, or its name, as ``compute_target``.

    Follows: azureml.core.compute_target.LocalTarget.
    """

    def __init__(self, view: TargetView) -> None:
        self.name = view.name
        self.type = view.type
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

    def __repr__(self) -> str:
        return "%s(name=%s, type=%s)" % (type(self).__name__, self.name, self.type)
