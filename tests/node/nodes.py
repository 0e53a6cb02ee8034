"""Node folders for tests: made as a server makes them, and looked after by real agents."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from tests.node.server import MiniServer
from tests.support.processes import MARK
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig, ForkerAnswer, ForkerRequest, StartedReport
from trainshed.contract.records import ExitReport, WorkspaceRecord
from trainshed.contract.spec import CommandSpec, EnvironmentSpec, HistorySpec, LimitsSpec, RunSpec, SourceSpec
from trainshed.contract.wire import dumps, loads, now
from trainshed.node import locks
from trainshed.node.disk import read_record
from trainshed.node.sockets import ask_forker

SRC = Path(__file__).resolve().parents[2] / "src"
HASH = "0123456789abcdef"
LIMITS = LimitsSpec(grace_s=1.0)
HISTORY = HistorySpec()
BOOT = "import sys; sys.path.insert(0, %r); from trainshed.node.%s import main; sys.exit(main(*sys.argv[1:]))"


def python_argv(module: str, *arguments: str, python: str = sys.executable) -> List[str]:
    return [python, "-I", "-S", "-c", BOOT % (str(SRC), module), *arguments]


def make_runtime(home: Path) -> Path:
    """The folder that goes on a training process's path."""
    runtime = HomeLayout(home).runtimes / HASH
    runtime.mkdir(parents=True, exist_ok=True)
    for package in ("azureml", "trainshed"):
        if not (runtime / package).exists():
            (runtime / package).symlink_to(SRC / package)
    return runtime


class Node:
    """One node of one attempt, and whoever looks after it."""

    def __init__(self, home: Path, server: MiniServer, config: AgentConfig) -> None:
        self.home = home
        self.server = server
        self.config = config
        self.layout: NodeLayout = HomeLayout(home).node(config.workspace.id, config.run_id, config.attempt, config.node)
        self.layout.root.mkdir(parents=True)
        self.layout.agent.write_bytes(dumps(config))
        self.agents: List[subprocess.Popen[bytes]] = []

    def start_agent(self, python: str = sys.executable) -> subprocess.Popen[bytes]:
        """Without a forker: a process of its own."""
        argv = python_argv("agent", str(self.layout.root), python=python)
        with open(self.layout.agent_log, "ab") as log:
            agent = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.agents.append(agent)
        return agent

    def kill_agent(self) -> None:
        os.kill(self.agents[-1].pid, signal.SIGKILL)
        self.agents[-1].wait()

    def wait_until_done(self, deadline_s: float = 60.0) -> None:
        wait_until(self.layout.done.exists, deadline_s, f"done.json; log:\n{self.agent_log}")
        wait_until(lambda: not locks.is_held(self.layout.agent_lock), 60, "the agent to leave")
        for agent in self.agents:
            agent.wait(60)

    def wait_for_status(self, status: str, deadline_s: float = 60.0) -> None:
        wait_until(lambda: self.server.status == status, deadline_s, f"{status}; log:\n{self.agent_log}")

    def wait_for_output(self, words: str, deadline_s: float = 60.0) -> None:
        wait_until(lambda: words in self.server.driver_log, deadline_s, f"{words!r}; log:\n{self.agent_log}")

    @property
    def agent_log(self) -> str:
        return self.layout.agent_log.read_text(errors="replace") if self.layout.agent_log.exists() else ""

    @property
    def rank_exit(self) -> Optional[ExitReport]:
        """How the entry process ended; None before."""
        return read_record(self.layout.rank(0).exit, ExitReport)

    @property
    def started(self) -> StartedReport:
        return loads(StartedReport, self.layout.rank(0).started.read_bytes())


def make_node(
    home: Path,
    server: MiniServer,
    script: str,
    *,
    files: Optional[Mapping[str, bytes]] = None,
    arguments: Tuple[str, ...] = (),
    limits: LimitsSpec = LIMITS,
    history: HistorySpec = HISTORY,
    interpreter: str = sys.executable,
    variables: Optional[Mapping[str, str]] = None,
    beside: bool = True,
    forker: Optional[Path] = None,
    run_id: str = "run_1",
    **changes: Any,
) -> Node:
    """A node folder whose script is ``train.py`` with this text. ``beside``: the store lies on the same disk."""
    snapshot = server.add_snapshot({"train.py": script.encode(), **(files or {})})
    spec = RunSpec(
        command=CommandSpec("train.py", arguments),
        source=SourceSpec(snapshot),
        environment=EnvironmentSpec(interpreter=interpreter),
        limits=limits,
        history=history,
        variables=variables or {},
    )
    config = AgentConfig(
        run_id=run_id,
        experiment="first",
        workspace=WorkspaceRecord("ws1", "work", "sub", "group", "local", now()),
        attempt_id=f"attempt-{run_id}-{os.urandom(4).hex()}",
        attempt=1,
        node=0,
        addresses=(server.address,),
        agent_token="agent-token",
        run_token="run-token",
        run_token_expiry="2099-01-01T00:00:00Z",
        runtime=str(make_runtime(home)),
        spec=spec,
        store=str(server.store) if beside else None,
        forker_socket=str(forker) if forker else None,
        inherited=_inherited(),
    )
    return Node(home, server, dataclasses.replace(config, **changes))


def _inherited() -> Dict[str, str]:
    return {name: os.environ[name] for name in ("HOME", "LANG", MARK) if name in os.environ}


class Forker:
    """A forker of a home, in a process of its own."""

    def __init__(self, home: Path, python: str = sys.executable) -> None:
        self.socket = HomeLayout(home).forker_socket(HASH)
        argv = python_argv("forker", str(home), str(make_runtime(home)), python=python)
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until(self.answers, 60, "the forker")

    def answers(self) -> bool:
        try:
            return self.ask("status").ok
        except OSError:
            return False

    def ask(self, op: str, folder: object = "") -> ForkerAnswer:
        return ask_forker(str(self.socket), ForkerRequest(op, str(folder)))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
