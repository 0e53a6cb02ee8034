"""What a chart of a series is drawn from: never all points of a long one."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Iterator, List, Optional, Sequence, Tuple

from sqlalchemy import Table, bindparam, select

from trainshed.server.storage import tables as t
from trainshed.server.storage.metric_rows import Bucket, SeriesRow
from trainshed.server.storage.series import BUCKET, CHUNK, NO_STEP
from trainshed.server.storage.writer import Reading


@dataclass(frozen=True)
class Chart(Sequence[Bucket]):
    """Buckets by columns, all of one length. ``steps`` is empty if no point has one."""

    firsts: Tuple[int, ...] = ()
    counts: Tuple[int, ...] = ()
    lows: Tuple[float, ...] = ()
    highs: Tuple[float, ...] = ()
    times: Tuple[float, ...] = ()
    steps: Tuple[Optional[int], ...] = ()

    def __len__(self) -> int:
        return len(self.firsts)

    def __iter__(self) -> Iterator[Bucket]:
        steps = self.steps or (None,) * len(self)
        return map(Bucket, self.firsts, self.counts, self.lows, self.highs, self.times, steps)

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]


def chart(connection: Reading, row: SeriesRow, first: int, last: int, width: int) -> Chart:
    """The points ``first`` to ``last`` (exclusive) in at most ``2 * width`` buckets, as coarse as will do.

    Single points where they are few, the pyramid's buckets where they are many, whole chunks where they are very many.
    """
    first, last, width = max(0, first), min(last, row.count), max(1, width)
    span = last - first
    if span <= 0:
        return Chart()
    if span >= width * CHUNK:
        course = _whole_chunks(connection, row.id, first, last)
    elif span > width * BUCKET // 2:
        course = _pyramids(connection, row.id, first, last)
    else:
        course = _single_points(connection, row.id, first, last)
    return course.merged(2 * width)


@dataclass
class _Course:
    """Buckets of several chunks as columns; ``nan`` where one holds no number.

    ``pieces``: where the buckets of a chunk begin in the columns, its first point here, the points of its buckets (the
    last may have fewer), and the point behind its last.
    """

    pieces: List[Tuple[int, int, int, int]] = field(default_factory=list)
    lows: array[float] = field(default_factory=lambda: array("d"))
    highs: array[float] = field(default_factory=lambda: array("d"))
    times: array[float] = field(default_factory=lambda: array("d"))
    steps: array[int] = field(default_factory=lambda: array("q"))
    has_steps: bool = False

    def piece(self, first: int, unit: int, end: int) -> None:
        """What is added to the columns next are buckets of ``unit`` points each from ``first`` on."""
        self.pieces.append((len(self.lows), first, unit, end))

    def add_steps(self, packed: Optional[bytes], chosen: slice, count: int) -> None:
        """The steps of ``count`` buckets."""
        self.has_steps = self.has_steps or packed is not None
        self.steps.extend(array("q", [NO_STEP]) * count if packed is None else array("q", packed)[chosen])

    def merged(self, most: int) -> Chart:
        """Neighbours together until there are at most ``most``; without those that have no number."""
        size = max(1, -(-len(self.lows) // most))
        starts = range(0, len(self.lows), size)
        lows, highs = _extremes(self.lows, size, min), _extremes(self.highs, size, max)
        if math.isnan(sum(lows)):
            kept = [index for index, low in enumerate(lows) if low == low]
            starts_kept, lows, highs = [starts[i] for i in kept], [lows[i] for i in kept], [highs[i] for i in kept]
        else:
            starts_kept = list(starts)
        places = [self._place(start, size) for start in starts_kept]
        steps = (self.steps[start] for start in starts_kept) if self.has_steps else ()
        return Chart(
            firsts=tuple(begin for begin, _ in places),
            counts=tuple(end - begin for begin, end in places),
            lows=tuple(lows),
            highs=tuple(highs),
            times=tuple(self.times[start] for start in starts_kept),
            steps=tuple(None if step == NO_STEP else step for step in steps),
        )

    def _place(self, start: int, size: int) -> Tuple[int, int]:
        """The points of the buckets ``start`` to ``start + size``: the first, and the one behind the last."""
        begin, first, unit, _ = self.pieces[self._piece_of(start)]
        last = min(start + size, len(self.lows)) - 1
        last_begin, last_first, last_unit, last_end = self.pieces[self._piece_of(last)]
        return first + (start - begin) * unit, min(last_first + (last - last_begin + 1) * last_unit, last_end)

    def _piece_of(self, index: int) -> int:
        return bisect_right(self.pieces, (index, math.inf)) - 1


def _extremes(values: array[float], size: int, extreme: Any) -> List[float]:
    """The lowest or highest of each ``size`` neighbours; nan where there is no number."""
    if size == 1:
        return values.tolist()
    groups = [values[at : at + size] for at in range(0, len(values), size)]
    if not math.isnan(sum(values)):
        return list(map(extreme, groups))
    return [extreme((value for value in group if value == value), default=math.nan) for group in groups]


def _stretch(connection: Reading, table: Table, series_id: int, first: int, last: int, *names: str) -> Any:
    """Columns of the rows that hold the points ``first`` to ``last``, in order."""
    c = table.c
    # A row's count is no part of the key: the one that holds `first` is the last that begins at or before it.
    at = select(c.first).where(c.series_id == bindparam("series"), c.first <= bindparam("begin"))
    begin = connection.execute(at.order_by(c.first.desc()).limit(1), {"series": series_id, "begin": first}).scalar()
    inside = (c.series_id == series_id) & (c.first >= (begin or 0)) & (c.first < last) & (c.first + c.count > first)
    return connection.execute(select(c.first, c.count, *(c[name] for name in names)).where(inside).order_by(c.first))


def _whole_chunks(connection: Reading, series_id: int, first: int, last: int) -> _Course:
    course = _Course()
    rows = _stretch(connection, t.metric_outlines, series_id, first, last, "low", "high", "time", "step")
    for start, count, low, high, time, step in rows:
        course.piece(start, count, start + count)
        course.lows.append(low)
        course.highs.append(high)
        course.times.append(time)
        course.steps.append(NO_STEP if step is None else step)
        course.has_steps = course.has_steps or step is not None
    return course


def _pyramids(connection: Reading, series_id: int, first: int, last: int) -> _Course:
    course = _Course()
    for start, count, pyramid, steps in _stretch(
        connection, t.metric_outlines, series_id, first, last, "pyramid", "steps"
    ):
        begin, end = max(0, first - start) // BUCKET, -(-min(count, last - start) // BUCKET)
        course.piece(start + begin * BUCKET, BUCKET, start + count)
        numbers = array("d", pyramid)[3 * begin : 3 * end]
        course.lows.extend(numbers[0::3])
        course.highs.extend(numbers[1::3])
        course.times.extend(numbers[2::3])
        course.add_steps(steps, slice(begin, end), end - begin)
    return course


def _single_points(connection: Reading, series_id: int, first: int, last: int) -> _Course:
    course = _Course()
    for start, count, numbers, times, steps in _stretch(
        connection, t.metric_chunks, series_id, first, last, "numbers", "times", "steps"
    ):
        if not numbers:  # rows and tables
            continue
        begin, end = max(0, first - start), min(count, last - start)
        course.piece(start + begin, 1, start + end)
        values = array("d", numbers)[begin:end]
        if not math.isfinite(sum(values)):
            values = array("d", [value if math.isfinite(value) else math.nan for value in values])
        course.lows.extend(values)
        course.times.extend(array("d", times)[begin:end])
        course.add_steps(steps, slice(begin, end), end - begin)
    course.highs = course.lows
    return course
