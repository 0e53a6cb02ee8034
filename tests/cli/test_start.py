"""What a start of the command loads, because that is a part of every run's time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Set

import pytest

from tests.cli.conftest import Shelf, trainshed
from tests.support.interpreters import find_python

SOURCES = Path(__file__).resolve().parents[2] / "src"
#: Tens of milliseconds each.
HEAVY = {"typer", "click", "rich", "jinja2", "starlette", "uvicorn", "sqlalchemy", "msgspec", "pydantic", "asyncio"}
HEAVY |= {"termios", "queue", "trainshed.cli.live", "trainshed.cli.asking"}  # for a terminal alone
HEAVY |= {"yaml", "pathspec", "logging", "multiprocessing", "importlib.metadata", "numpy"}


def loaded_by(*words: str) -> Set[str]:
    """The modules that are there when a verb has done its work."""
    code = "import sys; from trainshed.cli.main import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return set(done.stderr.decode().splitlines()[-1].split())


@pytest.mark.parametrize("verb", ["version", "runs", "show last", "logs last", "run train.py"])
def test_nothing_heavy_is_loaded(shelf: Shelf, tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("print('hello')")
    assert not loaded_by(*verb.split()) & HEAVY


def test_a_verb_loads_no_other(shelf: Shelf) -> None:
    from trainshed.cli.main import VERBS

    assert loaded_by("version") & set(VERBS.values()) == {"trainshed.cli.version"}
    assert not {name for name in loaded_by("version") if name.startswith(("trainshed.sdk", "trainshed.client"))}


def test_the_portal_link_can_be_opened(shelf: Shelf, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    typed = trainshed("portal", "--open", BROWSER=str(browser))
    assert typed.code == 0
    assert (tmp_path / "opened").read_text() == typed.out


def test_an_old_python_is_told_so() -> None:
    code = "import sys; from trainshed.cli.main import main; sys.exit(main(['runs']))"
    command = [find_python("3.8"), "-c", code]
    done = subprocess.run(command, env={"PYTHONPATH": str(SOURCES)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (125, "") and done.stderr.startswith("trainshed: the command needs")
