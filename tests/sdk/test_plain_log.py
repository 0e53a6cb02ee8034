"""A log for those who are no terminal."""

from __future__ import annotations

from typing import List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainshed.sdk.following.plain import Plain
from trainshed.sdk.following.screen import Screen


def shown(*pieces: bytes) -> str:
    plain = Plain()
    return "".join([plain.feed(piece) for piece in pieces] + [plain.end()])


@pytest.mark.parametrize(
    ("log", "text"),
    [
        (b"a\nb\n", "a\nb\n"),
        (b"no end", "no end"),
        (b"windows\r\nlines\r\n", "windows\nlines\n"),
        (b"\r 10%\r 50%\r100%\ndone\n", "100%\ndone\n"),
        (b"0%\r50%\r", "50%"),
        (b"\x1b[1mbold\x1b[0m \x1b]0;title\x07text\x1b[K\n", "bold text\n"),
        (b"\x1b[38;5;12mblue\n", "blue\n"),
        (b"\xff broken \xc3\n", "\ufffd broken \ufffd\n"),
        ("naïve 😀\n".encode(), "naïve 😀\n"),
        (b"", ""),
        (b"\r\r\r\n", "\n"),
    ],
)
def test_whole(log: bytes, text: str) -> None:
    assert shown(log) == text


def test_the_beginning_of_a_line_is_shown_at_once() -> None:
    plain = Plain()
    assert plain.feed(b"Epoch 1 ...") == "Epoch 1 ..."
    assert plain.feed(b" done\n") == " done\n"


def test_a_line_that_is_rewritten_after_its_beginning_was_shown() -> None:
    plain = Plain()
    assert plain.feed(b"0%") == "0%"
    assert plain.feed(b"\r50%") == ""
    assert plain.feed(b"\r100%\nnext\n") == "\n100%\nnext\n"


def test_a_line_that_is_rewritten_for_long_is_shown_as_it_stands() -> None:
    plain = Plain()
    assert plain.present() == ""
    assert plain.feed(b"begun\n\r 1%\r\x1b[32m 2%\x1b[0m") == "begun\n"
    assert plain.present() == " 2%\n" and plain.present() == ""
    assert plain.feed(b"\r 3%\r") == ""
    assert plain.present() == " 3%\n"
    assert plain.feed(b"\nnext\n") == "next\n", "its last state is there already"
    assert plain.feed(b"0%") == "0%" and plain.feed(b"\r1%") == "" and plain.present() == "\n1%\n"
    assert plain.feed(b"\r2%\n") == "2%\n"


def test_the_end_of_a_windows_line_comes_in_two_pieces() -> None:
    assert shown(b"beg", b"in\r", b"\nnext") == "begin\nnext"


def test_a_progress_bar_of_hours_takes_no_memory() -> None:
    plain = Plain()
    for number in range(10_000):
        assert plain.feed(b"\r%d of 10000" % number) == ""
    assert len(plain._rest) < 100
    assert plain.feed(b"\n") == "9999 of 10000\n"


def test_the_screen_shows_progress_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    always, seldom = Screen(progress_s=0.0), Screen(progress_s=3600.0)
    for screen in (always, seldom):
        for number in range(3):
            screen.log(b"\r%d%%" % number)
        screen.progress()
        screen.end_log()
        assert capsys.readouterr().out == ("0%\n1%\n2%\n" if screen is always else "2%\n")


PIECES = [b"text", b"\n", b"\r", b"\r\n", b"\x1b[31m", b"\x1b[0m", b"\x1b[K", "ü😀".encode(), b"\xff", b" ", b"50%"]


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.data())
def test_never_a_carriage_return_nor_an_escape_however_it_is_cut(parts: List[bytes], data: st.DataObject) -> None:
    log = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=8)))
    text = shown(*(log[a:b] for a, b in zip([0, *cuts], [*cuts, len(log)])))
    assert "\r" not in text and "\x1b" not in text
    if b"\r" not in log:
        assert text == shown(log)


@given(st.lists(st.sampled_from([piece for piece in PIECES if piece != b"\r"]), max_size=30), st.data())
def test_lines_as_windows_ends_them_however_they_are_cut(parts: List[bytes], data: st.DataObject) -> None:
    log = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=8)))
    assert shown(*(log[a:b] for a, b in zip([0, *cuts], [*cuts, len(log)]))) == shown(log.replace(b"\r\n", b"\n"))
