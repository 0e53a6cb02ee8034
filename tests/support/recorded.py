"""Runs as a server records them, made through its REST interface without starting a script."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Mapping, Sequence

from trainshed.client.api import Api
from trainshed.client.embedded import connect
from trainshed.contract import spool
from trainshed.contract.api import RunCreate, WorkspaceAsk
from trainshed.contract.records import RunRecord, WorkspaceRecord

#: What a Workspace.from_config() without a config.json works in.
DEFAULT = WorkspaceAsk("default", "local", "local", create=True)


class Recorder:
    """Writes records into the default workspace of a home; starts its server."""

    def __init__(self, home: Path) -> None:
        self.api = Api(connect(home))
        self.workspace: WorkspaceRecord = self.api.workspace(DEFAULT)

    def run(self, experiment: str = "first", **more: Any) -> RunRecord:
        """A run that is Running."""
        return self.api.create_run(self.workspace.id, RunCreate(experiment, **more))

    def log(self, run: RunRecord, metrics: Mapping[str, Sequence[float]]) -> None:
        """Scalars, each name with its values in order."""
        lines = [spool.head(run.id, 1, 0, time.time())]
        points = [(name, value) for name, values in metrics.items() for value in values]
        lines += [
            spool.encode(seq, time.time(), spool.SCALAR, name, spool.plain(value))
            for seq, (name, value) in enumerate(points, 1)
        ]
        self.api.spool(self.workspace.id, run.id, "recorded", 0, b"".join(lines))

    def file(self, run: RunRecord, path: str, content: bytes) -> None:
        self.api.put_file(self.workspace.id, run.id, path, content)

    def link(self, run: RunRecord) -> str:
        """A link that opens the run's page in the portal."""
        return self.api.link(f"/runs/{self.workspace.id}/{run.id}")
