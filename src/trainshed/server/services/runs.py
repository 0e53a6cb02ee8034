"""Runs: made, found, listed, described, ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import List, Optional, Sequence, Tuple

import msgspec
from sqlalchemy import bindparam, insert, select

from trainshed.contract.api import CancelAsk, Ending, RunCreate, RunDetails, RunPage, RunPatch
from trainshed.contract.data import with_run_id
from trainshed.contract.errors import (
    AttemptNotFound,
    BadValue,
    NotAllowed,
    PropertyExists,
    RunExists,
    RunNotFound,
    SnapshotMissing,
)
from trainshed.contract.names import check_experiment_name, check_run_id, new_run_id
from trainshed.contract.records import RunError, RunEvent, RunRecord
from trainshed.contract.spec import GPU_WARNING, TARGET_TYPE, RunSpec
from trainshed.contract.status import ALLOWED, ENDED, RunStatus
from trainshed.contract.wire import now, to_wire
from trainshed.server.services import experiments, lives, workspaces
from trainshed.server.services.callers import RUN, Caller, Callers
from trainshed.server.services.clusters import Clusters
from trainshed.server.services.ground import Ground
from trainshed.server.services.hardware import without_gpu
from trainshed.server.services.news import run_key
from trainshed.server.services.targets import Targets
from trainshed.server.storage import attempt_rows, data_rows, file_rows, run_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.run_rows import RunFilter, RunRow
from trainshed.server.storage.writer import Reading, Transaction

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
SCRIPT_RUN = "azureml.scriptrun"

_SPEC = select(t.run_specs.c.spec).where(t.run_specs.c.run_uid == bindparam("uid"))
_ADD_SPEC = insert(t.run_specs)
_SNAPSHOT = select(t.snapshots.c.id).where(
    t.snapshots.c.workspace_id == bindparam("ws"), t.snapshots.c.id == bindparam("id")
)


def find(connection: Reading, workspace_id: str, run_id: str) -> RunRow:
    """The run of that id; RunNotFound."""
    row = run_rows.find(connection, workspace_id, run_id)
    if row is None:
        raise RunNotFound(run_id=run_id, place="this workspace")
    return row


def spec_of(connection: Reading, uid: int) -> Optional[RunSpec]:
    """A run's frozen spec; None for one that is only a record."""
    stored = connection.execute(_SPEC, {"uid": uid}).scalar()
    return None if stored is None else msgspec.convert(stored, RunSpec)


class Runs:
    """The records of runs."""

    def __init__(self, ground: Ground, targets: Targets, clusters: Clusters, callers: Callers) -> None:
        self._ground = ground
        self._database = ground.database
        self._targets = targets
        self._clusters = clusters
        self._callers = callers

    # --- made

    async def create(self, workspace_id: str, ask: RunCreate, caller: Caller) -> RunRecord:
        """Make a run: with a spec it is queued, without one it is a record that somebody writes to.

        Raises:
            BadExperimentName, BadRunId, UnknownTarget, SnapshotMissing, RunExists, RunNotFound (the parent),
            WorkspaceNotFound;
            NotAllowed: a run makes runs below itself only.
        """
        check_experiment_name(ask.experiment)
        if ask.run_id is not None:
            check_run_id(ask.run_id)
        self._check_parent(workspace_id, ask, caller)

        def create(tx: Transaction) -> RunRecord:
            placed = ask if ask.spec is None else self._placed(tx, workspace_id, ask, ask.spec)
            return _create(tx, workspace_id, placed, caller.actor)

        return await self._database.write(create)

    def _placed(self, tx: Transaction, workspace_id: str, ask: RunCreate, spec: RunSpec) -> RunCreate:
        """With a target that exists, and a word where it lacks what was asked for. In the transaction: none can be
        deleted in between.
        """
        cluster = self._targets.check(tx, workspace_id, spec.target)
        facts = without_gpu(spec, cluster)
        if cluster is not None:
            facts[TARGET_TYPE] = cluster.type.lower()
        return replace(ask, spec=replace(spec, properties={**spec.properties, **facts})) if facts else ask

    def _check_parent(self, workspace_id: str, ask: RunCreate, caller: Caller) -> None:
        if caller.kind == RUN and ask.parent_id is None:
            raise NotAllowed(what="a run without a parent", why="Run %s may start runs below itself." % caller.run_id)
        if ask.parent_id is not None:
            self._callers.check_writes(caller, workspace_id, ask.parent_id)

    # --- read

    def get(self, workspace_id: str, run_id: str) -> RunRecord:
        """The record as it stands; RunNotFound. The most frequent request: no thread, no wait."""
        row = find(self._database.reader, workspace_id, run_id)
        return self._clusters.with_reason(self._database.reader, row)

    async def wait(self, workspace_id: str, run_id: str, known: int, wait_s: float) -> RunRecord:
        """The record as soon as it has an event after ``known`` or has ended; as it stands after ``wait_s`` seconds."""
        end = asyncio.get_running_loop().time() + wait_s
        news = self._ground.news
        with news.listening(run_key(workspace_id, run_id)) as bell:
            run = self.get(workspace_id, run_id)
            if run.event_seq > known or run.status in ENDED or wait_s <= 0:
                return run
            with news.watching(workspace_id, run_id):
                while run.event_seq <= known and run.status not in ENDED:
                    if not await bell.heard(end - asyncio.get_running_loop().time()):
                        break
                    run = self.get(workspace_id, run_id)
        return run

    async def list(
        self, workspace_id: str, narrowed: RunFilter, *, limit: int = DEFAULT_PAGE, after: Optional[str] = None
    ) -> RunPage:
        """A page of runs, newest first. ``after``: the ``next`` of the page before; BadValue."""
        if not 1 <= limit <= LARGEST_PAGE:
            raise BadValue(what="limit %d" % limit, why="a page has 1 to %d runs" % LARGEST_PAGE)
        if after is not None and not after.isdigit():
            raise BadValue(what="after %r" % after, why="it must be the 'next' of the page before")
        connection = self._database.reader
        workspaces.record(connection, workspace_id)
        below = None if after is None else int(after)
        if narrowed.words:  # all runs may have to be looked at
            page = run_rows.page
            rows = await self._database.read_aside(
                lambda reader: page(reader, workspace_id, narrowed, limit + 1, below)
            )
        else:
            rows = run_rows.page(connection, workspace_id, narrowed, limit + 1, below)
        more = str(rows[limit - 1].uid) if len(rows) > limit else None
        return RunPage(runs=tuple(self._clusters.with_reason(connection, row) for row in rows[:limit]), next=more)

    def oldest(self, workspace_id: str, narrowed: RunFilter, limit: int) -> Tuple[RunRecord, ...]:
        """The first runs that fit, oldest first: the head of a queue."""
        connection = self._database.reader
        rows = run_rows.oldest(connection, workspace_id, narrowed, limit)
        return tuple(self._clusters.with_reason(connection, row) for row in rows)

    def number(self, workspace_id: str, statuses: Sequence[RunStatus]) -> int:
        """How many runs of a workspace have one of these statuses; children are not counted."""
        return run_rows.number(self._database.reader, workspace_id, [status.value for status in statuses])

    async def details(self, workspace_id: str, run_id: str, *, files: bool = True) -> RunDetails:
        """All that is recorded about a run but its metrics; without ``files`` its files are left out: some runs have
        very many.
        """
        connection = self._database.reader
        row = find(connection, workspace_id, run_id)
        attempts = attempt_rows.of_run(connection, row.uid)
        dropped, torn = run_rows.losses(connection, row.uid)
        told = sum(report.metrics_dropped for attempt in attempts for report in attempt.record.nodes)
        return RunDetails(
            run=self._clusters.with_reason(connection, row),
            spec=spec_of(connection, row.uid),
            files=tuple(file_rows.of_run(connection, row.uid)) if files else (),
            events=run_rows.events(connection, row.uid, run_id),
            attempts=tuple(attempt.record for attempt in attempts),
            metrics_dropped=dropped + told,
            torn_lines=torn,
        )

    async def events(self, workspace_id: str, run_id: str) -> Tuple[RunEvent, ...]:
        """Every change of the run's status, oldest first; RunNotFound."""
        connection = self._database.reader
        return run_rows.events(connection, find(connection, workspace_id, run_id).uid, run_id)

    async def waiting(self, target: str) -> List[RunRecord]:
        """The queue of a target, oldest first."""
        return [row.run for row in run_rows.waiting(self._database.reader, target)]

    async def counts(self) -> Tuple[int, int]:
        """How many runs live on nodes, and how many wait for a place."""
        return run_rows.counts(self._database.reader)

    # --- changed

    async def patch(self, workspace_id: str, run_id: str, patch: RunPatch) -> RunRecord:
        """Name, description, tags; and properties, each of which keeps its first value.

        Raises:
            PropertyExists: a property has another value already; nothing is changed.
        """
        return await self._database.write(lambda tx: _patch(tx, workspace_id, run_id, patch))

    async def end(self, workspace_id: str, run_id: str, ending: Ending, caller: Caller) -> RunRecord:
        """See :func:`lives.end_as_asked`."""
        if ending.status not in ("Completed", "Failed", "Running"):
            raise BadValue(what="status %r" % ending.status, why="a run is asked to be Completed, Failed or Running")

        def end(tx: Transaction) -> RunRecord:
            return lives.end_as_asked(tx, find(tx, workspace_id, run_id), ending, caller.actor).run

        return await self._database.write(end)

    async def cancel(self, workspace_id: str, run_id: str, ask: CancelAsk, caller: Caller) -> RunRecord:
        """See :func:`lives.ask_to_cancel_all`."""

        def cancel(tx: Transaction) -> RunRecord:
            row = find(tx, workspace_id, run_id)
            return lives.ask_to_cancel_all(tx, row, ask.grace_s, ask.reason, caller.actor).run

        return await self._database.write(cancel)

    async def fail(self, workspace_id: str, run_id: str, error: RunError, reason: str) -> RunRecord:
        """The control loop could not get a run going; one that has ended stays as it is."""

        def fail(tx: Transaction) -> RunRecord:
            row = find(tx, workspace_id, run_id)
            if row.run.status in ENDED:
                return row.run
            return lives.change(tx, row, RunStatus.FAILED, reason, "control", error=error).run

        return await self._database.write(fail)

    async def silent(self, attempt_id: str) -> RunRecord:
        """A lease has run out: NotResponding, if the attempt is the run's newest and the run can be so."""

        def silent(tx: Transaction) -> RunRecord:
            attempt = attempt_rows.find(tx, attempt_id)
            if attempt is None:
                raise AttemptNotFound(attempt_id=attempt_id)
            row = run_rows.by_uid(tx, attempt.run_uid)
            current = attempt.record.number == row.run.attempt and attempt.record.given_up_reason is None
            if not current or RunStatus.NOT_RESPONDING not in ALLOWED[row.run.status]:
                return row.run
            return lives.change(tx, row, RunStatus.NOT_RESPONDING, "its node is silent", "control").run

        return await self._database.write(silent)


def _create(tx: Transaction, workspace_id: str, ask: RunCreate, actor: str) -> RunRecord:
    experiment = experiments.of_run(tx, workspace_id, ask.experiment)
    run_id = ask.run_id or new_run_id(ask.experiment)
    if run_rows.find(tx, workspace_id, run_id) is not None:
        raise RunExists(run_id=run_id)
    parent = None if ask.parent_id is None else find(tx, workspace_id, ask.parent_id)
    spec = ask.spec and replace(ask.spec, outputs=with_run_id(ask.spec.outputs, run_id))
    run = RunRecord(
        id=run_id,
        workspace_id=workspace_id,
        experiment=ask.experiment,
        number=experiments.next_number(tx, experiment),
        status=RunStatus.NOT_STARTED,
        created_at=now(),
        type=ask.type or (SCRIPT_RUN if spec is not None else None),
        parent_id=ask.parent_id,
        root_id=run_id if parent is None else parent.run.root_id,
        name=ask.name,
        target=None if spec is None else spec.target,
        created_by=actor,
        tags={**(spec.tags if spec else {}), **ask.tags},
        properties={**(spec.properties if spec else {}), **ask.properties},
        warnings=() if spec is None or GPU_WARNING not in spec.properties else (spec.properties[GPU_WARNING],),
        snapshot_id=_snapshot(tx, workspace_id, ask),
    )
    row = RunRow(run_rows.add(tx, run, experiment, None if parent is None else parent.uid), run)
    if spec is not None:
        tx.execute(_ADD_SPEC, {"run_uid": row.uid, "spec": to_wire(spec)})
        data_rows.add_uses(tx, workspace_id, row.uid, spec.inputs)
        return lives.change(tx, row, RunStatus.QUEUED, "submitted", actor).run
    if ask.start:
        return lives.change(tx, row, RunStatus.RUNNING, "started", actor).run
    lives.announce(tx, row)
    return run


def _snapshot(tx: Transaction, workspace_id: str, ask: RunCreate) -> Optional[str]:
    chosen = ask.snapshot_id or (ask.spec.source.snapshot_id if ask.spec is not None else None)
    return None if chosen is None else _known_snapshot(tx, workspace_id, chosen)


def _known_snapshot(tx: Transaction, workspace_id: str, chosen: str) -> str:
    if tx.execute(_SNAPSHOT, {"ws": workspace_id, "id": chosen}).first() is None:
        raise SnapshotMissing(snapshot_id=chosen)
    return chosen


def _patch(tx: Transaction, workspace_id: str, run_id: str, patch: RunPatch) -> RunRecord:
    row = find(tx, workspace_id, run_id)
    if patch.snapshot_id is not None and row.run.target is not None:
        why = "it was submitted; the snapshot of its source folder is %s." % row.run.snapshot_id
        raise BadValue(what="take_snapshot of run %s" % run_id, why=why)
    for name, value in patch.add_properties.items():
        old = row.run.properties.get(name, value)
        if old != value:
            raise PropertyExists(name=name, run_id=run_id, old=old)
    run_rows.set_tags(tx, row.uid, patch.set_tags, patch.remove_tags)
    run_rows.add_properties(tx, row.uid, patch.add_properties)
    if (patch.name, patch.description, patch.snapshot_id) != (None, None, None):
        changed = replace(
            row.run,
            name=row.run.name if patch.name is None else patch.name,
            description=row.run.description if patch.description is None else patch.description,
            snapshot_id=_changed_snapshot(tx, row.run, patch),
        )
        run_rows.put(tx, row.uid, changed)
    lives.announce(tx, row)
    return run_rows.by_uid(tx, row.uid).run


def _changed_snapshot(tx: Transaction, run: RunRecord, patch: RunPatch) -> Optional[str]:
    if patch.snapshot_id is None:
        return run.snapshot_id
    return _known_snapshot(tx, run.workspace_id, patch.snapshot_id)
