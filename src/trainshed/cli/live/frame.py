"""The lines below the log: pure functions of what is known about the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from trainshed.cli.phases import Phase, in_words, phases
from trainshed.cli.sparklines import BARS, sparkline
from trainshed.contract import words
from trainshed.contract.frozen import dataclass, field
from trainshed.contract.records import RunEvent, RunRecord
from trainshed.contract.status import RunStatus

DIM, BOLD, CYAN, YELLOW = "2", "1", "36", "33"
_WIDEST = 100
_MOST_METRICS = 6
_NARROWEST_SPARK = 8
_WIDEST_SPARK = 32
_KEYS = "Ctrl-C: cancel or detach"
_STYLES = {RunStatus.RUNNING: CYAN, RunStatus.CANCEL_REQUESTED: YELLOW, RunStatus.NOT_RESPONDING: YELLOW}


@dataclass(frozen=True)
class Known:
    """What is known about the run. ``building``: the last line of the environment's log while it is prepared."""

    run: RunRecord
    events: tuple[RunEvent, ...] = ()
    metrics: Mapping[str, Sequence[float]] = field(default_factory=dict)
    building: str = ""


@dataclass(frozen=True)
class Part:
    """Text in one style, an ANSI code; empty: none."""

    text: str
    style: str = ""


Line = Sequence[Part]


def frame(known: Known, unfinished: str, now: datetime, columns: int, rows: int, bars: str = BARS) -> list[Line]:
    """The lines to be shown.

    Args:
        known: about the run.
        unfinished: the log's last line, to which no line break has come.
        now: aware.
        columns, rows: of the terminal; the lines take at most half of its rows, and never the last column.
        bars: for sparklines.
    """
    width = max(1, min(columns - 1, _WIDEST))
    lines: list[Line] = [[Part(_last(unfinished, width))]] if unfinished else []
    lines.append(_status_line(known, phases(known.events, now), width))
    why = known.building or _reason(known.run)
    if why:
        lines.append([Part(_cut("  " + why, width), DIM)])
    most = min(_MOST_METRICS, max(0, rows // 2 - len(lines)))
    return [*lines, *metric_lines(known.metrics, width, most, bars)][: max(1, rows // 2)]


def _reason(run: RunRecord) -> str:
    waits = (RunStatus.QUEUED, RunStatus.PROVISIONING, RunStatus.NOT_RESPONDING)
    return (run.status_reason or "") if run.status in waits and run.status_reason != "submitted" else ""


def _status_line(known: Known, found: Sequence[Phase], width: int) -> Line:
    present = next((phase for phase in found if phase.goes_on), None)
    name = present.name if present else known.run.status.value
    head = f"{name} {words.duration(present.duration_s)}" if present else name
    parts = [Part(_cut(head, width), _STYLES.get(known.run.status, BOLD))]
    left = width - _width(parts[0].text)
    past = "  " + " · ".join(in_words(found)) if in_words(found) else ""
    for text in (past, "  " + _KEYS):
        if text and _width(text) <= left:
            parts.append(Part(text, DIM))
            left -= _width(text)
    return parts


def metric_lines(series: Mapping[str, Sequence[float]], width: int, most: int, bars: str = BARS) -> list[Line]:
    """Name, course and last value of each metric; at most so many lines."""
    shown = list(series)[:most] if len(series) <= most else list(series)[: most - 1]
    if not shown:
        return []
    names = min(max(_width(name) for name in shown), max(4, width // 3))
    room = min(_WIDEST_SPARK, width - names - 14)
    if room < _NARROWEST_SPARK:
        room = 0
    room = min(room, max(len(series[name]) for name in shown))  # the values in one column
    lines = [_metric_line(name, series[name], names, room, width, bars) for name in shown]
    if len(shown) < len(series):
        lines.append([Part(_cut(f"  and {len(series) - len(shown)} more", width), DIM)])
    return lines


def _metric_line(name: str, values: Sequence[float], names: int, room: int, width: int, bars: str) -> Line:
    last = f"{values[-1]:.6g}"
    if room < 2 or len(values) < 2:
        return [Part(_cut(f"  {_filled(name, names)} {last}", width))]
    course = sparkline(values, room, bars).ljust(room)
    return [Part(f"  {_filled(name, names)} "), Part(course, CYAN), Part(_cut(f" {last}", width - names - 3 - room))]


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _cut(text: str, width: int) -> str:
    """The beginning that fits."""
    from rich.cells import set_cell_size

    return text if _width(text) <= width else set_cell_size(text, max(0, width))


def _filled(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(text, width)


def _last(text: str, width: int) -> str:
    """The end that fits: of a progress bar all, of a long line what was written last."""
    text = text[-4 * width :]
    while _width(text) > width:
        text = text[max(1, (len(text) - width) // 2) :]
    return text
