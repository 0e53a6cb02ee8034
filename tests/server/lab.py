"""What user, control loop and agent do, in a word each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Sequence, Tuple

from trainshed.contract import spool
from trainshed.contract.api import RunCreate, TargetView, WorkspaceAsk
from trainshed.contract.layout import HomeLayout
from trainshed.contract.messages import Append, SyncAnswer, SyncRequest, WholeFile
from trainshed.contract.records import NodeReport, PhaseChange, RunError, RunRecord, WorkspaceRecord
from trainshed.contract.spec import CommandSpec, LimitsSpec, RunSpec, TopologySpec
from trainshed.contract.status import RunStatus
from trainshed.contract.version import WIRE_VERSION
from trainshed.server.services import Services
from trainshed.server.services.attempts import Begun
from trainshed.server.services.callers import THE_USER

S = RunStatus
NOW = datetime(2026, 11, 24, 1, 2, 3, 4, timezone.utc)


@dataclass
class Lab:
    """Services under test."""

    services: Services
    workspace: WorkspaceRecord

    @classmethod
    async def open(cls, layout: HomeLayout) -> Lab:
        services = Services.open(layout, server_id="lab", address="http://127.0.0.1:1")
        services.targets.register(lambda: [TargetView("local", "local", "Succeeded")])
        ask = WorkspaceAsk("ws", "subscription", "group", create=True)
        return cls(services, await services.workspaces.get_or_create(ask, THE_USER))

    @property
    def ws(self) -> str:
        return self.workspace.id

    async def reopened(self) -> Lab:
        """The same home after the server was stopped and started."""
        self.services.close()
        return await Lab.open(self.services.ground.layout)

    async def record(self, **values: Any) -> RunRecord:
        """A run without a spec, Running."""
        return await self.services.runs.create(self.ws, RunCreate(**{"experiment": "exp", **values}), THE_USER)

    async def submit(self, *, retries: int = 0, node_count: int = 1, **values: Any) -> RunRecord:
        """A run with a spec, Queued."""
        spec = RunSpec(
            command=CommandSpec("train.py"),
            limits=LimitsSpec(grace_s=3.0, retries=retries),
            topology=TopologySpec(node_count=node_count),
        )
        return await self.record(spec=spec, **values)

    def get(self, run: RunRecord) -> RunRecord:
        """The run as it stands."""
        return self.services.runs.get(self.ws, run.id)

    async def agent(self, run: Optional[RunRecord] = None, node: int = 0) -> Agent:
        """Begin an attempt of a run and be its agent."""
        run = run or await self.submit()
        return Agent(self, await self.services.attempts.begin(self.ws, run.id), node)

    async def brought_to(self, status: RunStatus) -> Tuple[RunRecord, Optional[Agent]]:
        """A run with a live attempt (where there can be one) in that status."""
        if status is S.NOT_STARTED:
            return await self.record(start=False), None
        agent = await self.agent()
        steps = [S.PROVISIONING, S.PREPARING, S.STARTING, S.RUNNING, S.FINALIZING]
        if status in (S.CANCEL_REQUESTED, S.NOT_RESPONDING):
            await agent.say(*steps[:4])
            if status is S.NOT_RESPONDING:
                await self.services.runs.silent(agent.begun.attempt.id)
            else:
                from trainshed.contract.api import CancelAsk

                await self.services.runs.cancel(self.ws, agent.run.id, CancelAsk(), THE_USER)
        elif status in (S.COMPLETED, S.FAILED, S.CANCELED):
            await agent.say(*steps, status)
        elif status is not S.QUEUED:
            await agent.say(*steps[: steps.index(status) + 1])
        return self.get(agent.run), agent


@dataclass
class Agent:
    """An agent as the server sees it: it counts its reports and knows what it has sent."""

    lab: Lab
    begun: Begun
    node: int = 0
    seq: int = 0
    phases: Tuple[PhaseChange, ...] = ()
    error: Optional[RunError] = None
    sent: Dict[str, int] = field(default_factory=dict)

    @property
    def run(self) -> RunRecord:
        return self.begun.run

    def reach(self, *statuses: RunStatus) -> None:
        """The node gets so far; the next message says so."""
        self.phases += tuple(PhaseChange(status, NOW) for status in statuses)
        self.seq += 1

    def report(self) -> NodeReport:
        return NodeReport(node=self.node, seq=self.seq, phases=self.phases, error=self.error)

    def request(self, **values: Any) -> SyncRequest:
        attempt = self.begun.attempt.number
        plain = SyncRequest(wire=WIRE_VERSION, attempt=attempt, node=self.node, agent="a", report=self.report())
        return replace(plain, **values)

    async def send(self, pieces: Sequence[Tuple[str, str, int, bytes]] = (), **values: Any) -> SyncAnswer:
        """A message with bytes: path, kind, offset, data of each."""
        appends = tuple(Append(path, kind, offset, len(data)) for path, kind, offset, data in pieces)
        payload = memoryview(b"".join(data for _, _, _, data in pieces))
        request = self.request(appends=appends, **values)
        return await self.lab.services.syncing.sync(self.begun.attempt.id, request, payload)

    async def say(self, *statuses: RunStatus, **values: Any) -> SyncAnswer:
        """Reach these statuses and tell."""
        self.reach(*statuses)
        return await self.send(**values)

    async def log(self, path: str, data: bytes, kind: str = "log") -> SyncAnswer:
        """Send the next bytes of a stream."""
        offset = self.sent.get(path, 0)
        answer = await self.send([(path, kind, offset, data)])
        self.sent[path] = offset + len(data)
        return answer

    async def whole(self, path: str, data: bytes, **values: Any) -> SyncAnswer:
        """Copy a file into ``incoming`` and announce it."""
        return await self.send(files=(self.incoming(path, data, **values),))

    def incoming(self, path: str, data: bytes, *, provisional: bool = False) -> WholeFile:
        """A file as an agent on the server's machine leaves it."""
        from hashlib import sha256

        from trainshed.contract.names import new_id

        name = new_id()
        (self.lab.services.ground.layout.incoming / name).write_bytes(data)
        return WholeFile(path, len(data), sha256(data).hexdigest(), name, provisional)


def spool_of(run_id: str, values: Sequence[Any], name: str = "loss", first: int = 1) -> bytes:
    """A spool with a head and one scalar per value."""
    lines: List[bytes] = [spool.head(run_id, 1, 0, 1.0)] if first == 1 else []
    for number, value in enumerate(values):
        lines.append(spool.encode(first + number, 1e9 + number, spool.SCALAR, name, spool.plain(value)))
    return b"".join(lines)
