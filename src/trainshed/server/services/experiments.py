"""Experiments: listed, tagged, archived, brought back, removed."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from trainshed.contract.errors import BadValue, ExperimentExists, ExperimentHasRuns, ExperimentNotFound, NotAllowed
from trainshed.contract.history import ACTIVE_ONLY, ALL, ARCHIVED_ONLY, ExperimentPatch, ExperimentView
from trainshed.contract.names import check_experiment_name
from trainshed.contract.wire import now
from trainshed.server.services import workspaces
from trainshed.server.services.callers import RUN, Caller
from trainshed.server.services.ground import Ground
from trainshed.server.storage import experiment_rows, run_rows
from trainshed.server.storage.writer import Reading, Transaction

Tags = Sequence[Tuple[str, Optional[str]]]

_NAMED_AT_MOST = 20


class Experiments:
    """The experiments of workspaces."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def list(
        self, workspace_id: str, view_type: str = ACTIVE_ONLY, *, name: Optional[str] = None, tags: Tags = ()
    ) -> Tuple[ExperimentView, ...]:
        """Those of a workspace, by name; WorkspaceNotFound, BadValue."""
        if view_type not in (ACTIVE_ONLY, ARCHIVED_ONLY, ALL):
            why = "it must be %s, %s or %s" % (ACTIVE_ONLY, ARCHIVED_ONLY, ALL)
            raise BadValue(what="view %r" % view_type, why=why)
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        return tuple(experiment_rows.listed(connection, workspace_id, view_type, name, tags))

    async def lately(self, workspace_id: str, limit: int) -> Tuple[ExperimentView, ...]:
        """The active ones of a workspace, those with the newest runs first; WorkspaceNotFound."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        return tuple(experiment_rows.lately(connection, workspace_id, limit))

    async def ensure(self, workspace_id: str, name: str) -> ExperimentView:
        """The experiment of that name, made if missing, archived or not; BadExperimentName, WorkspaceNotFound."""
        check_experiment_name(name)

        def ensure(tx: Transaction) -> ExperimentView:
            found = experiment_rows.find(tx, workspace_id, name)
            return experiment_rows.view(tx, _add(tx, workspace_id, name) if found is None else found[0])

        return await self._ground.database.write(ensure)

    async def get(self, workspace_id: str, name: str) -> ExperimentView:
        """ExperimentNotFound names those that there are."""
        connection = self._ground.database.reader
        return experiment_rows.view(connection, _find(connection, workspace_id, name))

    async def patch(self, workspace_id: str, name: str, patch: ExperimentPatch, caller: Caller) -> ExperimentView:
        """Tags, name, archived or not: all of it, or nothing.

        Raises:
            ExperimentNotFound, BadExperimentName; ExperimentExists: the new name is taken;
            NotAllowed: a run changes its own experiment only.
        """
        self._check_writes(caller, name)
        if patch.new_name is not None:
            check_experiment_name(patch.new_name)
        return await self._ground.database.write(lambda tx: _patch(tx, workspace_id, name, patch))

    async def remove(self, workspace_id: str, name: str) -> ExperimentView:
        """Forget an experiment without runs, as it was last. ExperimentNotFound, ExperimentHasRuns."""

        def remove(tx: Transaction) -> ExperimentView:
            number = _find(tx, workspace_id, name)
            seen = experiment_rows.view(tx, number)
            if experiment_rows.has_runs(tx, number):
                raise ExperimentHasRuns(experiment=name, count=seen.run_count)
            experiment_rows.remove(tx, number)
            return seen

        return await self._ground.database.write(remove)

    def _check_writes(self, caller: Caller, name: str) -> None:
        if caller.kind == RUN and run_rows.by_uid(self._ground.database.reader, caller.run_uid).run.experiment != name:
            raise NotAllowed(what="to change experiment %s" % name, why="A run may change its own experiment.")


def of_run(tx: Transaction, workspace_id: str, name: str) -> int:
    """The number of the experiment that gets a new run; made if missing, made active if it was archived."""
    found = experiment_rows.find(tx, workspace_id, name)
    if found is None:
        return _add(tx, workspace_id, name)
    number, archived_at = found
    if archived_at is not None:
        experiment_rows.archive(tx, number, None)
    return number


def next_number(tx: Transaction, experiment: int) -> int:
    """Count one more run of an experiment; returns its number, from 1."""
    return experiment_rows.count_run(tx, experiment)


def _add(tx: Transaction, workspace_id: str, name: str) -> int:
    workspaces.record(tx, workspace_id)
    return experiment_rows.add(tx, workspace_id, name)


def _find(connection: Reading, workspace_id: str, name: str) -> int:
    found = experiment_rows.find(connection, workspace_id, name)
    if found is not None:
        return found[0]
    workspace = workspaces.record(connection, workspace_id)
    names = [one.name for one in experiment_rows.listed(connection, workspace_id, ALL, None, ())]
    known = ", ".join(names[:_NAMED_AT_MOST]) + (" ..." if len(names) > _NAMED_AT_MOST else "")
    raise ExperimentNotFound(workspace=workspace.name, experiment=name, known=known or "none")


def _patch(tx: Transaction, workspace_id: str, name: str, patch: ExperimentPatch) -> ExperimentView:
    number = _find(tx, workspace_id, name)
    if patch.new_name not in (None, name):
        if experiment_rows.find(tx, workspace_id, str(patch.new_name)) is not None:
            raise ExperimentExists(experiment=patch.new_name)
        experiment_rows.rename(tx, number, str(patch.new_name))
    if patch.archived is not None:
        experiment_rows.archive(tx, number, now() if patch.archived else None)
    experiment_rows.set_tags(tx, number, patch.set_tags, patch.remove_tags)
    return experiment_rows.view(tx, number)
