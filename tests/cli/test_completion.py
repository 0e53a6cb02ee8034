"""What the shells are told, and what bash makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import List

import pytest

from tests.cli.conftest import Shelf, trainshed
from tests.cli.terminal import Terminal
from trainshed.cli.completion import SHELLS
from trainshed.cli.main import VERBS


def found(*words: str) -> List[str]:
    typed = trainshed("__complete", *words)
    assert (typed.code, typed.err) == (0, "")
    return [line for line in typed.lines if line]


def test_verbs_options_choices(home: Path) -> None:
    assert found("") == list(VERBS) and found("ru") == ["run", "runs"]
    assert found() == list(VERBS)
    assert "--pip" in found("run", "--") and found("run", "--det") == ["--detach"]
    assert found("runs", "--status", "Comp") == ["Completed"] and found("runs", "--status=Comp") == [
        "--status=Completed"
    ]
    assert found("compute", "") == ["list", "show", "create", "delete"]
    assert found("completion", "") == list(SHELLS)
    assert "exit-codes" in found("help", "")
    assert found("no-verb", "") == [] == found("run", "") == found("run", "train.py", "--", "--al")
    assert not list(home.iterdir()), "no server was started"


def test_what_the_server_knows(shelf: Shelf) -> None:
    assert found("show", "twin") == ["twin-b", "twin-a"]
    assert found("show", "twin-a") == ["twin-a"] and "last" in found("logs", "")
    assert found("cancel", "twin-a", "twin-b") == ["twin-b"]
    assert found("show", "twin-a", "") == [], "one run is enough"
    assert found("runs", "--experiment", "") == ["digits", "twins"] == found("runs", "-e", "")
    assert found("runs", "--experiment=tw") == ["--experiment=twins"]
    assert found("run", "train.py", "--target", "") == ["local"]
    assert found("download", shelf.run.id, "outputs/m") == ["outputs/model.bin"]
    assert found("logs", shelf.run.id, "--file", "azureml") == ["azureml-logs/70_driver_log.txt"]
    assert found("logs", "--file", "x", "twin-") == ["twin-b", "twin-a"]
    assert found("download", "nothing-like-it", "") == []
    assert any(name.startswith("AzureML-") for name in found("env", "show", ""))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell(shell: str) -> None:
    typed = trainshed("completion", shell)
    assert typed.code == 0 and "__complete" in typed.out
    assert trainshed("completion", shell, "--json").json == {"shell": shell, "script": SHELLS[shell]}


def test_bash(shelf: Shelf, tmp_path: Path) -> None:
    """Tabulators, typed into a real bash."""
    import sys

    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    command = bin_folder / "trainshed"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m trainshed.cli.main "$@"\n')
    command.chmod(0o755)
    script = tmp_path / "completion.bash"
    script.write_text(trainshed("completion", "bash").out)
    (tmp_path / "training.py").touch()
    with Terminal(shell=True, cwd=tmp_path, PATH=f"{bin_folder}:/usr/bin:/bin") as terminal:
        terminal.press(b". ./completion.bash; echo re''ady\n")
        terminal.wait_for("ready")
        for typed, completed in (
            (b"trainshed ca\t", "trainshed cancel $"),
            (b"trainshed show twin-\t\t", "twin-b +twin-a"),
            (b"trainshed runs --experiment=tw\t", "--experiment=twins"),
            (b"trainshed run trai\t", "trainshed run training.py"),
        ):
            terminal.press(typed)
            terminal.wait_for(completed.replace("$", ""))
            terminal.press(b"\x15")
        terminal.press(b"exit\n")
        terminal.wait()
