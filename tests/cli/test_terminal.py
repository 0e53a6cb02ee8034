"""Tables and colours in a terminal, and only there."""

from __future__ import annotations

import json
import re
from typing import List

import pytest

from tests.cli.conftest import Shelf, trainshed
from tests.cli.terminal import Terminal
from trainshed.cli.main import VERBS
from trainshed.cli.output import fitting


def test_a_terminal_gets_a_table_with_headings(shelf: Shelf) -> None:
    with Terminal("runs") as terminal:
        assert terminal.wait() == 0
    assert b"\x1b[" in terminal.drawn
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(terminal.lines))
    heading, *rest = (line for line in plain.splitlines() if line.strip())
    assert heading.split() == ["run", "status", "experiment", "created", "duration", "target"]
    assert any(line.startswith(shelf.run.id) and "Running" in line for line in rest)


@pytest.mark.parametrize("columns", [20, 60, 80, 100])
def test_a_narrow_terminal_leaves_ids_whole_and_each_run_in_one_row(shelf: Shelf, columns: int) -> None:
    run = shelf.recorder.run("an-experiment-of-some-length")
    with Terminal("runs", columns=columns) as terminal:
        assert terminal.wait() == 0
    rows = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(terminal.lines)).splitlines() if line.strip()]
    assert any(line.startswith(run.id[: columns - 1]) for line in rows)
    if columns >= 60:
        assert len(rows) == 2 + len(trainshed("runs").lines) and max(map(len, rows)) <= columns


@pytest.mark.parametrize(
    ("natural", "room", "left_out", "widths"),
    [
        ([10, 20, 5], 100, 3, [10, 20, 5]),
        ([10, 20, 5], 35, 3, [10, 14, 5]),
        ([10, 30, 30], 46, 3, [10, 15, 15]),
        ([40, 20, 20], 60, 3, [40, 17]),
        ([40, 20, 20], 30, 3, [40]),
        ([40, 20, 20], 30, 0, [40, 12, 12]),
        ([5], 3, 1, [5]),
    ],
)
def test_columns_give_way(natural: List[int], room: int, left_out: int, widths: List[int]) -> None:
    assert fitting(natural, room, most_left_out=left_out) == widths


def test_no_color(shelf: Shelf) -> None:
    with Terminal("runs", NO_COLOR="1") as terminal:
        assert terminal.wait() == 0
    assert b"\x1b[3" not in terminal.drawn and shelf.run.id.encode() in terminal.drawn


def test_a_terminal_shows_the_course_of_each_metric(shelf: Shelf) -> None:
    with Terminal("show", shelf.run.id) as terminal:
        assert terminal.wait() == 0
    assert "  loss    █▃▁  0.125  (last of 3)" in terminal.lines


@pytest.mark.parametrize(
    "verb",
    ["runs", "show last", "du", "doctor", "server status", "snapshot explain", "version", "env list", "compute list"],
)
def test_a_pipe_gets_neither_colours_nor_carriage_returns(shelf: Shelf, verb: str) -> None:
    typed = trainshed(*verb.split())
    assert typed.code == 0
    assert "\x1b" not in typed.out + typed.err and "\r" not in typed.out + typed.err


def test_what_a_script_named_cannot_move_the_cursor(shelf: Shelf) -> None:
    run = shelf.recorder.run("evil", name="\x1b[2J\r", tags={"\x1b]0;title\x07": "\x1b[31m\nmore"})
    shown = trainshed("show", run.id)
    assert "\x1b" not in shown.out and "\x07" not in shown.out and "\r" not in shown.out
    with Terminal("show", run.id) as terminal:
        assert terminal.wait() == 0
    assert b"\x1b[2J" not in terminal.drawn and b"\x07" not in terminal.drawn


def test_a_reader_that_leaves_is_no_error(shelf: Shelf) -> None:
    import subprocess

    from tests.cli.conftest import COMMAND

    for number in range(200):
        shelf.recorder.file(shelf.run, f"logs/{number}-{'x' * 200}.txt", b"")
    line = f"{' '.join(COMMAND)} show {shelf.run.id} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("verb", VERBS)
def test_help_needs_no_server(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = trainshed(verb, "--help")
    assert typed.code == 0 and typed.out.startswith(f"usage: trainshed {verb}") and typed.err == ""


def test_the_list_of_verbs() -> None:
    for words in ((), ("--help",), ("help",)):
        typed = trainshed(*words)
        assert typed.code == 0
        for verb in VERBS:
            assert re.search(rf"^  {verb} +\w", typed.out, re.MULTILINE)


def test_wrong_words() -> None:
    typed = trainshed("rnus")
    assert (typed.code, typed.err) == (2, "trainshed: there is no verb 'rnus'.\n  next: trainshed runs\n")
    assert trainshed("bogus").err.endswith("next: trainshed --help\n")
    assert trainshed("cancle").err.endswith("next: trainshed cancel\n")
    typed = trainshed("runs", "--since", "soon")
    assert typed.code == 2 and "'soon' is no time; write 2026-11-24" in typed.err
    typed = trainshed("help", "bogus")
    assert typed.code == 2 and "exit-codes" in typed.err
    typed = trainshed("runs", "--limit", "0")
    assert typed.code == 2 and "'0' is no number above 0" in typed.err and "next: trainshed runs --help" in typed.err
    typed = trainshed("runs", "--exp", "x")
    assert typed.code == 2 and "unrecognized arguments" in typed.err, "no guessing of shortened options"


def test_wrong_words_as_json() -> None:
    for words in (("rnus",), ("runs", "--exp", "x"), ("runs", "--limit", "0")):
        typed = trainshed(*words, "--json")
        error = json.loads(typed.err)
        assert (typed.code, typed.out, error["code"]) == (2, "", "bad_usage") and error["message"] and error["next"]
    typed = trainshed("run", "--json")
    assert typed.code == 125 and json.loads(typed.err)["next"] == "trainshed run --help"
    assert "usage:" in trainshed("run", "--", "--json").err, "what follows -- is the script's"


def test_version() -> None:
    assert trainshed("version").out == trainshed("--version").out
    assert set(trainshed("version", "--json").json) == {"version", "wire", "sdk"}
