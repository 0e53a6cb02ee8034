"""Folders of code to submit, made anew for each session."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

#: The first statement tells when it ran; nothing that costs is imported before it.
STAMPING_SCRIPT = """\
import sys, time; open(sys.argv[1], "w").write(str(time.time_ns()))
"""
_MLPROJECT = """\
name: benchmark
entry_points:
  main:
    parameters:
      stamp: string
    command: "python train.py {stamp}"
"""
_FILES_PER_FOLDER = 20


def code_folder(path: Path, *, file_count: int, in_git: bool = False) -> Path:
    """``train.py`` (stamps its first line), ``MLproject`` and modules of 1 to 8 KB: ``file_count`` files in all."""
    source = random.Random(file_count)
    path.mkdir(parents=True)
    (path / "train.py").write_text(STAMPING_SCRIPT)
    (path / "MLproject").write_text(_MLPROJECT)
    for number in range(file_count - 2):
        folder = path / f"package_{number // _FILES_PER_FOLDER}"
        folder.mkdir(exist_ok=True)
        lines = [f"value_{index} = {source.random()}" for index in range(source.randrange(30, 250))]
        (folder / f"module_{number}.py").write_text("\n".join(lines) + "\n")
    if in_git:
        _commit(path)
    return path


def _commit(path: Path) -> None:
    author = {"GIT_AUTHOR_NAME": "b", "GIT_AUTHOR_EMAIL": "b@localhost", "GIT_CONFIG_NOSYSTEM": "1"}
    author.update({"GIT_COMMITTER_NAME": "b", "GIT_COMMITTER_EMAIL": "b@localhost"})
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "code"]):
        subprocess.run(["git", *command], cwd=path, env={**os.environ, **author}, check=True, timeout=60)
