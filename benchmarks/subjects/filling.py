"""A home as it is after years: written by the server's own storage while no server runs, many rows at once."""

from __future__ import annotations

import asyncio
import hashlib
import random
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict, Iterator, List

from reading_matter import EXPERIMENTS, OWNERS, STATUSES, TARGETS, log_blocks, loss_of

from trainshed.contract.api import Ending, FileAsk, RunCreate
from trainshed.contract.layout import HomeLayout
from trainshed.contract.names import new_id
from trainshed.contract.records import RunRecord
from trainshed.contract.status import RunStatus
from trainshed.contract.wire import now
from trainshed.server.services import Services
from trainshed.server.services.callers import THE_USER
from trainshed.server.storage import experiment_rows, metric_rows, run_rows
from trainshed.server.storage.spooled import Points
from trainshed.server.storage.writer import Transaction

_ROWS, _POINTS = 2000, 2**18


def fill(home: Path, workspace_id: str, runs: int, points: Dict[str, int], log_bytes: int) -> None:
    """``runs`` runs; for each of ``points`` a run of that id with so many of ``loss``; a run ``log`` with a log."""
    services = Services.open(HomeLayout(home), server_id="filling", address="http://127.0.0.1")
    try:
        asyncio.run(_fill(services, workspace_id, runs, points, log_bytes))
    finally:
        services.close()


async def _fill(services: Services, workspace_id: str, runs: int, points: Dict[str, int], log_bytes: int) -> None:
    # The long ones are the oldest: nobody finds them first.
    for run_id, count in points.items():
        await services.runs.create(workspace_id, RunCreate("long", run_id=run_id), THE_USER)
        await _log_points(services, _uid(services, workspace_id, run_id), count)
        await services.runs.end(workspace_id, run_id, Ending("Completed"), THE_USER)
    await services.runs.create(workspace_id, RunCreate("long", run_id="log"), THE_USER)
    await services.files.add(workspace_id, "log", [_log(services.ground.layout, log_bytes)])
    await services.runs.end(workspace_id, "log", Ending("Completed"), THE_USER)
    numbers: Dict[str, int] = {}
    rows = _runs(workspace_id, runs)
    for start in range(0, runs, _ROWS):
        block = [next(rows) for _ in range(min(_ROWS, runs - start))]
        await services.ground.database.write(lambda tx, ready=block: _add(tx, workspace_id, ready, numbers))


async def _log_points(services: Services, uid: int, count: int) -> None:
    for piece in _loss(count):
        prepared = [metric_rows.prepare(piece)]
        await services.ground.database.write(lambda tx, ready=prepared: metric_rows.append(tx, uid, ready))


def _add(tx: Transaction, workspace_id: str, block: List[RunRecord], numbers: Dict[str, int]) -> None:
    for run in block:
        if run.experiment not in numbers:
            numbers[run.experiment] = experiment_rows.add(tx, workspace_id, run.experiment)
        experiment_rows.count_run(tx, numbers[run.experiment])
        run_rows.add(tx, run, numbers[run.experiment], None)


def _runs(workspace_id: str, count: int) -> Iterator[RunRecord]:
    """One about every minute and a half, the newest now."""
    chance = random.Random(1)
    begun = now() - timedelta(seconds=86 * count)
    for number in range(count):
        at = begun + timedelta(seconds=86 * number)
        yield RunRecord(
            id=f"run_{int(at.timestamp())}_{number:08x}",
            workspace_id=workspace_id,
            experiment=chance.choice(EXPERIMENTS),
            number=number,
            status=RunStatus(chance.choices(list(STATUSES), list(STATUSES.values()))[0]),
            created_at=at,
            event_seq=6,
            type="azureml.scriptrun",
            target=chance.choice(TARGETS),
            started_at=at + timedelta(seconds=1),
            ended_at=at + timedelta(seconds=60),
            attempt=1,
            tags={"owner": chance.choice(OWNERS), "model": f"m{number % 100}"},
            properties={"azureml.git.commit": f"{number:040x}"},
        )


def _loss(count: int) -> Iterator[Points]:
    for start in range(0, count, _POINTS):
        numbers = range(start, min(start + _POINTS, count))
        values: List[Any] = [loss_of(number, count) for number in numbers]
        yield Points("scalar", "loss", values, [1.7e9 + number / 100 for number in numbers], list(numbers))


def _log(layout: HomeLayout, size: int) -> FileAsk:
    name, digest = new_id(), hashlib.sha256()
    with (layout.incoming / name).open("wb") as file:
        for block in log_blocks(size):
            digest.update(block)
            file.write(block)
    return FileAsk("azureml-logs/70_driver_log.txt", digest.hexdigest(), size, incoming=name)


def _uid(services: Services, workspace_id: str, run_id: str) -> int:
    row = run_rows.find(services.ground.database.reader, workspace_id, run_id)
    assert row is not None
    return row.uid
