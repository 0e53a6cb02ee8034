"""Metrics of runs: whole histories, charts, and a notebook's spool."""

from __future__ import annotations

import asyncio
import re
import weakref
from typing import Any, Dict, List, Optional, Sequence, Tuple

from sqlalchemy.engine import Connection

from trainshed.contract.api import MetricsAnswer, RunMetrics, SpoolAnswer
from trainshed.contract.errors import BadFileName, BrokenOffset
from trainshed.server.services import intake, runs
from trainshed.server.services.durability import Durability
from trainshed.server.services.ground import Ground
from trainshed.server.services.intake import Owner, Piece
from trainshed.server.storage import charts, histories, metric_lasts, metric_rows, metric_windows, run_rows, stream_rows
from trainshed.server.storage.charts import Chart
from trainshed.server.storage.metric_lasts import Compared
from trainshed.server.storage.metric_rows import SeriesRow
from trainshed.server.storage.run_rows import RunRow
from trainshed.server.storage.stream_rows import SPOOL, StreamRow

_SPOOL_NAME = re.compile(r"[\w.-]{1,200}", re.ASCII)


#: Kinds of series whose values are single ones.
_NUMBERS = ("scalar", "list")


class Metrics:
    """Reads series; takes the spool of a run that has no agent."""

    def __init__(self, ground: Ground, durability: Durability) -> None:
        self._ground = ground
        self._durability = durability
        self._locks: weakref.WeakValueDictionary[Tuple[int, str], asyncio.Lock] = weakref.WeakValueDictionary()

    async def get(
        self,
        workspace_id: str,
        run_id: str,
        *,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Optional[str] = None,
        detail: bool = False,
    ) -> MetricsAnswer:
        """The metrics of a run, with ``recursive`` also of all runs below it (of ``run_type`` only, if given).

        Args:
            detail: with each point's time and step.
        """

        def read(connection: Connection) -> MetricsAnswer:
            return MetricsAnswer(
                tuple(
                    RunMetrics(row.run.id, tuple(histories.series(connection, one, detail=detail) for one in found))
                    for row, found in self._wanted(connection, workspace_id, run_id, name, recursive, run_type)
                )
            )

        return await self._ground.database.read_aside(read)

    async def columns(
        self,
        workspace_id: str,
        run_id: str,
        *,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Optional[str] = None,
    ) -> bytes:
        """The same without times and steps, in the form of contract/columns.py: quick for millions of points."""

        def read(connection: Connection) -> bytes:
            wanted = self._wanted(connection, workspace_id, run_id, name, recursive, run_type)
            return histories.packed(connection, [(row.run.id, found) for row, found in wanted])

        return await self._ground.database.read_aside(read)

    def _wanted(
        self,
        connection: Connection,
        workspace_id: str,
        run_id: str,
        name: Optional[str],
        recursive: bool,
        run_type: Optional[str],
    ) -> List[Tuple[RunRow, List[SeriesRow]]]:
        chosen = runs.find(connection, workspace_id, run_id)
        rows = [chosen, *(run_rows.descendants(connection, chosen.uid) if recursive else ())]
        return [
            (row, metric_rows.of_run(connection, row.uid, name))
            for row in rows
            if run_type is None or row.run.type == run_type
        ]

    async def names(self, workspace_id: str, run_id: str) -> Tuple[SeriesRow, ...]:
        """The series of a run without their points, in the order first logged."""
        connection = self._ground.database.reader
        return tuple(metric_rows.of_run(connection, runs.find(connection, workspace_id, run_id).uid))

    async def last(self, row: SeriesRow) -> Any:
        """The value of a series that was logged last, of its own type; None while there is none."""
        return metric_rows.last(self._ground.database.reader, row.id)

    async def compare(self, workspace_id: str, run_ids: Sequence[str], chosen: Sequence[str], most: int) -> Compared:
        """The last values of some runs side by side; see :func:`metric_lasts.compare`."""
        compare = metric_lasts.compare
        return await self._ground.database.read_aside(
            lambda reader: compare(reader, workspace_id, run_ids, chosen, most)
        )

    async def courses(self, rows: Sequence[SeriesRow], *, newest: int, width: int) -> List[Tuple[List[Any], Chart]]:
        """Of each series the values logged last, oldest first, and what a chart ``width`` pixels wide needs of a
        series of numbers that has more than one; all at once.
        """

        def read(reader: Connection) -> List[Tuple[List[Any], Chart]]:
            return [(metric_windows.newest(reader, row.id, newest), _whole_course(reader, row, width)) for row in rows]

        return await self._ground.database.read_aside(read)

    async def newest(self, row: SeriesRow, limit: int) -> List[Any]:
        """The values of a series that were logged last, oldest first, of their own types."""
        return await self._ground.database.read_aside(lambda reader: metric_windows.newest(reader, row.id, limit))

    async def chart(
        self, workspace_id: str, run_id: str, row: SeriesRow, *, width: int, first: int = 0, last: Optional[int] = None
    ) -> Chart:
        """What a chart ``width`` pixels wide needs of the points ``first`` to ``last`` (exclusive; None: all)."""
        runs.find(self._ground.database.reader, workspace_id, run_id)
        end = row.count if last is None else last
        return await self._ground.database.read_aside(lambda reader: charts.chart(reader, row, first, end, width))

    async def take_spool(self, workspace_id: str, run_id: str, name: str, offset: int, data: bytes) -> SpoolAnswer:
        """Bytes of a notebook's spool, by the same rules as an agent's: a repetition is dropped, an overlap cut.

        Raises:
            RunNotFound, StorageFull; BadFileName; BrokenOffset: bytes between are missing.
        """
        if not _SPOOL_NAME.fullmatch(name):
            raise BadFileName(path=name, why="a spool is named by letters, digits, '_', '-' and '.'")
        run = runs.find(self._ground.database.reader, workspace_id, run_id)
        owner = Owner(workspace_id, run_id, run.uid, "")
        async with self._locks.setdefault((run.uid, name), asyncio.Lock()):
            streams = self._spools(run.uid)
            have = streams[name].have if name in streams else 0
            if offset > have:
                raise BrokenOffset(have=have, what="spool %s" % name, offset=offset)
            pieces = [Piece(name, SPOOL, offset, memoryview(data))]
            arrived = await self._ground.database.aside(lambda: intake.weigh(owner, 0, streams, pieces))
            if arrived:
                await self._ground.database.write(lambda tx: intake.record(tx, owner, arrived))
                self._durability.soon()
        stream = self._spools(run.uid).get(name)
        return SpoolAnswer(acked=stream.have, durable=stream.durable) if stream else SpoolAnswer(0, 0)

    def _spools(self, run_uid: int) -> Dict[str, StreamRow]:
        return stream_rows.of_node(self._ground.database.reader, run_uid, "", 0)


def _whole_course(connection: Connection, row: SeriesRow, width: int) -> Chart:
    drawn = row.kind in _NUMBERS and row.count > 1
    return charts.chart(connection, row, 0, row.count, width) if drawn else Chart()
