"""What somebody sees who types `trainshed run` in a terminal."""

from __future__ import annotations

import re
import tempfile
import textwrap
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

from tests.cli.conftest import trainshed
from tests.cli.terminal import Terminal
from tests.conftest import close_home

#: Goes on a step when the file of its number is there.
SCRIPT = """
import os, sys, time
from azureml.core import Run

def wait(step):
    while not os.path.exists(os.path.join(os.environ["STEPS"], step)):
        time.sleep(0.02)

run = Run.get_context()
print("first line", flush=True)
for n in range(5):
    run.log("loss", 5 - n)
    run.log("accuracy", n / 8)
print("\\r 10 %", end="", flush=True)
wait("1")
print("\\r 20 %", end="", flush=True)
wait("2")
print("\\r100 %")
print("last line")
"""


@pytest.fixture(scope="module")
def house() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(home))
        assert trainshed("server", "start").code == 0
        yield home
        close_home(home)


@pytest.fixture
def steps(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "train.py").write_text(textwrap.dedent(SCRIPT))
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "steps"
    made.mkdir()
    return made


def shows(*patterns: str) -> Callable[[List[str]], bool]:
    def check(rows: List[str]) -> bool:
        return all(any(re.search(pattern, row) for row in rows) for pattern in patterns)

    return check


def test_the_log_scrolls_and_phases_and_metrics_stand_below(steps: Path) -> None:
    with Terminal("run", "train.py", "--env", f"STEPS={steps}", columns=80, rows=24) as terminal:
        rows = terminal.wait_for_screen(shows("^first line", "^ 10 %", r"^Running .*Ctrl-C", "loss .*1$"), "all")
        below = rows[rows.index(" 10 %") :]
        assert re.match(r"Running [\d.]+ s", below[1])
        assert below[-2:] == ["  loss     █▇▅▃▁ 1", "  accuracy ▁▃▅▇█ 0.5"], rows
        terminal.press(b"somebody types\n")
        (steps / "1").touch()
        terminal.wait_for_screen(shows("^ 20 %"), "the next state of the unfinished line")
        terminal.resize(40, 24)
        rows = terminal.wait_for_screen(
            lambda rows: len(rows) > 1 and rows[-1].endswith("0.5") and rows.count(" 20 %") == 1, "the narrow view"
        )
        assert [row for row in rows if row.startswith("Running")][1:] == [], "nothing is left of the wide one"
        terminal.resize(80, 24)
        (steps / "2").touch()
        assert terminal.wait() == 0
        _, *between, last = terminal.screen()
    run_id = terminal.wait_for(r"Run \S+")[len("Run ") :]
    assert last == f"Run {run_id}: Completed"
    assert between[:3] == ["first line", "100 %", "last line"]
    assert re.match(r"  .*running [\d.]+ s$", between[3])
    assert between[4:] == ["  loss     █▇▅▃▁ 1", "  accuracy ▁▃▅▇█ 0.5"]


def test_a_terminal_that_can_nothing_gets_plain_lines(steps: Path) -> None:
    (steps / "1").touch()
    (steps / "2").touch()
    with Terminal("run", "train.py", "--env", f"STEPS={steps}", TERM="dumb") as terminal:
        assert terminal.wait() == 0
    assert b"\x1b" not in terminal.drawn
    assert b"last line" in terminal.drawn and b"Completed" in terminal.drawn


def test_no_color(steps: Path) -> None:
    with Terminal("run", "train.py", "--env", f"STEPS={steps}", NO_COLOR="1") as terminal:
        terminal.wait_for_screen(shows("^Running", "loss .*1$"), "the view")
        (steps / "1").touch()
        (steps / "2").touch()
        assert terminal.wait() == 0
    assert not re.search(rb"\x1b\[[1-9][0-9;]*m", terminal.drawn)


def test_the_terminal_is_left_as_it_was(steps: Path) -> None:
    """Keys are shown again after the run, and in the question that Ctrl-C brings up."""
    with Terminal("run", "train.py", "--env", f"STEPS={steps}") as terminal:
        assert terminal.shows_keys()
        terminal.wait_for_screen(shows("^Running"), "the view")
        assert not terminal.shows_keys()
        terminal.press(b"\x03")
        terminal.wait_for("eep following")
        assert terminal.shows_keys()
        terminal.press(b"c\n")
        assert terminal.wait() == 130


def test_ctrl_z_gives_the_terminal_back(steps: Path) -> None:
    with Terminal("run", "train.py", "--env", f"STEPS={steps}", shell=True) as terminal:
        terminal.wait_for_screen(shows("^Running", "loss .*1$"), "the view")
        terminal.press(b"\x1a")
        rows = terminal.wait_for_screen(shows("[Ss]topped"), "the shell")
        assert not any(row.startswith("Running") for row in rows)
        terminal.press(b"fg\n")
        terminal.wait_for_screen(shows("^Running", "loss .*1$"), "the view again")
        (steps / "1").touch()
        (steps / "2").touch()
        terminal.wait_for(r"Run \S+: Completed")
        terminal.press(b"exit\n")
        terminal.wait()
