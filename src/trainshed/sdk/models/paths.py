"""Where a model lies on this computer: ``./azureml-models/<name>/<version>/<file or folder>``, v1's layout.

Follows: azureml.core.model.Model.get_model_path: the order in which it looks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, List, Optional

from trainshed.contract.model_errors import ModelNotFound, ModelNotInCache
from trainshed.contract.models import check_model_name
from trainshed.contract.names import new_id
from trainshed.sdk import context
from trainshed.sdk.models import fetching
from trainshed.sdk.models.model import MODELS_DIR

if TYPE_CHECKING:
    from trainshed.contract.models import ModelRecord
    from trainshed.sdk.workspace import Workspace


def find(name: str, version: Optional[int], workspace: Optional[Workspace]) -> str:
    """The path of a model's file or folder; ModelNotFound, ModelNotInCache."""
    check_model_name(name)
    if workspace is None and context.run_id() is not None:
        from trainshed.sdk.workspace import Workspace

        workspace = Workspace._of_run()
    if version is not None:
        here = _held(_folder(name, version))
        if here is not None:
            return here
    if workspace is not None:
        return _of_workspace(workspace, name, version)
    return _offline(name, version)


def _of_workspace(workspace: Workspace, name: str, version: Optional[int]) -> str:
    try:
        record = workspace._api.models.newest(workspace._workspace_id, name=name, version=version)
    except ModelNotFound:
        if version is None and (_cached_versions(name) or os.path.exists(name)):
            return _offline(name, None)
        raise
    return _held(_folder(name, record.version)) or _brought(workspace, record)


def _brought(workspace: Workspace, record: ModelRecord) -> str:
    """Under another name first: other processes of the run may bring the same model into the same folder."""
    goal = _folder(record.name, record.version)
    partial = os.path.join(os.path.dirname(goal), ".%d.%s" % (record.version, new_id()[:8]))
    try:
        fetching.bring(workspace, record, partial, replace=True)
        try:
            os.rename(partial, goal)
        except OSError:
            if _held(goal) is None:
                raise
    finally:
        if os.path.isdir(partial):
            import shutil

            shutil.rmtree(partial)
    return os.path.join(goal, record.root)


def _offline(name: str, version: Optional[int]) -> str:
    wanted = _cached_versions(name) if version is None else [version]
    for number in wanted:
        here = _held(_folder(name, number))
        if here is not None:
            return here
    if version is None and os.path.exists(name):
        return name
    cache = MODELS_DIR + "/" + name if version is None else _folder(name, version)
    raise ModelNotInCache(model=name, cache=cache, folder=os.path.join(os.getcwd(), name))


def _cached_versions(name: str) -> List[int]:
    """Those that lie here, newest first."""
    try:
        found = os.listdir(os.path.join(MODELS_DIR, name))
    except OSError:
        return []
    return sorted((int(entry) for entry in found if entry.isdigit()), reverse=True)


def _folder(name: str, version: int) -> str:
    return os.path.join(MODELS_DIR, name, str(version))


def _held(folder: str) -> Optional[str]:
    """The one file or folder in it; the folder itself if it holds several; None if it holds none."""
    try:
        entries = [entry for entry in os.listdir(folder) if not entry.startswith(".")]
    except OSError:
        return None
    if not entries:
        return None
    return os.path.join(folder, entries[0]) if len(entries) == 1 else folder
