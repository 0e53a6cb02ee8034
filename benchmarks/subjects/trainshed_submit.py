"""Submits a folder as a user of Azure ML SDK v1 does, from a client that stays warm."""

from __future__ import annotations

import time
from typing import Dict

import stamps
from serve import serve

from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration

workspace = Workspace.from_config()
experiment = Experiment(workspace, "submit")


def environment(*, built: bool) -> Environment:
    """One of a package that the first round (uncounted) installs, or the interpreter that submits."""
    made = Environment("submit")
    made.python.user_managed_dependencies = not built
    if built:
        made.python.conda_dependencies = CondaDependencies.create(pip_packages=["six"], pin_sdk_version=False)
    return made


def measure(folder: str, stamp: str, built: bool) -> Dict[str, float]:
    """One submit of ``folder``, from the call to the known end."""
    config = RunConfiguration()
    config.environment = environment(built=built)
    begun = time.time_ns()
    run = experiment.submit(ScriptRunConfig(folder, script="train.py", arguments=[stamp], run_config=config))
    returned = stamps.elapsed_ms(begun)
    run.wait_for_completion()
    done = stamps.elapsed_ms(begun)
    return {"returned": returned, "first_line": stamps.elapsed_ms(begun, stamps.read(stamp)), "done": done}


if __name__ == "__main__":
    serve({"measure": measure})
