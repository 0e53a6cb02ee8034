"""What a chart on a page asks for: of each series as many stretches as it has pixels, never all points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainshed.contract.errors import BadValue
from trainshed.server.storage.charts import Chart

#: The widest chart that is answered, in pixels, and the most series at once.
MOST_WIDTH, MOST_SERIES = 4000, 16


@dataclass(frozen=True)
class Wanted:
    """The points ``first`` to ``last`` (exclusive; None: to the newest) of a series."""

    series: int
    first: int = 0
    last: int | None = None


@dataclass(frozen=True)
class SeriesData:
    """Stretches of a series by columns.

    Args:
        x: step, or seconds since the epoch, of the first point of each.
        at: number of that point, with which a closer look is asked for.
        low, high: the lowest and highest value of each.
        exact: each is one point.
    """

    series: int
    name: str
    count: int
    x: tuple[float, ...]
    at: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    exact: bool


@dataclass(frozen=True)
class ChartData:
    """The answer."""

    series: tuple[SeriesData, ...]


def wanted(texts: Sequence[str]) -> list[Wanted]:
    """``12``, ``12,0,5000``: series, first and last point.

    Raises:
        BadValue: it is not of that form, or too many.
    """
    if not 1 <= len(texts) <= MOST_SERIES:
        raise BadValue(what="a chart", why=f"it has 1 to {MOST_SERIES} series")
    return [_wanted(text) for text in texts]


def _wanted(text: str) -> Wanted:
    parts = text.split(",")
    if len(parts) not in (1, 3) or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise BadValue(what=f"series {text!r}", why="it is NUMBER or NUMBER,FIRST,LAST")
    numbers = list(map(int, parts))
    return Wanted(*numbers)


def width(text: str | None) -> int:
    """Pixels across; BadValue."""
    if text is None:
        return 600
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_WIDTH):
        raise BadValue(what=f"width {text!r}", why=f"a chart is 1 to {MOST_WIDTH} pixels wide")
    return int(text)


def by_columns(series: int, name: str, count: int, chart: Chart, *, by_time: bool) -> SeriesData:
    """A series as a chart draws it. Where points have no step, their numbers stand for steps."""
    x: tuple[float, ...] = chart.times if by_time else chart.firsts
    if chart.steps and not by_time:
        x = tuple(first if step is None else step for first, step in zip(chart.firsts, chart.steps))
    exact = all(one == 1 for one in chart.counts)
    return SeriesData(series, name, count, x, chart.firsts, chart.lows, chart.highs, exact)
