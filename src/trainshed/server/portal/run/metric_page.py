"""The page of a run's metrics: charts, tables, pictures, documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trainshed.server.portal.run.families import families
from trainshed.server.portal.run.head import RunHead
from trainshed.server.portal.run.kinds import Drawing, file_named
from trainshed.server.portal.run.sparklines import Sparkline, cut, sparkline, value_text

#: Kinds of series (see MetricSeries): of single values, and of tables.
NUMBERS, TABLES = ("scalar", "list"), ("row", "table")
#: Rows of a table that are shown, columns, charts and pictures of a name.
MOST_ROWS, MOST_COLUMNS, MOST_CHARTS, MOST_PICTURES = 100, 30, 120, 24


@dataclass(frozen=True)
class Course:
    """A metric as a page needs it: its newest values, and the lowest and highest of each of a few stretches."""

    id: int
    name: str
    kind: str
    count: int
    newest: Sequence[Any]
    stretches: Sequence[tuple[float, float]] = ()
    description: str = ""

    @property
    def last(self) -> Any:
        """The value logged last; None while there is none."""
        return self.newest[-1] if self.newest else None


@dataclass(frozen=True)
class MetricLine:
    """A metric's last value. ``sparkline`` None: nothing to draw."""

    name: str
    kind: str
    last: str
    count: int
    sparkline: Sparkline | None = None
    description: str = ""


@dataclass(frozen=True)
class ChartLine:
    """A series of a chart; ``series``: its number in the chart's address."""

    series: int
    name: str
    last: str
    count: int
    sparkline: Sparkline | None


@dataclass(frozen=True)
class Chart:
    """Series that are drawn together."""

    title: str
    lines: tuple[ChartLine, ...]


@dataclass(frozen=True)
class TableView:
    """Rows that were logged. ``count``: of all of them; only the last are in ``rows``."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int
    description: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture that was logged; ``href`` gives its bytes."""

    path: str
    href: str


@dataclass(frozen=True)
class Gallery:
    """The pictures of a name, oldest first; ``count``: of all of them."""

    name: str
    pictures: tuple[Picture, ...]
    count: int
    description: str = ""


@dataclass(frozen=True)
class DrawnDocument:
    """A confusion matrix, accuracy table, residuals or predictions, as the newest document of that name says."""

    name: str
    drawing: Drawing
    download: str
    description: str = ""


@dataclass(frozen=True)
class MetricPage:
    """The page. ``narrowed``: the query that names must contain; ``left_out``: charts that are not shown;
    ``drawn``: the numbers of the series of each chart."""

    title: str
    id: str
    head: RunHead
    charts: tuple[Chart, ...]
    chart_data: str
    others: tuple[MetricLine, ...]
    tables: tuple[TableView, ...]
    galleries: tuple[Gallery, ...]
    documents: tuple[DrawnDocument, ...]
    narrowed: str
    left_out: int
    dropped: int
    count: int
    drawn: str


def metric_line(course: Course) -> MetricLine:
    """A metric's last value, and its course where there is one."""
    return MetricLine(
        course.name,
        course.kind,
        _last_text(course),
        course.count,
        sparkline(course.stretches),
        course.description,
    )


def _last_text(course: Course) -> str:
    if course.kind == "row":
        return f"{course.count} row{'s' * (course.count != 1)}"
    if course.kind == "table":
        return "table"
    # Pictures and documents are files of the run; their address says nothing more.
    return value_text(file_named(course.last) or course.last)


def is_drawn(course: Course) -> bool:
    """Whether a metric is a course of numbers, files of the same name aside. What was logged once is a value, no
    course.
    """
    values = besides_files(course)
    is_number = isinstance(values.last, (int, float)) and not isinstance(values.last, bool)
    return values.kind in NUMBERS and is_number and values.count > 1


def besides_files(course: Course) -> Course:
    """The course without the pictures and documents that were logged under its name, as far as the newest tell."""
    values = [value for value in course.newest if file_named(value) is None]
    return replace(course, newest=values, count=course.count - (len(course.newest) - len(values)))


def charts(courses: Iterable[Course]) -> tuple[tuple[Chart, ...], int]:
    """The charts of these courses, and how many are left out."""
    known: dict[str, list[Course]] = {}
    for course in courses:
        known.setdefault(course.name, []).append(course)
    groups = families(known)
    made = [_chart([course for name in group for course in known[name]]) for group in groups[:MOST_CHARTS]]
    return tuple(made), max(0, len(groups) - MOST_CHARTS)


def _chart(courses: Sequence[Course]) -> Chart:
    numbers = map(besides_files, courses)
    lines = tuple(ChartLine(c.id, c.name, value_text(c.last), c.count, sparkline(c.stretches)) for c in numbers)
    return Chart(", ".join(line.name for line in lines), lines)


def table(course: Course) -> TableView | None:
    """The last rows of a metric that is a table; None for one that is none."""
    if course.kind not in TABLES:
        return None
    rows = [row for value in course.newest for row in _rows(value)]
    columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))[:MOST_COLUMNS]
    shown = [tuple(_cell(row, column) for column in columns) for row in rows[-MOST_ROWS:]]
    # Each call of log_row made one row; how many those of log_table made, nobody counts.
    count = course.count if course.kind == "row" else len(rows)
    return TableView(course.name, columns, tuple(shown), count, course.description)


def _cell(row: Mapping[str, Any], column: str) -> str:
    return value_text(row[column]) if column in row else ""


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """What one call logged, by rows: a row, a table's columns, or a single value."""
    if not isinstance(value, Mapping):
        return [{"value": value}]
    if not any(isinstance(items, list) for items in value.values()):
        return [value]
    columns = {name: items if isinstance(items, list) else [items] for name, items in value.items()}
    length = max(map(len, columns.values()), default=0)
    return [{name: items[at] for name, items in columns.items() if at < len(items)} for at in range(length)]


def other(course: Course) -> MetricLine:
    """A metric that is neither drawn nor a table: its last value; of a few values all of them."""
    line = metric_line(course)
    if 1 < course.count <= len(course.newest):
        text = cut(", ".join(map(value_text, course.newest)))
        return replace(line, last=text)
    return line
