"""Removes what ended runs left on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, List

from trainshed.contract.layout import HomeLayout, NodeLayout, default_home
from trainshed.contract.status import ENDED

if TYPE_CHECKING:
    from trainshed.contract.records import RunRecord


def clean(run: RunRecord) -> List[str]:
    """Remove the node folders of an ended run whose content the server has to the end; the files removed."""
    removed: List[str] = []
    folder = HomeLayout(default_home()).runs / run.workspace_id / run.id
    if run.status not in ENDED:
        return removed
    for done in sorted(folder.glob("*/*/done.json")):
        removed += _remove(NodeLayout(done.parent))
    return removed


def _remove(node: NodeLayout) -> List[str]:
    import shutil

    files = [os.path.join(folder, name) for folder, _, names in os.walk(str(node.root)) for name in names]
    shutil.rmtree(str(node.root))
    return sorted(files)
