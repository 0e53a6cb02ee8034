"""Submit: a configuration and a folder become a run on the server.

What delays the script's start comes first (check, walk, ``POST /runs``); what does not comes after it, before
``submit`` returns (git's facts, the uncommitted diff, the hash cache). An unchanged folder costs one request, and one
more in git.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence, Tuple

from trainshed.contract.api import RunCreate
from trainshed.contract.errors import BadValue, SnapshotMissing, SourceMissing, UnknownTarget
from trainshed.contract.frozen import replace
from trainshed.contract.names import check_experiment_name
from trainshed.sdk import git, git_recording
from trainshed.sdk.compile import RUN_TYPE, Compiled, compile_run, with_snapshot
from trainshed.sdk.compile_environment import LOCAL
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
from trainshed.sdk.snapshot.recording import Recorder

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.records import RunRecord
    from trainshed.contract.spec import RunSpec
    from trainshed.sdk.snapshot.taking import Snapshot


def submit(
    experiment: Any,
    config: Any,
    tags: Optional[Mapping[str, Any]] = None,
    *,
    run_id: Optional[str] = None,
    parent_id: Optional[str] = None,
    name: Optional[str] = None,
    **overrides: Any,
) -> RunRecord:
    """Queue a run.

    Args:
        experiment: with ``name`` and ``workspace``.
        config: a ScriptRunConfig or an estimator; read and frozen now, later changes touch no earlier run.
        tags: of the run.
        run_id: the run's id; made up when None.
        parent_id: of the run whose child it becomes.
        name: for people.
        overrides: what an estimator lets a submit change.

    Returns:
        The run as the server recorded it, git's facts among its properties.

    Raises:
        Whatever :func:`compile_run` and :func:`take` raise, before anything is queued; UnknownTarget, RunExists,
        ServerUnreachable from the server.
    """
    config, inputs = _plain(config, overrides)
    workspace = experiment.workspace
    compiled = compile_run(config, tags, workspace, inputs)
    ask = RunCreate(
        experiment=check_experiment_name(experiment.name),
        run_id=run_id,
        type=RUN_TYPE,
        parent_id=parent_id,
        name=name,
        tags=compiled.spec.tags,
    )
    return _Submission(workspace._api, workspace._workspace_id, compiled).submit(ask)


def _plain(config: Any, overrides: Mapping[str, Any]) -> Tuple[ScriptRunConfig, Sequence[Any]]:
    """What is compiled, whatever the front door; and data that no argument names."""
    of_estimator = getattr(config, "_submitted", None)
    if of_estimator is not None:
        return of_estimator(overrides)  # type: ignore[no-any-return]
    if not isinstance(config, ScriptRunConfig):
        why = "submit takes a ScriptRunConfig or an Estimator"
        raise BadValue(what="config of type %s" % type(config).__name__, why=why)
    if overrides:
        why = "submit(ScriptRunConfig) takes tags and run_id; set the rest in the configuration"
        raise BadValue(what=", ".join(sorted(overrides)), why=why)
    return config, ()


def require_target(api: Api, workspace: str, target: str) -> None:
    """UnknownTarget unless the workspace has it. The server would say it too, but only after everything was sent."""
    if target == LOCAL:
        return
    known = tuple(view.name for view in api.targets(workspace).targets)
    if target not in known:
        from trainshed.contract.compute import nearest

        raise UnknownTarget(target=target, known=", ".join(known), near=nearest(target, known))


class _Submission:
    """One submit of a compiled run to one workspace."""

    def __init__(self, api: Api, workspace: str, compiled: Compiled) -> None:
        self._api = api
        self._workspace = workspace
        self._compiled = compiled
        self._snapshots = Recorder(api, workspace)

    def submit(self, ask: RunCreate) -> RunRecord:
        asked = git.ask(self._compiled.root)
        try:
            record, snapshot = self._create(ask)
        except BaseException:
            git.cancel(asked)
            raise
        snapshot.cache.save()
        return git_recording.add(self._api, record, asked)

    def _create(self, ask: RunCreate) -> Tuple[RunRecord, Snapshot]:
        """``POST /runs``; the snapshot goes first where the server can hardly know it, and again if it says so."""
        snapshot = self._snapshots.take(self._compiled.root)
        try:
            _require_script(self._compiled, snapshot)
            if self._snapshots.hardly_knows(snapshot):
                require_target(self._api, self._workspace, self._compiled.spec.target)
                snapshot = self._snapshots.send(snapshot)
            try:
                return self._post(ask, self._compiled.spec, snapshot), snapshot
            except SnapshotMissing:
                snapshot = self._snapshots.send(snapshot)
                return self._post(ask, self._compiled.spec, snapshot), snapshot
        finally:
            self._snapshots.drop(snapshot)

    def _post(self, ask: RunCreate, spec: RunSpec, snapshot: Snapshot) -> RunRecord:
        whole = with_snapshot(spec, snapshot.id)
        ask = replace(ask, spec=whole, snapshot_id=snapshot.id, properties=whole.properties)
        return self._api.create_run(self._workspace, ask)


def _require_script(compiled: Compiled, snapshot: Snapshot) -> None:
    """The script must be in the snapshot, too: SourceMissing names the rule that leaves it out."""
    script = compiled.spec.command.script
    if not script or any(file.path == script for file in snapshot.manifest.files):
        return
    from trainshed.sdk.snapshot.explaining import explain

    for verdict in explain(compiled.root):
        is_it = verdict.path == script or (verdict.path.endswith("/") and script.startswith(verdict.path))
        if is_it and not verdict.kept:
            where = "%s, line %s: %s" % (verdict.source, verdict.line, verdict.rule) if verdict.source else verdict.rule
            raise SourceMissing(what="Script", path=script, why="is left out of the snapshot (%s)." % where)
