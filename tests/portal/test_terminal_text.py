"""Logs as lines: breaks, progress bars, colours, broken bytes; windows of them; the search."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator, List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainshed.server.portal.run import log_windows, terminal_text
from trainshed.server.portal.run.following import LogFollower
from trainshed.server.portal.run.log_windows import LogBytes
from trainshed.server.portal.run.terminal_text import LONGEST


def texts(data: bytes) -> List[str]:
    return [line.text for line in terminal_text.lines(data, 0)]


def looks(data: bytes) -> List[Tuple[str, str]]:
    return [(span.text, span.look) for line in terminal_text.lines(data, 0) for span in line.spans]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\r\ntwo", ["one", "two"]),
        (b"\n\n", ["", ""]),
        (b" 10%\r 50%\r100%\n", ["100%"]),
        (b" 10%\r 50%\r", [" 50%"]),
        (b"a\x00b\x07c\td", ["a\ufffdb\ufffdc\td"]),
        (b"\xff\xfe", ["\ufffd\ufffd"]),
        ("\u00e4\u4e2d".encode(), ["\u00e4\u4e2d"]),
        (b"\x1b]0;title\x07plain \x1b[2Kcleared\x1b[?25l", ["plain cleared"]),
        ("\u202eevil".encode(), ["\ufffdevil"]),
    ],
)
def test_what_a_line_shows(data: bytes, shown: List[str]) -> None:
    assert texts(data) == shown


def test_colours_become_names_of_classes() -> None:
    assert looks(b"\x1b[31mred\x1b[0m plain") == [("red", "t-fg-red"), (" plain", "")]
    assert looks(b"\x1b[1;92;44mall\x1b[22mless") == [
        ("all", "t-fg-green t-bg-blue t-bold"),
        ("less", "t-fg-green t-bg-blue"),
    ]
    assert looks(b"\x1b[38;5;196mpalette\x1b[m\x1b[38;2;0;0;255mlevels") == [
        ("palette", "t-fg-red"),
        ("levels", "t-fg-blue"),
    ]
    assert looks(b"\x1b[33mover\nlines\x1b[39m\n") == [("over", "t-fg-yellow"), ("lines", "t-fg-yellow")]
    assert looks(b"\x1b[32m 1%\r\x1b[0m 2%\n") == [(" 2%", "")]
    assert looks(b"\x1b[99999;38;5modd") == [("odd", "")]


def test_a_long_line_comes_in_pieces_and_a_long_progress_bar_as_its_last_form() -> None:
    long = b"x" * (2 * LONGEST + 5)
    pieces = terminal_text.lines(long + b"\nend", 0)
    assert [len(piece.text) for piece in pieces] == [LONGEST, LONGEST, 5, 3]
    bar = b"".join(b"\r%5d%%" % number for number in range(5000)) + b"\nend"
    assert texts(bar) == [" 4999%", "end"]
    cut = terminal_text.lines(("\u00e4" * LONGEST + "\n").encode(), 0)
    assert "\ufffd" not in "".join(piece.text for piece in cut)


@given(st.binary(max_size=400))
def test_no_bytes_are_lost_between_lines(data: bytes) -> None:
    lines = terminal_text.lines(data, 7)
    assert not lines or (lines[0].at == 7 and lines[-1].end == 7 + len(data))
    assert all(one.end <= other.at for one, other in zip(lines, lines[1:]))
    assert all(not line.open for line in lines[:-1])


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[LogBytes]:
    """A log of 20,000 lines."""
    path = tmp_path / "log.txt"
    path.write_bytes(b"".join(b"line %05d of Many\n" % number for number in range(20_000)))
    descriptor = os.open(path, os.O_RDONLY)
    yield LogBytes(descriptor, path.stat().st_size)
    os.close(descriptor)


def test_windows_fit_together(opened: LogBytes) -> None:
    window = log_windows.window_before(opened, opened.size)
    seen = [line.text for line in window.lines]
    while window.at > 0:
        before = log_windows.window_before(opened, window.at)
        assert before.end == window.at and len(before.lines) < 5000
        seen[:0] = [line.text for line in before.lines]
        window = before
    assert seen == [f"line {number:05d} of Many" for number in range(20_000)]
    window = log_windows.window_from(opened, 0)
    count = len(window.lines)
    while window.end < opened.size:
        window = log_windows.window_from(opened, window.end)
        count += len(window.lines)
    assert count == 20_000


def test_a_window_begins_where_a_line_does(opened: LogBytes) -> None:
    window = log_windows.window_from(opened, 12345)
    assert window.at <= 12345 < window.lines[0].end and window.lines[0].text.startswith("line ")
    assert log_windows.window_from(opened, 10**12).lines == ()
    assert log_windows.window_before(LogBytes(None, 5), 5).lines == ()


def test_the_search_reads_all_and_goes_on(opened: LogBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [hit.text for hit in log_windows.search(opened, "LINE 19999".lower()).hits] == ["line 19999 of Many"]
    assert log_windows.search(opened, "many").hits and not log_windows.search(opened, "MANY").hits
    many = log_windows.search(opened, "of Many")
    assert len(many.hits) == log_windows.MOST_HITS and many.searched < many.size
    after = log_windows.search(opened, "of Many", many.searched)
    assert after.hits[0].text == f"line {log_windows.MOST_HITS:05d} of Many"
    monkeypatch.setattr(log_windows, "BLOCK_BYTES", 4096)
    slow = log_windows.search(opened, "line 19999", clock=iter(range(0, 100, 2)).__next__)
    assert not slow.hits and 0 < slow.searched < slow.size
    assert log_windows.search(opened, "").hits == ()


def test_a_follower_tells_what_is_new_and_begins_anew_when_it_is_too_much(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    follower = LogFollower("log.txt", 0, 0)

    def grow(data: bytes, *, final: bool = False) -> object:
        with path.open("ab") as file:
            file.write(data)
        with path.open("rb") as file:
            log = LogBytes(file.fileno(), path.stat().st_size)
            news = follower.news(log, final=final, draw=lambda lines: "|".join(line.line.text for line in lines))
        return news and (news.since, news.next, news.end, news.html, news.anew)

    assert grow(b"one\ntw") == (0, 4, 6, "one|tw", False)
    assert grow(b"") is None
    assert grow(b"o\n") == (4, 8, 8, "two", False)
    assert grow(b" 1%\r 2%") == (8, 8, 15, " 2%", False)
    assert grow(b"\r 3%\n") == (8, 20, 20, " 3%", False)
    much = grow(b"x\n" * 500_000)
    assert much is not None and much[4] is True and much[1] == much[2]  # type: ignore[index]
