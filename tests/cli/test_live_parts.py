"""The live view's parts, without a run: bars, phases, lines, and what a terminal makes of them."""

from __future__ import annotations

import io
import math
from datetime import datetime, timedelta, timezone
from typing import List, Sequence

import pyte
import pytest

from trainshed.cli.live.frame import Known, Line, Part, frame, metric_lines
from trainshed.cli.live.painter import Painter
from trainshed.cli.phases import in_words, phases
from trainshed.cli.sparklines import ASCII_BARS, bars_for, condensed, numbers, sparkline
from trainshed.contract.records import RunEvent, RunRecord
from trainshed.contract.status import RunStatus as S

AT = datetime(2026, 11, 24, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ([], 8, ""),
        ([1.0], 8, "▄"),
        ([1.0, 1.0], 8, "▄▄"),
        ([0, 1, 2, 3, 4, 5, 6, 7], 8, "▁▂▃▄▅▆▇█"),
        ([0, 0, 7, 7], 2, "▁█"),
        ([0.0, math.nan, 1.0], 3, "▁ █"),
        ([math.nan, math.inf], 3, ""),
        ([-1e308, 1e308], 2, "▄▄"),
        ([1, 2], 0, ""),
    ],
)
def test_sparkline(values: List[float], width: int, drawn: str) -> None:
    assert sparkline(values, width) == drawn


def test_a_long_series_is_condensed() -> None:
    assert condensed([1.0, 2.0], 2) == [1.0, 2.0]
    assert condensed([float(n) for n in range(1, 9)], 3) == [2.5, 6.5, 8.0]
    long = [float(n) for n in range(1_000_000)]
    assert sparkline(condensed(long, 1000), 8) == sparkline(long, 8) == "▁▂▃▄▅▆▇█"
    assert math.isnan(condensed([math.nan] * 4, 2)[0])


def test_what_a_terminal_can_show_and_what_is_a_number() -> None:
    assert bars_for("utf-8") != ASCII_BARS == bars_for("ascii") == bars_for(None) == bars_for("latin-1")
    assert sparkline([0, 7], 2, ASCII_BARS) == "_#"
    assert numbers([1, 2.5]) == [1.0, 2.5] and numbers(3) == [3.0]
    assert numbers("text") == numbers([1, None]) == numbers({"x": [1]}) == numbers(True) == []


def history(*steps: tuple[S, float]) -> tuple[RunEvent, ...]:
    """Changes of status, each so many seconds after the first."""
    olds = [S.NOT_STARTED, *(status for status, _ in steps)]
    return tuple(
        RunEvent("r", number + 1, olds[number], status, "", AT + timedelta(seconds=at), "agent")
        for number, (status, at) in enumerate(steps)
    )


RUNNING = history((S.QUEUED, 0), (S.PREPARING, 0.2), (S.STARTING, 12), (S.RUNNING, 12.2))


def test_phases() -> None:
    found = phases(RUNNING, AT + timedelta(seconds=20))
    assert [(phase.name, round(phase.duration_s, 3), phase.goes_on) for phase in found] == [
        ("Queued", 0.2, False),
        ("Preparing", 12.0, False),
        ("Running", 7.8, True),
    ]
    assert in_words(found) == ["queued 0.2 s", "preparing 12 s"]
    ended = phases((*RUNNING, *history((S.COMPLETED, 15))), AT + timedelta(seconds=99))
    assert in_words(ended) == ["queued 0.2 s", "preparing 12 s", "running 2.8 s"]
    assert phases((), AT) == []


def test_a_retry_is_told_as_it_was() -> None:
    again = history((S.QUEUED, 0), (S.PREPARING, 1), (S.RUNNING, 2), (S.QUEUED, 5), (S.PREPARING, 6), (S.RUNNING, 7))
    names = [phase.name for phase in phases(again, AT + timedelta(seconds=8))]
    assert names == ["Queued", "Preparing", "Running", "Queued", "Preparing", "Running"]


def words(line: Line) -> str:
    return "".join(part.text for part in line)


def known(**more: object) -> Known:
    run = RunRecord("r", "w", "e", 1, S.RUNNING, AT)
    return Known(run, RUNNING, **more)  # type: ignore[arg-type]


METRICS = {"loss": [float(9 - n) for n in range(9)], "accuracy": [0.5, 0.75]}


def test_the_lines_of_a_running_run() -> None:
    lines = frame(known(metrics=METRICS), "", AT + timedelta(seconds=20), 80, 24)
    assert [words(line) for line in lines] == [
        "Running 7.8 s  queued 0.2 s · preparing 12 s  Ctrl-C: cancel or detach",
        "  loss     ██▇▆▅▄▃▂▁ 1",
        "  accuracy ▁█        0.75",
    ]


@pytest.mark.parametrize("columns", [1, 5, 20, 30, 80, 300])
@pytest.mark.parametrize("rows", [1, 4, 50])
def test_no_line_reaches_the_last_column_and_no_more_than_half_of_the_rows(columns: int, rows: int) -> None:
    from rich.cells import cell_len

    metrics = {f"metric {number} 指标" * 5: [0.123456789, 1e-300] for number in range(20)}
    lines = frame(known(metrics=metrics, building="x" * 500), "字" * 500, AT, columns, rows)
    assert 1 <= len(lines) <= max(1, rows // 2)
    assert max(cell_len(words(line)) for line in lines) <= max(1, columns - 1)


def test_more_metrics_than_there_is_room_for() -> None:
    lines = metric_lines({f"m{number}": [1.0, 2.0] for number in range(9)}, 80, 4)
    assert [words(line).split()[0] for line in lines] == ["m0", "m1", "m2", "and"] and "6 more" in words(lines[-1])


def test_why_a_run_waits_and_what_is_built() -> None:
    run = RunRecord("r", "w", "e", 1, S.QUEUED, AT, status_reason="waits for a place on cpu-cluster")
    waits = frame(Known(run, history((S.QUEUED, 0))), "", AT + timedelta(seconds=3), 80, 24)
    assert [words(line) for line in waits] == [
        "Queued 3.0 s  Ctrl-C: cancel or detach",
        "  waits for a place on cpu-cluster",
    ]


class Shown:
    """A painter, and the screen that it paints on."""

    def __init__(self, columns: int = 40, rows: int = 10, *, colored: bool = True) -> None:
        self.to = io.BytesIO()
        self.painter = Painter(self.to, colored=colored)
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._seen = 0

    @property
    def rows(self) -> List[str]:
        # A terminal's driver makes two characters of each line break.
        new = self.to.getvalue()[self._seen :]
        self._seen += len(new)
        self._stream.feed(new.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        rows = [row.rstrip() for row in self.screen.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows


def block(*texts: str) -> Sequence[Line]:
    return [[Part(text, "2")] for text in texts]


def test_the_log_scrolls_above_the_lines() -> None:
    shown = Shown()
    for number in range(30):
        shown.painter.log(b"line %d\n" % number)
        shown.painter.draw(block(f"status {number}", "metric"))
        assert shown.rows[-2:] == [f"status {number}", "metric"]
        assert shown.rows[:-2] == [f"line {n}" for n in range(number + 1)][-8:]
    shown.painter.draw(block("one line only"))
    assert shown.rows[-2:] == ["line 29", "one line only"]
    shown.painter.clear()
    assert shown.rows[-1] == "line 29" and shown.screen.cursor.x == 0
    assert len(shown.rows) == shown.screen.cursor.y


def test_a_line_that_is_rewritten_is_shown_as_it_stands_and_kept_once() -> None:
    shown = Shown()
    for percent in (b"10 %", b"\r20 %", b"\r30 %\r", b"\r40 %"):
        shown.painter.log(percent)
    assert shown.painter.unfinished == "40 %"
    shown.painter.log(b"\r100 %\nnext\r\n")
    shown.painter.clear()
    assert shown.rows == ["100 %", "next"]


def test_a_log_cannot_move_the_cursor_but_keeps_its_colors() -> None:
    shown = Shown()
    shown.painter.log(b"\x1b[31mred\nstill red\x1b[0m \x1b[2J\x1b]0;title\x07\x08plain \xff\xc3\xa9\n\x1b[Aup\n")
    shown.painter.draw(block("status \x1b[2J\n"))
    assert b"\x1b[2J" not in shown.to.getvalue() and b"\xff\xc3\xa9" in shown.to.getvalue()
    rows = shown.rows
    assert rows[:2] == ["red", "still red plain \N{REPLACEMENT CHARACTER}é"] and rows[2] == "up"
    assert shown.screen.buffer[1][0].fg == "red" and shown.screen.buffer[2][0].fg == "default"


def test_no_color() -> None:
    shown = Shown(colored=False)
    shown.painter.draw(block("status"))
    assert b"\x1b[2m" not in shown.to.getvalue() and shown.rows == ["status"]


@pytest.mark.parametrize("columns", [20, 60])
def test_after_another_size_nothing_is_left_of_the_old_lines(columns: int) -> None:
    shown = Shown(columns=40)
    shown.painter.log(b"the log\n")
    shown.painter.draw(block("s" * 39, "m" * 39))
    assert len(shown.rows) == 3
    shown.screen.resize(10, columns)
    shown.painter.draw(block("status"))
    assert shown.rows == ["the log", "status"]


def test_a_log_that_ends_without_a_line_break() -> None:
    shown = Shown()
    shown.painter.log(b"last")
    shown.painter.draw(block("status"))
    shown.painter.end_log()
    shown.painter.lines(block("kept"))
    assert shown.rows == ["last", "kept"] and shown.screen.cursor.y == 2
