"""Real runs that do what a test says, when it says so: their script carries out lines of a file as they come."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration

SCRIPT = """
import os, sys, time
from azureml.core import Run

run = Run.get_context()
os.makedirs("outputs", exist_ok=True)
with open(sys.argv[1]) as orders:
    while True:
        order = orders.readline()
        if order.endswith("\\n"):
            exec(eval(order))
        else:
            time.sleep(0.02)
"""


def by_hand() -> RunConfiguration:
    """This interpreter."""
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    return configuration


@dataclass(frozen=True)
class Puppet:
    """A run, and the file of its orders."""

    run: Run
    orders: Path

    def do(self, code: str) -> None:
        """Have the script execute this; nobody waits for it."""
        with self.orders.open("a") as file:
            file.write(repr(code) + "\n")

    def end(self, code: int = 0) -> None:
        """Have the script end, and the run."""
        self.do(f"sys.exit({code})")
        self.run.wait_for_completion(raise_on_error=False)


def start(folder: Path, experiment: str = "puppets", **more: Any) -> Puppet:
    """Submit one; ``folder`` is its own."""
    project, orders = folder / "project", folder / "orders"
    project.mkdir(parents=True)
    (project / "train.py").write_text(SCRIPT)
    orders.touch()
    config = ScriptRunConfig(str(project), script="train.py", arguments=[str(orders)], run_config=by_hand())
    return Puppet(Experiment(Workspace.from_config(), experiment).submit(config, **more), orders)
