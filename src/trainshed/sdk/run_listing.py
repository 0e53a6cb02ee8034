"""Lists of runs, newest first, asked for page by page as they are taken; and runs from their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.labels import Labels, words

if TYPE_CHECKING:
    from trainshed.contract.records import RunRecord
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace

_FIRST_PAGE, _PAGE = 50, 500

#: How runs of a type become objects; ``Run.add_type_provider`` adds to it.
_factories: Dict[str, Callable[[Any, Any], Run]] = {}


def add_factory(run_type: str, factory: Callable[[Any, Any], Run]) -> None:
    """From now on runs of that type are made by ``factory(experiment, record)``."""
    _factories[run_type] = factory


def of_record(workspace: Workspace, record: RunRecord, experiment: Optional[Experiment] = None) -> Run:
    """The object for a record, of the class that belongs to its type. No request."""
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.run import Run, ScriptRun

    if experiment is None or experiment.name != record.experiment:
        experiment = Experiment(workspace, record.experiment)
    factory = _factories.get(record.type or "")
    if factory is not None:
        return factory(experiment, record)
    return (ScriptRun if record.type == "azureml.scriptrun" else Run)._of_record(experiment, record)


def runs(
    workspace: Workspace,
    experiment: Optional[Experiment],
    *,
    tags: Labels = None,
    properties: Labels = None,
    type: Optional[str] = None,
    status: Optional[str] = None,
    **narrowed: Any,
) -> Iterator[Run]:
    """Runs, newest first.

    Args:
        workspace: where.
        experiment: only its runs; None: of the whole workspace.
        tags, properties: a key, a list of keys, or a dict of keys and values; all must hold.
        type, status: v1's words; UserErrorException lists them if a status is none of them.
        narrowed: further ones of ``Api.list_runs``.
    """
    if status is not None:
        _check_status(status)
    asked = dict(
        narrowed,
        experiment=None if experiment is None else experiment.name,
        tags=words("tags", tags),
        properties=words("properties", properties),
        type=type,
        status=status,
    )
    return _pages(workspace, experiment, asked)


def _check_status(status: Any) -> None:
    from difflib import get_close_matches

    from trainshed.contract.status import RunStatus

    known = [one.value for one in RunStatus]
    if not isinstance(status, str) or status not in known:
        near = get_close_matches(str(status).title(), known, 1)
        hint = "Did you mean %r? " % near[0] if near else ""
        raise BadValue(what="status %r" % (status,), why="%suse one of %s" % (hint, ", ".join(known)))


def _pages(workspace: Workspace, experiment: Optional[Experiment], asked: Dict[str, Any]) -> Iterator[Run]:
    after, size = None, _FIRST_PAGE
    while True:
        page = workspace._api.list_runs(workspace._workspace_id, limit=size, after=after, **asked)
        for record in page.runs:
            yield of_record(workspace, record, experiment)
        if page.next is None:
            return
        after, size = page.next, _PAGE


def on_target(compute: Any, **narrowed: Any) -> Iterator[Run]:
    """The runs on a compute target, newest first. BadValue: it does not know its workspace."""
    workspace, name = getattr(compute, "workspace", None), getattr(compute, "name", None)
    if workspace is None or name is None:
        raise BadValue(
            what="compute", why="a target of a workspace is needed, as ws.compute_targets gives; not %r." % (compute,)
        )
    return runs(workspace, None, target=name, include_children=True, **narrowed)
