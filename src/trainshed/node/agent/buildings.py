"""What an agent does about an environment that has to be built: asks for it, and tells what became of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Callable, Dict, Sequence, Tuple

from trainshed.contract import building
from trainshed.contract.errors import BlobMissing
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig
from trainshed.node import disk, processes
from trainshed.node.agent.joblog import BUILD, JobLogs
from trainshed.node.agent.reporting import Reporter
from trainshed.node.agent.server import Server, insist
from trainshed.node.agent.trouble import CannotPrepare

#: In the environment of all that builds for an attempt.
_MARK = "TRAINSHED_BUILDS_FOR"
_FULL_PAUSE_S = 1.0


class Buildings:
    """The environment of one node of one attempt. Those who never ask for one load nothing for it."""

    def __init__(
        self,
        config: AgentConfig,
        layout: NodeLayout,
        server: Server,
        joblogs: JobLogs,
        pause: Callable[..., None],
        check: Callable[[], None],
        reporter: Reporter,
    ) -> None:
        self._config = config
        self._layout = layout
        self._server = server
        self._joblogs = joblogs
        self._pause = pause
        self._check = check
        self._reporter = reporter
        self._release: Callable[[], None] = lambda: None
        #: What tells a training process about its environment.
        self.variables: Dict[str, str] = {}

    def interpreter(self) -> Tuple[str, str]:
        """The Python of the environment that the spec asks for; and a line about it.

        Raises:
            CannotPrepare: it can't be had; with the resolver's words and what to do.
        """
        from trainshed.node.environments.provide import Environments, Node, Unavailable

        node = Node(self._layout, self._config.attempt_id, self._say, self._wait, self._check, self._fetch)
        home = HomeLayout(Path(self._config.runtime).parent.parent)
        environments = Environments(
            home.environments, node, self._config.inherited, self._for_building(home), self._config.uv
        )
        self._release = environments.release
        if self._reporter.adopted:
            self.end_orphans()
        while True:
            try:
                built = environments.provide(self._config.spec.environment)
                break
            except Unavailable as error:
                self._say(str(error))
                raise CannotPrepare(str(error), {"environment": self._config.spec.environment.name}) from error
            except OSError as error:
                if not disk.is_full(error):
                    raise CannotPrepare("The environment could not be built: %s" % error) from error
            self._reporter.warn("The node's disk is full; the run waits for space.")
            self._pause(_FULL_PAUSE_S)
        self._reporter.describe(environments.properties(built))
        # Both names are v1's way, too: its environments were conda's, called azureml_<hash>.
        self.variables = {"VIRTUAL_ENV": built.folder, "CONDA_DEFAULT_ENV": "azureml_" + built.name}
        return built.python, "environment %s: %s (Python %s)" % (built.name, built.python, built.facts.python)

    def release(self) -> None:
        """The run needs its environment no more."""
        self._release()

    def end_orphans(self) -> None:
        """End what an agent before this one, which was killed, left building for this attempt."""
        for pid in processes.marked(["%s=%s" % (_MARK, self._config.attempt_id)]):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def _for_building(self, home: HomeLayout) -> Dict[str, str]:
        """Of the shell that submits, where that is one of this machine; else of the server's."""
        kept = building.read(home.building)
        return {**(self._config.building if kept is None else kept), _MARK: self._config.attempt_id}

    def _say(self, words: str) -> None:
        self._joblogs.say(BUILD, words)

    def _wait(self, timeout_s: float, fds: Sequence[int]) -> None:
        self._pause(timeout_s, fds)

    def _fetch(self, sha256: str, target: str) -> None:
        """A content of the store, whole, in a new file."""
        try:
            insist(lambda: self._write(sha256, target), self._pause)
        except BlobMissing as error:
            raise CannotPrepare("A wheel of the environment is missing: %s" % error.message) from error

    def _write(self, sha256: str, target: str) -> None:
        import hashlib

        digest = hashlib.sha256()
        with open(target, "wb") as file:
            for block in self._server.blob(sha256):
                self._check()
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != sha256:
            raise CannotPrepare("A wheel came with sha256 %s instead of %s." % (digest.hexdigest(), sha256))
