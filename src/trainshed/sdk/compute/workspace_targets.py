"""The compute targets as a workspace offers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from trainshed.contract.errors import BadComputeSetting
from trainshed.sdk.compute.defaults import CPU_NAME, GPU_NAME
from trainshed.sdk.compute.target import ComputeTarget

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace

_DEFAULT_NAMES = {"CPU": CPU_NAME, "GPU": GPU_NAME}


def by_name(workspace: Workspace) -> Dict[str, Any]:
    """Those that somebody made, and ``local``. One request."""
    from trainshed.sdk.targets import LocalTarget

    page = workspace._api.compute.all(workspace._workspace_id)
    found: Dict[str, Any] = {view.name: LocalTarget(view) for view in page.always}
    found.update((record.name, ComputeTarget._of(workspace, record)) for record in page.clusters)
    return found


def default(workspace: Workspace, type: str) -> Optional[ComputeTarget]:
    """The cluster of v1's default name, None when nobody has made it.

    Raises:
        ComputeTargetException: ``type`` is neither CPU nor GPU.
    """
    name = _DEFAULT_NAMES.get(str(type).upper())
    if name is None:
        raise BadComputeSetting(what="type %r" % (type,), why="use 'CPU' or 'GPU'")
    return next((target for target in ComputeTarget.list(workspace) if target.name == name), None)


def create_defaults(workspace: Workspace, cpu: Any, gpu: Any) -> None:
    """What ``Workspace.create(default_cpu_compute_target=, default_gpu_compute_target=)`` asks for."""
    for kind, configuration in (("CPU", cpu), ("GPU", gpu)):
        if configuration is not None:
            ComputeTarget.create(workspace, _DEFAULT_NAMES[kind], configuration)
