"""What the pages of a run need, asked of the services."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from trainshed.contract.api import RunPage
from trainshed.contract.errors import FileNotInRun, RunNotFound
from trainshed.contract.records import FileEntry, RunRecord
from trainshed.contract.snapshot import Manifest
from trainshed.server.portal.run import chart_data, head, log_page
from trainshed.server.portal.run.chart_data import ChartData, SeriesData, Wanted
from trainshed.server.portal.run.log_windows import LogBytes
from trainshed.server.portal.run.metric_page import Course
from trainshed.server.storage.run_rows import RunFilter

if TYPE_CHECKING:
    from trainshed.server.services import Services
    from trainshed.server.storage.metric_rows import SeriesRow

_SPARK_STRETCHES = 60


class Reader:
    """Asks the services. All raise RunNotFound."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def has_run(self, workspace_id: str, run_id: str) -> bool:
        """Whether there is a run of exactly this id."""
        try:
            self.services.runs.get(workspace_id, run_id)
        except RunNotFound:
            return False
        return True

    async def head(
        self, workspace_id: str, run_id: str, here: str, now: datetime, told: Mapping[str, str] | None = None
    ) -> tuple[RunRecord, head.RunHead]:
        """The run and the top of its page ``here``."""
        run = self.services.runs.get(workspace_id, run_id)
        events = await self.services.runs.events(workspace_id, run_id)
        parent = None if run.parent_id is None else self.services.runs.get(workspace_id, run.parent_id)
        has_children = bool((await self.children(run, limit=1)).runs)
        return run, head.run_head(run, events, parent, here, now, has_children=has_children, told=told)

    async def children(self, run: RunRecord, *, limit: int, after: str | None = None) -> RunPage:
        """The runs directly below, newest first."""
        return await self.services.runs.list(run.workspace_id, RunFilter(parent=run.id), limit=limit, after=after)

    async def logs(self, workspace_id: str, run_id: str) -> list[FileEntry]:
        """The run's logs, in the order in which they are offered."""
        files = self.services.files
        return log_page.logs_of(
            [entry for folder in log_page.FOLDERS for entry in (await files.list(workspace_id, run_id, folder)).files]
        )

    # --- metrics

    async def courses(
        self, workspace_id: str, run_id: str, *, newest: int = 1, most: int | None = None, words: str = ""
    ) -> list[Course]:
        """The run's metrics whose names contain ``words``, with their ``newest`` values; the first ``most``."""
        rows = await self.services.metrics.names(workspace_id, run_id)
        wanted = [row for row in rows if words.lower() in row.name.lower()]
        found = await self.services.metrics.courses(wanted[:most], newest=newest, width=_SPARK_STRETCHES)
        return [
            Course(
                row.id,
                row.name,
                row.kind,
                row.count,
                values,
                list(zip(chart.lows, chart.highs)),
                row.description,
            )
            for row, (values, chart) in zip(wanted, found)
        ]

    async def chart(
        self, workspace_id: str, run_id: str, wanted: Iterable[Wanted], width: int, *, by_time: bool
    ) -> ChartData:
        """The stretches that a chart asks for; series that the run does not have are left out."""
        rows = {row.id: row for row in await self.services.metrics.names(workspace_id, run_id)}
        known = [(rows[one.series], one) for one in wanted if one.series in rows]
        return ChartData(
            tuple([await self._series(workspace_id, run_id, row, one, width, by_time=by_time) for row, one in known])
        )

    async def _series(
        self, workspace_id: str, run_id: str, row: SeriesRow, wanted: Wanted, width: int, *, by_time: bool
    ) -> SeriesData:
        metrics = self.services.metrics
        last = row.count if wanted.last is None else min(wanted.last, row.count)
        first = min(wanted.first, last)
        chart = await metrics.chart(workspace_id, run_id, row, width=width, first=first, last=last)
        return chart_data.by_columns(row.id, row.name, row.count, chart, by_time=by_time)

    # --- bytes

    @contextlib.asynccontextmanager
    async def log(self, workspace_id: str, run_id: str, path: str) -> AsyncIterator[LogBytes]:
        """A file that is open for reading while this lasts; FileNotInRun."""
        opened = await self.services.files.open(workspace_id, run_id, path)
        try:
            yield LogBytes(opened.descriptor, opened.size_bytes)
        finally:
            if opened.descriptor is not None:
                os.close(opened.descriptor)

    @contextlib.asynccontextmanager
    async def log_if_any(self, workspace_id: str, run_id: str, path: str) -> AsyncIterator[LogBytes]:
        """The same; one without a byte for a file that is not there."""
        try:
            async with self.log(workspace_id, run_id, path) as log:
                yield log
        except FileNotInRun:
            yield LogBytes(None, 0)

    async def beginning(self, workspace_id: str, run_id: str, path: str, limit: int) -> bytes:
        """The first bytes of a file; FileNotInRun."""
        async with self.log(workspace_id, run_id, path) as log:
            return await run_in_threadpool(log.read, 0, limit)

    async def beginning_if_any(self, workspace_id: str, run_id: str, path: str, limit: int) -> bytes:
        """The same; nothing for a file that is not there."""
        try:
            return await self.beginning(workspace_id, run_id, path, limit)
        except FileNotInRun:
            return b""

    async def snapshot(self, run: RunRecord) -> Manifest | None:
        """The files of the run's code; None: it has none."""
        if run.snapshot_id is None:
            return None
        return await self.services.snapshots.get(run.workspace_id, run.snapshot_id)

    async def beginning_of_content(self, sha256: str, limit: int) -> bytes:
        """The first bytes of a content of the store; BlobMissing."""
        descriptor, _ = await self.services.blobs.open(sha256)
        try:
            return await run_in_threadpool(os.pread, descriptor, limit, 0)
        finally:
            os.close(descriptor)
