"""The target ``local``: agents on the server's own machine, forked in a millisecond, as many at once as are asked
for.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from pathlib import Path
from typing import Dict, List, Mapping, Sequence

import msgspec

from trainshed.contract import building
from trainshed.contract.api import TargetView
from trainshed.contract.layout import HomeLayout, NodeLayout, RankLayout
from trainshed.contract.messages import AgentConfig
from trainshed.contract.wire import dumps
from trainshed.server.compute.backend import (
    Assignment,
    ComputeBackend,
    Handle,
    LaunchPlan,
    NodePlan,
    Observed,
)
from trainshed.server.compute.building import find_uv
from trainshed.server.compute.forker import Forker, inherited
from trainshed.server.compute.runtime import Runtime

NAME = "local"

_log = logging.getLogger("trainshed.local")


class LocalBackend(ComputeBackend):
    """Node folders under ``<home>/runs``.

    Args:
        layout: the home.
        runtime: for the training processes' path.
        forker: starts the agents.
    """

    def __init__(self, layout: HomeLayout, runtime: Runtime, forker: Forker) -> None:
        self._layout = layout
        self._runtime = runtime
        self._forker = forker
        self._inherited: Dict[str, str] = inherited(dict(os.environ))
        self._building: Dict[str, str] = building.taken_over(os.environ)
        self._uv = find_uv()

    def targets(self) -> Sequence[TargetView]:
        return (TargetView(name=NAME, type="local", state="Succeeded"),)

    def plan(self, assignment: Assignment) -> LaunchPlan:
        node_count = assignment.spec.topology.node_count
        handle = self.handle(assignment.attempt, node_count)
        return LaunchPlan(handle, tuple(self._node(assignment, handle, node) for node in range(node_count)))

    def _node(self, assignment: Assignment, handle: Handle, node: int) -> NodePlan:
        attempt = assignment.attempt
        config = AgentConfig(
            run_id=attempt.run_id,
            experiment=assignment.experiment,
            workspace=assignment.workspace,
            attempt_id=attempt.id,
            attempt=attempt.number,
            node=node,
            addresses=assignment.addresses,
            agent_token=assignment.agent_token,
            run_token=assignment.run_token,
            run_token_expiry=assignment.run_token_expiry,
            runtime=str(self._runtime.path()),
            spec=assignment.spec,
            store=str(self._layout.store),
            forker_socket=self._forker.socket_path,
            inherited=self._inherited,
            uv=self._uv,
            building=self._building if assignment.spec.environment.kind == "packages" else {},
        )
        return NodePlan(folder=str(self._folder(handle, node).root), config=config)

    def _folder(self, handle: Handle, node: int) -> NodeLayout:
        return self._layout.node(handle.workspace_id, handle.run_id, handle.number, node)

    def _folders(self, handle: Handle) -> List[NodeLayout]:
        return [self._folder(handle, node) for node in range(handle.node_count)]

    def start(self, plan: LaunchPlan) -> Handle:
        for node in plan.nodes:
            _write_folder(node)
        for node in plan.nodes:
            self._forker.start_agent(node.folder)
        for node in plan.nodes:
            _describe(node)
        return plan.handle

    def observe(self, handles: Sequence[Handle]) -> Mapping[Handle, Observed]:
        return {handle: self._observed(handle) for handle in handles}

    def _observed(self, handle: Handle) -> Observed:
        folders = self._folders(handle)
        if not all(folder.agent.exists() or folder.done.exists() for folder in folders):
            return Observed.ABSENT
        lacking = [folder for folder in folders if _lacks_agent(folder)]
        if not lacking:
            return Observed.ATTENDED
        return Observed.UNATTENDED if any(map(_has_shim, folders)) else Observed.EMPTY

    def adopt(self, handle: Handle) -> None:
        for folder in self._folders(handle):
            if _lacks_agent(folder):
                self._forker.start_agent(str(folder.root))

    def discard(self, handle: Handle) -> None:
        for folder in self._folders(handle):
            if not folder.agent.exists():
                shutil.rmtree(folder.root, ignore_errors=True)


def _write_folder(node: NodePlan) -> None:
    """What an agent needs, or nothing. No fsync: what a power loss takes is started anew."""
    layout = NodeLayout(Path(node.folder))
    if layout.agent.exists():
        return
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(layout.agent, _encode(node.config))


def _describe(node: NodePlan) -> None:
    """``spec.json``, for people who look into the folder; nobody waits for it, nothing depends on it."""
    layout = NodeLayout(Path(node.folder))
    try:
        _write(layout.spec, _encode(node.config.spec))
    except OSError as error:
        _log.info("%s: %s", layout.spec, error)


def _encode(record: object) -> bytes:
    """As contract/wire.py does, many times faster: the first line of the script waits for this."""
    try:
        return msgspec.json.encode(record)
    except (UnicodeEncodeError, TypeError):  # a lone surrogate, which UTF-8 can't say; a mapping of an unusual class
        return dumps(record)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _lacks_agent(layout: NodeLayout) -> bool:
    """Nobody holds the agent's lock, and its work is not done."""
    return layout.agent.exists() and not layout.done.exists() and not _is_held(layout.agent_lock)


def _has_shim(layout: NodeLayout) -> bool:
    """A rank of the node is still supervised."""
    ranks = layout.rank(0).root.parent
    return ranks.is_dir() and any(_is_held(RankLayout(rank).shim_lock) for rank in ranks.iterdir())


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # never taken
    try:
        # Shared, and let go at once: whoever comes to take it tries for longer than this takes.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
