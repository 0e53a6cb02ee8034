"""Submits a folder as a user of Azure ML SDK v1 does, from a client that stays warm."""

from __future__ import annotations

import time
from typing import Dict

import stamps
from serve import serve

from azureml.core import Experiment, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration

workspace = Workspace.from_config()
experiment = Experiment(workspace, "submit")


def measure(folder: str, stamp: str) -> Dict[str, float]:
    """One submit of ``folder``, from the call to the known end."""
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    begun = time.time_ns()
    run = experiment.submit(ScriptRunConfig(folder, script="train.py", arguments=[stamp], run_config=config))
    returned = stamps.elapsed_ms(begun)
    run.wait_for_completion()
    done = stamps.elapsed_ms(begun)
    return {"returned": returned, "first_line": stamps.elapsed_ms(begun, stamps.read(stamp)), "done": done}


if __name__ == "__main__":
    serve({"measure": measure})
