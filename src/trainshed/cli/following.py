"""Follow a run: hand on its log as it grows, until the run has ended. Everything is pushed; nothing is asked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trainshed.contract.status import ENDED

if TYPE_CHECKING:
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord
    from trainshed.contract.spec import RunSpec

#: What the installer says while an environment is built.
BUILD_LOG = "azureml-logs/20_image_build_log.txt"

#: The longest a server is asked to hold back an answer.
WAIT_S = 30.0

#: How long a log may be silent at its beginning before the reader is told what the run waits for.
SILENT_S = 2.0


def driver_log(spec: RunSpec | None, rank: int = 0) -> str:
    """The name of the log of one process."""
    from pathlib import Path

    from trainshed.contract.layout import NodeLayout

    return NodeLayout(Path()).driver_log(rank, process_count(spec))


def process_count(spec: RunSpec | None) -> int:
    """Over how many processes the run's command runs."""
    return spec.topology.node_count * spec.topology.processes_per_node if spec else 1


def until_ended(place: Place, run: RunRecord) -> RunRecord:
    """Wait for the run's last status. What happens to it before does not wake us."""
    while run.status not in ENDED:
        run = place.wait_for_end(run, WAIT_S)
    return run


def log_bytes(
    place: Place, run_id: str, path: str, offset: int = 0, *, tell: Callable[[RunRecord], None]
) -> Iterator[bytes]:
    """A log from ``offset`` on, as it grows, until it will not grow any more. The server waits with us for one that is
    not there yet. An empty piece says that nothing came for a while.

    Args:
        tell: hears of the run's status, and of each other one, while there is no log.

    Raises:
        FileNotInRun: the run has ended and left no such log.
    """
    told = None
    while True:
        piece = place.read(run_id, path, offset, WAIT_S if offset else SILENT_S)
        if piece.data or offset:
            yield piece.data
        offset += len(piece.data)
        if piece.final and offset >= piece.size_bytes:
            return
        if not offset:
            run = place.find(run_id)
            if run.status is not told and run.status not in ENDED:
                tell(run)
            told = run.status


def standing(run: RunRecord) -> str:
    """What the run is doing, for somebody who waits for its log."""
    why = f": {run.status_reason}" if run.status_reason else ""
    return f"Run {run.id} is {run.status.value}{why}"
