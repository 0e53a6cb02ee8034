"""Runs below a run, made by ``child_run`` and ``create_children``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from trainshed.contract.api import RunCreate
from trainshed.contract.errors import BadValue

if TYPE_CHECKING:
    from trainshed.sdk.run import Run


def one(
    parent: Run,
    *,
    name: Optional[str] = None,
    run_id: Optional[str] = None,
    outputs: Optional[str] = None,
    start: bool = True,
    tags: Optional[Dict[str, Optional[str]]] = None,
) -> Run:
    """A run below ``parent``. RunExists: ``run_id`` is taken."""
    from trainshed.sdk.interactive import outputs_of
    from trainshed.sdk.run import Run

    # A child without a folder of its own writes into its parent's.
    folder = None if not outputs else outputs_of(outputs)
    experiment = parent.experiment
    ask = RunCreate(
        experiment=experiment.name, run_id=run_id, start=start, parent_id=parent.id, name=name, tags=tags or {}
    )
    record = parent._api.create_run(parent._workspace_id, ask)
    child = Run._of_record(experiment, record)
    child._outputs = folder
    return child


def several(
    parent: Run, count: Optional[int], tag_key: Optional[str], tag_values: Optional[Sequence[Any]]
) -> List[Run]:
    """Runs below ``parent`` that are not started yet."""
    if (tag_key is None) != (tag_values is None):
        raise BadValue(what="create_children", why="tag_key and tag_values belong together")
    values = list(tag_values) if tag_values is not None else None
    if count is None and values is None:
        raise BadValue(what="create_children", why="give count, or tag_key and tag_values")
    if count is not None and values is not None and count != len(values):
        raise BadValue(what="create_children", why="count is %d, but there are %d tag_values" % (count, len(values)))
    wanted = len(values) if values is not None else int(count or 0)
    if wanted < 0:
        raise BadValue(what="create_children", why="count is %d" % wanted)
    tags = [{str(tag_key): str(value)} for value in values] if values is not None else [{}] * wanted
    return [one(parent, start=False, tags=dict(each)) for each in tags]
