"""The target ``local``: agents on the server's own machine, forked in a millisecond, as many at once as are asked
for.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Dict, List, Mapping, Sequence

from trainshed.contract.api import TargetView
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig
from trainshed.contract.records import AttemptRecord
from trainshed.contract.wire import dumps
from trainshed.server.compute.backend import (
    Adopting,
    Assignment,
    ComputeBackend,
    Handle,
    LaunchPlan,
    NodePlan,
    Observed,
)
from trainshed.server.compute.forker import Forker, inherited
from trainshed.server.compute.runtime import Runtime

NAME = "local"


class LocalBackend(ComputeBackend, Adopting):
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

    def targets(self) -> Sequence[TargetView]:
        return (TargetView(name=NAME, type="local", state="Succeeded"),)

    def plan(self, assignment: Assignment) -> LaunchPlan:
        nodes = tuple(self._node(assignment, node) for node in range(assignment.spec.topology.node_count))
        return LaunchPlan(key=assignment.attempt.id, nodes=nodes)

    def _node(self, assignment: Assignment, node: int) -> NodePlan:
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
        )
        return NodePlan(folder=str(self._folder(attempt, node).root), config=config)

    def _folder(self, attempt: AttemptRecord, node: int) -> NodeLayout:
        return self._layout.node(attempt.workspace_id, attempt.run_id, attempt.number, node)

    def start(self, plan: LaunchPlan) -> Handle:
        for node in plan.nodes:
            _write_folder(node)
            self._forker.start_agent(node.folder)
        return Handle(plan.key, tuple(node.folder for node in plan.nodes))

    def handle(self, attempt: AttemptRecord, node_count: int) -> Handle:
        return Handle(attempt.id, tuple(str(self._folder(attempt, node).root) for node in range(node_count)))

    def observe(self, handles: Sequence[Handle]) -> Mapping[Handle, Observed]:
        return {handle: _observed(handle) for handle in handles}

    def adopt(self, handle: Handle) -> None:
        for folder in _unattended(handle):
            self._forker.start_agent(folder)

    def stop(self, handle: Handle) -> None:
        """An agent that is told "fenced" ends the processes. Where there is none, a new one hears it."""
        self.adopt(handle)


def _write_folder(node: NodePlan) -> None:
    """The folder appears with all its files or not at all. No fsync: what a power loss takes is started anew."""
    layout = NodeLayout(Path(node.folder))
    if layout.agent.exists():
        return
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(layout.spec, dumps(node.config.spec))
    _write(layout.agent, dumps(node.config))


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


def _observed(handle: Handle) -> Observed:
    if not all(NodeLayout(Path(folder)).agent.exists() for folder in handle.folders):
        return Observed.ABSENT
    return Observed.UNATTENDED if _unattended(handle) else Observed.ATTENDED


def _unattended(handle: Handle) -> List[str]:
    return [folder for folder in handle.folders if _lacks_agent(NodeLayout(Path(folder)))]


def _lacks_agent(layout: NodeLayout) -> bool:
    """Nobody holds the agent's lock, and its work is not done."""
    if not layout.agent.exists() or layout.done.exists():
        return False
    try:
        descriptor = os.open(layout.agent_lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        # Shared, so that two who look do not take each other for an agent; let go at once.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
