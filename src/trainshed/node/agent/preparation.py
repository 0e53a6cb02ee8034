"""Preparing: the interpreter, the code, the data, and the command of each rank.

Done again after a kill, it does no harm.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Tuple

from trainshed.contract.errors import BlobMissing, Coded, SnapshotMissing
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig, ShimCommand
from trainshed.contract.spec import GPU_WARNING
from trainshed.node import disk
from trainshed.node.agent import environment, interpreter
from trainshed.node.agent.buildings import Buildings
from trainshed.node.agent.code import Source, remove
from trainshed.node.agent.data import Data
from trainshed.node.agent.folder import watched_folders
from trainshed.node.agent.joblog import EXECUTION, PREPARATION, JobLogs
from trainshed.node.agent.outputs import write_given
from trainshed.node.agent.reporting import Reporter
from trainshed.node.agent.server import Server, insist
from trainshed.node.agent.spares import Spares
from trainshed.node.agent.trouble import CannotPrepare
from trainshed.node.launchers import RankCommand, launcher_for

_FULL_PAUSE_S = 1.0
_AHEAD_S = 1.0


class Preparation:
    """Turns an agent's config into rank commands.

    Args:
        pause: waits so many seconds (or for a descriptor), or raises when the run is cancelled or given up meanwhile.
        check: raises then, and does not wait.
        reporter: tells people that something holds the run up, and what became known.
    """

    def __init__(
        self,
        config: AgentConfig,
        layout: NodeLayout,
        server: Server,
        joblogs: JobLogs,
        data: Data,
        pause: Callable[..., None],
        check: Callable[[], None],
        reporter: Reporter,
    ) -> None:
        self._config = config
        self._layout = layout
        self._server = server
        self._joblogs = joblogs
        self._data = data
        self._manifest: Optional[Dict[str, Any]] = None
        self._half_made = str(layout.code) + ".new"
        self._spares = Spares(config, layout)
        self._written: Optional[Source] = None
        self._pause = pause
        self._check = check
        self._warn = reporter.warn
        self.buildings = Buildings(config, layout, server, joblogs, pause, check, reporter)

    def ask_ahead(self) -> None:
        """Ask for the manifest, once: nothing else can be done before it is there. No answer: it is asked for later."""
        snapshot = self._config.spec.source.snapshot_id
        if snapshot is None or self._layout.code.exists():
            return
        self._manifest = self._spares.manifest(snapshot)
        if self._manifest is not None:
            return
        try:
            self._manifest = self._server.manifest(snapshot, timeout_s=_AHEAD_S)
        except Coded:
            pass

    def commands(self) -> Dict[int, ShimCommand]:
        """Prepare everything; the command of each rank of this node.

        Raises:
            CannotPrepare: the run can't start as it is.
        """
        begun = "run %s, attempt %d" % (self._config.run_id, self._config.attempt)
        python = self._built(begun) or self._given(begun)
        self._write_code()
        self._data.bring()
        return self._rank_commands(python)

    def _built(self, begun: str) -> Optional[str]:
        """The interpreter of an environment of ours. Its own log comes first, and whole: people follow it."""
        if self._config.spec.environment.kind != "packages":
            return None
        try:
            python, words = self.buildings.interpreter()
        finally:
            self._say(PREPARATION, begun)
        self._say(PREPARATION, words)
        return python

    def _given(self, begun: str) -> str:
        """The interpreter of an environment that somebody else looks after."""
        self._say(PREPARATION, begun)
        wanted = self._config.spec.environment
        if wanted.kind != "user_managed":
            raise CannotPrepare(
                "This release builds Python environments and runs user-managed ones; the run asks for one of kind %r. "
                "Set environment.python.user_managed_dependencies = True." % wanted.kind
            )
        if self._config.spec.command.command and wanted.interpreter == "python":
            return self._interpreter_if_any(wanted.interpreter)
        return self._checked(wanted.interpreter)

    def _interpreter_if_any(self, name: str) -> str:
        """A command as it stands may do without Python."""
        try:
            return self._checked(name)
        except CannotPrepare:
            return ""

    def _checked(self, name: str) -> str:
        search_path = self._config.inherited.get("PATH") or os.environ.get("PATH") or environment.SYSTEM_PATH
        path = interpreter.find(name, search_path)
        cache = HomeLayout(Path(self._config.runtime).parent.parent).interpreters
        version = interpreter.require_supported(path, str(cache), self._check)
        self._say(PREPARATION, "interpreter %s (Python %s)" % (path, ".".join(map(str, version))))
        return path

    def _write_code(self) -> None:
        """``code/``, unless an agent before this one made it."""
        while not self._layout.code.exists():
            try:
                self._try_to_write_code()
                break
            except OSError as error:
                if not disk.is_full(error):
                    raise CannotPrepare("The code could not be written to the node: %s" % error) from error
            remove(self._half_made)
            self._warn("The node's disk is full; the run waits for space.")
            self._pause(_FULL_PAUSE_S)

    def _try_to_write_code(self) -> None:
        began = time.monotonic()
        half_made = self._half_made
        remove(half_made)
        source = self._source()
        if source is None:
            os.mkdir(half_made, 0o755)
        else:
            try:
                insist(lambda: self._write_anew(source, half_made), self._pause)
            except BlobMissing as error:
                raise CannotPrepare("The snapshot is not whole: %s" % error.message) from error
        folders = watched_folders(True, self._config.spec.history.directories_to_watch)
        for name in folders:
            try:
                os.makedirs(os.path.join(half_made, name), mode=0o755, exist_ok=True)
            except FileExistsError:
                pass  # the snapshot has a file of that name
        if source is not None:
            write_given(self._layout, {file.path: (file.size_bytes, file.sha256) for file in source.files}, folders)
        os.rename(half_made, self._layout.code)
        took_ms = (time.monotonic() - began) * 1000
        count = len(source.files) if source else 0
        size = sum(file.size_bytes for file in source.files) if source else 0
        self._say(PREPARATION, "code: %d files, %d bytes, in %.1f ms" % (count, size, took_ms))

    def _write_anew(self, source: Source, folder: str) -> None:
        remove(folder)
        self._written = source
        if not self._spares.take(str(self._config.spec.source.snapshot_id), folder):
            source.write(folder)

    def keep_spare(self) -> None:
        """When all work is done: write the code of the next run of this snapshot."""
        if self._written is not None:
            # What stops a run does not concern the next one's code.
            source = Source(self._written.manifest, self._server, self._config.store, lambda: None)
            self._spares.keep(str(self._config.spec.source.snapshot_id), source)

    def _source(self) -> Optional[Source]:
        snapshot = self._config.spec.source.snapshot_id
        if snapshot is None:
            return None
        self._say(PREPARATION, "snapshot %s" % snapshot)
        try:
            manifest = self._manifest or insist(lambda: self._server.manifest(snapshot), self._pause)
        except SnapshotMissing as error:
            raise CannotPrepare(error.message) from error
        return Source(manifest, self._server, self._config.store, self._check)

    def _rank_commands(self, python: str) -> Dict[int, ShimCommand]:
        spec = self._config.spec
        if spec.properties.get(GPU_WARNING):
            self._say(EXECUTION, "warning: %s" % spec.properties[GPU_WARNING])
        ranks = launcher_for(spec).commands(spec, self._config.node, python)
        return {rank.rank: self._shim_command(rank, python, len(ranks)) for rank in ranks}

    def _shim_command(self, rank: RankCommand, python: str, rank_count: int) -> ShimCommand:
        variables = environment.build(self._config, self._layout, rank.rank, python, self.buildings.variables)
        variables.update(self._data.variables(variables))
        argv = self._argv(rank, variables)
        self._say(EXECUTION, "rank %d: %s" % (rank.rank, " ".join(argv)))
        self._say(EXECUTION, "in %s" % self._layout.code)
        # Names only: values may be secrets.
        self._say(EXECUTION, "variables: %s" % ", ".join(sorted(variables)))
        return ShimCommand(
            argv=argv,
            environment=variables,
            cwd=str(self._layout.code),
            log=str(self._layout.root / self._layout.driver_log(rank.rank, rank_count)),
            mark=self._config.attempt_id,
            grace_s=self._config.spec.limits.grace_s,
            mounts=self._data.mounts,
        )

    def _argv(self, rank: RankCommand, variables: Dict[str, str]) -> Tuple[str, ...]:
        words = list(rank.argv) if rank.shell else environment.expand(rank.argv, variables)
        if "/" not in words[0]:
            found = shutil.which(words[0], path=variables["PATH"])
            if found is None:
                raise CannotPrepare("There is no program %r on this node (PATH: %s)." % (words[0], variables["PATH"]))
            words[0] = found
        return tuple(words)

    def _say(self, name: str, words: str) -> None:
        self._joblogs.say(name, words)
