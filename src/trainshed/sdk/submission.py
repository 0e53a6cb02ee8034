"""Submit: a configuration and a folder become a run on the server.

What delays the script's start comes first (check, walk, ``POST /runs``); what does not comes after it, before
``submit`` returns (git's facts, the uncommitted diff, the hash cache). An unchanged folder costs one request
plus one for git.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, FrozenSet, Mapping, Optional, Set, Tuple

from trainshed.contract import variables
from trainshed.contract.api import RunCreate, RunPatch
from trainshed.contract.errors import BadValue, SnapshotMissing, SourceChanging, SourceMissing
from trainshed.contract.layout import HomeLayout, default_home
from trainshed.contract.names import check_experiment_name
from trainshed.sdk import git
from trainshed.sdk.compile import RUN_TYPE, Compiled, compile_run, with_snapshot
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
from trainshed.sdk.notices import warn_once

if TYPE_CHECKING:
    from pathlib import Path

    from trainshed.client.api import Api
    from trainshed.contract.records import RunRecord
    from trainshed.contract.spec import RunSpec
    from trainshed.sdk.snapshot.taking import Snapshot

_SEND_TRIES = 5
_LARGE_BYTES = 300 * 2**20
_MANY_FILES = 10_000

#: Snapshots that a server has taken already in this process: (its addresses, workspace, snapshot).
_ACCEPTED: Set[Tuple[Tuple[str, ...], str, str]] = set()


class Submission:
    """One submit: where to, and what.

    Args:
        api: of the server.
        workspace: its id.
        experiment: its name.
    """

    def __init__(self, api: Api, workspace: str, experiment: str) -> None:
        self._api = api
        self._workspace = workspace
        self._experiment = check_experiment_name(experiment)
        self._incoming = _incoming(api)

    def submit(
        self, compiled: Compiled, *, run_id: Optional[str], parent_id: Optional[str], name: Optional[str]
    ) -> RunRecord:
        """Queue the run and record what git says; see :func:`submit`."""
        asked = git.ask(compiled.root)
        try:
            snapshot = self._take(compiled)
            ask = RunCreate(
                experiment=self._experiment,
                run_id=run_id,
                type=RUN_TYPE,
                parent_id=parent_id,
                name=name,
                tags=compiled.spec.tags,
            )
            record, snapshot = self._create(ask, compiled, snapshot)
        except BaseException:
            git.cancel(asked)
            raise
        snapshot.cache.save()
        return self._add_git(record, asked)

    def _take(self, compiled: Compiled) -> Snapshot:
        from trainshed.sdk.snapshot.taking import take

        snapshot = take(compiled.root, cache_folder=_cache_folder(), incoming=self._incoming, left_out=_left_out())
        _require_script(compiled, snapshot)
        return snapshot

    def _create(self, ask: RunCreate, compiled: Compiled, snapshot: Snapshot) -> Tuple[RunRecord, Snapshot]:
        """``POST /runs``; the snapshot goes first where the server can hardly know it, and again if it says so."""
        from trainshed.sdk.snapshot.taking import drop_copies

        if snapshot.is_new and self._key(snapshot) not in _ACCEPTED:
            snapshot = self._send(compiled, snapshot)
        try:
            record = self._post(ask, compiled.spec, snapshot)
        except SnapshotMissing:
            snapshot = self._send(compiled, snapshot)
            record = self._post(ask, compiled.spec, snapshot)
        finally:
            drop_copies(self._incoming, list(snapshot.copies))
        return record, snapshot

    def _post(self, ask: RunCreate, spec: RunSpec, snapshot: Snapshot) -> RunRecord:
        from dataclasses import replace

        whole = with_snapshot(spec, snapshot.id)
        ask = replace(ask, spec=whole, snapshot_id=snapshot.id, properties=whole.properties)
        return self._api.create_run(self._workspace, ask)

    def _send(self, compiled: Compiled, snapshot: Snapshot) -> Snapshot:
        """Send the snapshot; taken anew when a file changed meanwhile."""
        from trainshed.sdk.snapshot.reading import Changed
        from trainshed.sdk.snapshot.sending import send

        _tell_if_large(snapshot)
        for tries in range(1, _SEND_TRIES + 1):
            try:
                send(self._api, self._workspace, snapshot, self._incoming)
                break
            except Changed as error:
                if tries == _SEND_TRIES:
                    raise SourceChanging(path=error.path, tries=tries, ignore_file=".amlignore") from error
                snapshot.cache.known.clear()
                snapshot = self._take(compiled)
        _ACCEPTED.add(self._key(snapshot))
        return snapshot

    def _key(self, snapshot: Snapshot) -> Tuple[Tuple[str, ...], str, str]:
        return self._api.client.addresses, self._workspace, snapshot.id

    def _add_git(self, record: RunRecord, asked: git.Asked) -> RunRecord:
        properties, diff = git.answer(asked)
        if diff:
            self._api.put_file(self._workspace, record.id, git.DIFF_FILE, diff, replace=True)
        if not properties:
            return record
        return self._api.patch_run(self._workspace, record.id, RunPatch(add_properties=properties))


def submit(
    experiment: Any,
    config: Any,
    tags: Optional[Mapping[str, Any]] = None,
    *,
    run_id: Optional[str] = None,
    parent_id: Optional[str] = None,
    name: Optional[str] = None,
) -> RunRecord:
    """Queue a run.

    Args:
        experiment: with ``name`` and ``workspace``.
        config: a ScriptRunConfig; read and frozen now, later changes touch no earlier run.
        tags: of the run.
        run_id: the run's id; made up when None.
        parent_id: of the run whose child it becomes.
        name: for people.

    Returns:
        The run as the server recorded it, git's facts among its properties.

    Raises:
        Whatever :func:`compile_run` and :func:`take` raise, before anything is queued; UnknownTarget, RunExists,
        ServerUnreachable from the server.
    """
    if not isinstance(config, ScriptRunConfig):
        raise BadValue(what="config of type %s" % type(config).__name__, why="submit takes a ScriptRunConfig")
    compiled = compile_run(config, tags)
    workspace = experiment.workspace
    submission = Submission(workspace._api, workspace._workspace_id, experiment.name)
    return submission.submit(compiled, run_id=run_id, parent_id=parent_id, name=name)


def _require_script(compiled: Compiled, snapshot: Snapshot) -> None:
    script = compiled.spec.command.script
    if not script or any(file.path == script for file in snapshot.manifest.files):
        return
    from trainshed.sdk.snapshot.explaining import explain

    for verdict in explain(compiled.root):
        is_it = verdict.path == script or (verdict.path.endswith("/") and script.startswith(verdict.path))
        if is_it and not verdict.kept:
            where = "%s, line %s: %s" % (verdict.source, verdict.line, verdict.rule) if verdict.source else verdict.rule
            raise SourceMissing(what="Script", path=script, why="is left out of the snapshot (%s)." % where)


def _tell_if_large(snapshot: Snapshot) -> None:
    from trainshed.contract import words

    files, size_bytes = snapshot.listing.files, snapshot.manifest.size_bytes
    if size_bytes < _LARGE_BYTES and len(files) < _MANY_FILES:
        return
    largest = sorted(files, key=lambda file: -file.size_bytes)[:3]
    names = ", ".join("%s (%s)" % (file.path, words.size(file.size_bytes)) for file in largest)
    warn_once(
        "The snapshot of %s holds %d files, %s; the largest: %s. Leave out what the script does not need by lines in "
        ".amlignore (see: trainshed snapshot explain)." % (snapshot.root, len(files), words.size(size_bytes), names)
    )


def _incoming(api: Api) -> Optional[str]:
    """The server's folder for new contents, when the server is this computer's and we may write there."""
    if os.environ.get(variables.RUN_ID):
        return None  # a run's token may not adopt
    for address in api.client.addresses:
        if address.startswith("unix://"):
            folder = str(HomeLayout(_path(os.path.dirname(address[7:]))).incoming)
            return folder if os.access(folder, os.W_OK | os.X_OK) else None
    return None


def _cache_folder() -> Optional[str]:
    if os.environ.get(variables.RUN_ID):
        return None  # a node keeps nothing of ours
    return str(HomeLayout(default_home()).hash_cache)


def _left_out() -> FrozenSet[str]:
    return frozenset({str(default_home())})


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text)
