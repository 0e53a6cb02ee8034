"""Runs of a notebook: made by ``start_logging``, their ``outputs/`` sent at their end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple

from trainshed.contract.api import RunCreate
from trainshed.contract.errors import BadValue
from trainshed.sdk.notices import warn

if TYPE_CHECKING:
    from trainshed.sdk.experiment import Experiment
    from trainshed.sdk.run import Run
    from trainshed.sdk.run_identity import RunIdentity
    from trainshed.sdk.snapshot.recording import Recorder
    from trainshed.sdk.workspace import Workspace

_DEFAULT_OUTPUTS = "outputs"
_Stamp = Tuple[int, int, int]


class Outputs:
    """A folder whose new and changed files become the run's ``outputs/`` at its end."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        self._is_ours = not os.path.isdir(self.folder)
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError as error:
            raise BadValue(what="outputs folder %r" % self.folder, why="it cannot be made: %s" % error) from error
        # What lies there already belongs to an earlier run.
        self._before = self._stamps()

    def send(self, run: RunIdentity) -> None:
        """Make the files that came since the beginning files of the run; an empty folder of ours is removed."""
        from trainshed.sdk.files import sending

        new = [path for path, stamp in self._stamps().items() if self._before.get(path) != stamp]
        names = ["outputs/" + os.path.relpath(path, self.folder).replace(os.sep, "/") for path in new]
        sending.send(run._api, *run._at, [sending.from_path(*pair) for pair in zip(names, new)], replace=True)
        self.leave()

    def leave(self) -> None:
        """Remove the folder if we made it and nothing is in it."""
        if self._is_ours:
            try:
                os.rmdir(self.folder)
            except OSError:
                pass

    def _stamps(self) -> Dict[str, _Stamp]:
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in sorted(names):
                path = os.path.join(folder, name)
                try:
                    status = os.stat(path)
                except OSError:
                    continue  # a dangling link, or gone meanwhile
                found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return found


def outputs_of(given: Any) -> Optional[Outputs]:
    """``outputs=`` of v1: a folder, None for ``outputs``, False for none.

    Raises:
        BadValue: it is no folder, and can't be made one. Where nobody named a folder, that is only said.
    """
    if given is False:
        return None
    if given is None or given is True:
        try:
            return Outputs(_DEFAULT_OUTPUTS)
        except BadValue as error:
            warn("%s The run keeps no files of it." % error.message)
            return None
    if not isinstance(given, (str, os.PathLike)):
        raise BadValue(what="outputs %r" % (given,), why="give the path of a folder, or False for none")
    return Outputs(os.fspath(given))


def start(experiment: Experiment, outputs: Any, snapshot_directory: Optional[str], **more: Any) -> Run:
    """A run that is Running at once. Requests: 1, plus those of the snapshot, and 1 or 2 for what git says."""
    from trainshed.sdk import git, git_recording
    from trainshed.sdk.run import Run

    workspace = experiment.workspace
    folder = None
    asked = git.ask(os.path.abspath(os.path.expanduser(snapshot_directory or os.curdir)))
    try:
        snapshot_id = None if snapshot_directory is None else _snapshot(workspace, snapshot_directory)
        folder = outputs_of(outputs)  # not before the snapshot, which shall not have it
        ask = RunCreate(experiment=experiment.name, snapshot_id=snapshot_id, **more)
        record = workspace._api.create_run(workspace._workspace_id, ask)
    except BaseException:
        git.cancel(asked)
        if folder is not None:
            folder.leave()
        raise
    run = Run._of_record(experiment, git_recording.add(workspace._api, record, asked))
    run._outputs = folder
    return run


def take_snapshot(run: RunIdentity, path: Any) -> str:
    """Record a folder or a file as the run's source; its id. Requests: those of the snapshot, and 1."""
    from trainshed.contract.api import RunPatch

    snapshot_id = _snapshot(run.experiment.workspace, os.fspath(path), what="file_or_folder_path", file_too=True)
    run._patch(RunPatch(snapshot_id=snapshot_id))
    return snapshot_id


def _snapshot(workspace: Workspace, path: str, *, what: str = "snapshot_directory", file_too: bool = False) -> str:
    """Record the folder as it is now; its id. Requests: 1 if the server has it, else those of sending it."""
    from trainshed.contract.errors import SourceMissing
    from trainshed.sdk.snapshot.recording import Recorder

    root = os.path.abspath(os.path.expanduser(path))
    recorder = Recorder(workspace._api, workspace._workspace_id)
    if os.path.isdir(root):
        return recorder.record(root)
    if file_too and os.path.isfile(root):
        return _snapshot_of_file(recorder, root)
    why = "does not exist." if file_too else "is no folder. Pass None for no snapshot."
    raise SourceMissing(what=what, path=path, why=why)


def _snapshot_of_file(recorder: Recorder, path: str) -> str:
    """A snapshot is of a folder: one that holds a copy of the file and nothing else."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="trainshed-snapshot-") as folder:
        shutil.copy(path, folder)
        return recorder.record(folder)
