"""Keeps what submitted scripts write to ``outputs/``, and takes snapshots of folders that did not change."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from pathlib import Path
from typing import Dict, List

import stamps
from serve import serve

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration

_CODE = Path(__file__).resolve().parent / "code"
workspace = Workspace.from_config()


def outputs(count: int, size: int) -> Dict[str, float]:
    """A run that writes ``count`` files, until it is Completed with all of them; then a further run, the same."""
    seed = secrets.token_hex(4)
    return {"first": _outputs(count, size, seed), "again": _outputs(count, size, seed)}


def _outputs(count: int, size: int, seed: str) -> float:
    os.sync()
    folder = Path("submitted")
    folder.mkdir(exist_ok=True)
    shutil.copy(_CODE / "write_files.py", folder)
    stamp = Path("stamp").absolute()
    run = _submit(str(folder), "write_files.py", ["outputs", str(count), str(size), seed, str(stamp)])
    run.wait_for_completion()
    spent = stamps.elapsed_ms(stamps.read(str(stamp)))
    kept = [name for name in run.get_file_names() if name.startswith("outputs/")]
    if len(kept) != count:
        raise ValueError(f"{count} files were written, the run has {len(kept)}")
    return spent


def snapshot(many: str, one: str, stamp: str) -> Dict[str, float]:
    """How much longer ``submit`` takes to return for the folder ``many`` than for ``one``; neither has changed."""
    return {"snapshot": _returned(many, stamp) - _returned(one, stamp)}


def _returned(folder: str, stamp: str) -> float:
    begun = time.time_ns()
    run = _submit(folder, "train.py", [stamp])
    returned = stamps.elapsed_ms(begun)
    run.wait_for_completion()
    return returned


def _submit(folder: str, script: str, arguments: List[str]) -> Run:
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    source = ScriptRunConfig(folder, script=script, arguments=arguments, run_config=config)
    return Experiment(workspace, "files").submit(source)


if __name__ == "__main__":
    serve({"outputs": outputs, "snapshot": snapshot})
