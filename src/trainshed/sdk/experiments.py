"""What the server keeps about experiments, and the experiments that project folders of old name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from trainshed.contract.errors import BadValue, ExperimentNotFound
from trainshed.contract.history import ExperimentPatch, ExperimentView
from trainshed.sdk import workspace_config

if TYPE_CHECKING:
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.workspace import Workspace


def view_or_empty(workspace: Workspace, name: str) -> ExperimentView:
    """What the server keeps about it; nothing, if it has had no run yet. One request."""
    try:
        return workspace._api.history.experiment(workspace._workspace_id, name)
    except ExperimentNotFound:
        from trainshed.contract.wire import now

        return ExperimentView(name, now())


def patched(workspace: Workspace, name: str, patch: ExperimentPatch) -> ExperimentView:
    """Change it; one that has had no run yet comes to be, as in v1. Requests: 1, then 3."""
    history = workspace._api.history
    try:
        return history.patch_experiment(workspace._workspace_id, name, patch)
    except ExperimentNotFound:
        history.ensure_experiment(workspace._workspace_id, name)
        return history.patch_experiment(workspace._workspace_id, name, patch)


def of_directory(path: Any, auth: Any) -> Experiment:
    """See ``Experiment.from_directory``."""
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.workspace import Workspace

    folder = os.fspath(path)
    found = workspace_config.find(folder, None)
    if found is None:
        raise BadValue(what="Folder %r" % folder, why="neither it nor one above it has a project.json or config.json.")
    named = workspace_config.read(found)
    if named.experiment is None:
        why = "it names a workspace only. Use Experiment(Workspace.from_config(), name)."
        raise BadValue(what=found, why=why)
    return Experiment(Workspace.from_config(found, auth), named.experiment)
