"""The user and node columns run on a bare CPython 3.8: standard library and us, no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Sequence

import pytest

from tests.support.interpreters import find_python

OLDEST = "3.8"
SRC = Path(__file__).resolve().parents[1] / "src"
SCRIPT = Path(__file__).with_name("support") / "bare_import.py"
USER_COLUMN = ("azureml", "trainshed.contract", "trainshed.client", "trainshed.sdk")
NODE_COLUMN = ("trainshed.contract", "trainshed.client", "trainshed.node")
# What Windows does not have.
POSIX_ONLY = ("fcntl", "pwd", "resource", "grp", "termios")


def import_all(src: Path, packages: Sequence[str], blocked: Sequence[str] = ()) -> Dict[str, Any]:
    question = {"src": str(src), "packages": packages, "blocked": blocked, "stdlib": sorted(sys.stdlib_module_names)}
    command = [find_python(OLDEST), "-I", "-S", str(SCRIPT)]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: Dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_the_oldest_python_is_there() -> None:
    assert find_python(OLDEST)


@pytest.mark.parametrize(
    ("packages", "blocked"),
    [pytest.param(USER_COLUMN, POSIX_ONLY, id="user column"), pytest.param(NODE_COLUMN, (), id="node column")],
)
def test_every_module_imports_with_the_standard_library_only(packages: Sequence[str], blocked: Sequence[str]) -> None:
    answer = import_all(SRC, packages, blocked)
    assert not answer["failed"], "\n".join(answer["failed"].values())
    assert set(packages) <= set(answer["imported"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("import yaml", "NotStandard: yaml"),
        ("try:\n    import numpy\nexcept ImportError:\n    pass", "NotStandard: numpy"),
        ("import fcntl", "fcntl is blocked"),
        ("import copy, tarfile, tempfile, shutil, subprocess", ""),
    ],
)
def test_the_gate_itself(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "azureml").mkdir()
    (tmp_path / "azureml" / "__init__.py").write_text(line + "\n")
    failed = import_all(tmp_path, ["azureml"], POSIX_ONLY)["failed"]
    assert words in failed["azureml"] if words else not failed
