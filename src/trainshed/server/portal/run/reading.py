"""What the pages need, asked of the services."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from io import FileIO
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from trainshed.contract.api import RunPage
from trainshed.contract.errors import RunNotFound
from trainshed.contract.records import FileEntry, RunRecord
from trainshed.server.portal.run import building, pages, tails
from trainshed.server.portal.run.building import Course
from trainshed.server.storage.run_rows import RunFilter

if TYPE_CHECKING:
    from trainshed.server.services import Services
    from trainshed.server.storage.metric_rows import SeriesRow

CHILDREN_SHOWN = 100
TAIL_BYTES = 32 * 1024

_SPARK_STRETCHES = 60
_BLOCK_BYTES = 256 * 1024


class Reader:
    """Asks the services, builds pages."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run_page(self, workspace_id: str, run_id: str, now: datetime) -> pages.RunPage:
        """One run; RunNotFound."""
        details = await self._services.runs.details(workspace_id, run_id)
        children = await self._children(details.run)
        courses = await self._courses(workspace_id, run_id)
        log = await self._log(details.run, details.files)
        return building.run_page(
            details, courses, log, children, self._parent(details.run), now, self._models(details.run)
        )

    def has_run(self, workspace_id: str, run_id: str) -> bool:
        """Whether there is a run of exactly this id."""
        try:
            self._services.runs.get(workspace_id, run_id)
        except RunNotFound:
            return False
        return True

    def _models(self, run: RunRecord) -> list[str]:
        return [model.label for model in self._services.models.of_run(run.workspace_id, run.id)]

    def _parent(self, run: RunRecord) -> RunRecord | None:
        return None if run.parent_id is None else self._services.runs.get(run.workspace_id, run.parent_id)

    async def _children(self, run: RunRecord) -> RunPage:
        return await self._services.runs.list(run.workspace_id, RunFilter(parent=run.id), limit=CHILDREN_SHOWN)

    async def _courses(self, workspace_id: str, run_id: str) -> list[Course]:
        rows = await self._services.metrics.names(workspace_id, run_id)
        return [await self._course(workspace_id, run_id, row) for row in rows]

    async def _course(self, workspace_id: str, run_id: str, row: SeriesRow) -> Course:
        last = await self._services.metrics.last(row)
        buckets = await self._services.metrics.chart(workspace_id, run_id, row, width=_SPARK_STRETCHES)
        return Course(row.name, row.kind, row.count, last, [(bucket.low, bucket.high) for bucket in buckets])

    async def _log(self, run: RunRecord, files: tuple[FileEntry, ...]) -> pages.LogTail | None:
        log = tails.driver_log(files)
        if log is None:
            return None
        opened = await self._services.files.open(run.workspace_id, run.id, log.path)
        data, skipped = b"", max(0, opened.size_bytes - TAIL_BYTES)
        if opened.descriptor is not None:
            try:
                data = await run_in_threadpool(os.pread, opened.descriptor, TAIL_BYTES, skipped)
            finally:
                os.close(opened.descriptor)
        text = tails.readable(data, whole=not skipped)
        return pages.LogTail(log.path, text, building.file_href(run, log.path), bool(skipped))

    async def file(self, workspace_id: str, run_id: str, path: str, headers: Mapping[str, str]) -> Response:
        """The bytes that a file has now; RunNotFound, FileNotInRun, BadFileName."""
        opened = await self._services.files.open(workspace_id, run_id, path)
        all_headers = {**headers, "Content-Length": str(opened.size_bytes)}
        # An object, not a number: a reader who leaves before the first block must not leave it open.
        file = None if opened.descriptor is None else FileIO(opened.descriptor)
        body = _blocks(file, opened.size_bytes)
        return StreamingResponse(body, headers=all_headers, media_type="application/octet-stream")


async def _blocks(file: FileIO | None, size_bytes: int) -> AsyncIterator[bytes]:
    while file is not None and size_bytes > 0:
        block = await run_in_threadpool(file.read, min(_BLOCK_BYTES, size_bytes))
        if not block:
            return
        yield block
        size_bytes -= len(block)
