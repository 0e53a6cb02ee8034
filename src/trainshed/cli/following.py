"""Follow a run: hand on its log as it grows, until the run has ended. Everything is pushed; nothing is asked twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trainshed.contract.errors import FileNotInRun
from trainshed.contract.status import ENDED, RunStatus

if TYPE_CHECKING:
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord
    from trainshed.contract.spec import RunSpec

#: The longest a server is asked to hold back an answer.
WAIT_S = 30.0

#: A log cannot be there yet.
_BEFORE_LOG = frozenset(
    {RunStatus.NOT_STARTED, RunStatus.QUEUED, RunStatus.PROVISIONING, RunStatus.PREPARING, RunStatus.STARTING}
)
_DRIVER_LOG = re.compile(r"azureml-logs/70_driver_log(?:_(\d+))?\.txt")


def driver_log(spec: RunSpec | None, rank: int = 0) -> str:
    """The name of the log of one process."""
    from pathlib import Path

    from trainshed.contract.layout import NodeLayout

    processes = spec.topology.node_count * spec.topology.processes_per_node if spec else 1
    return NodeLayout(Path()).driver_log(rank, processes)


def until_started(place: Place, run: RunRecord, tell: Callable[[RunRecord], None]) -> RunRecord:
    """Wait until the run's script runs, or the run has ended; ``tell`` hears of each status on the way."""
    while run.status in _BEFORE_LOG:
        tell(run)
        run = place.wait(run, WAIT_S)
    return run


def until_ended(place: Place, run: RunRecord) -> RunRecord:
    """Wait for the run's last status."""
    while run.status not in ENDED:
        run = place.wait(run, WAIT_S)
    return run


def log_bytes(place: Place, run: RunRecord, path: str, offset: int = 0) -> Iterator[bytes]:
    """A log from ``offset`` on, as it grows, until it will not grow any more.

    Raises:
        FileNotInRun: the run has ended and left no such log.
    """
    while True:
        try:
            piece = place.read(run.id, path, offset, WAIT_S)
        except FileNotInRun:
            if run.status in ENDED:
                raise
            # Not there yet: the next change of the run tells when to look again.
            run = place.wait(run, 1.0)
            continue
        if piece.data:
            yield piece.data
        offset += len(piece.data)
        if piece.final and offset >= piece.size_bytes:
            return
