"""Imports: how long a new interpreter takes with an import and without, and the memory it then has.

Each measurement is a process of its own that does nothing else; byte code is there from the first, uncounted one.
"""

from __future__ import annotations

import subprocess
import time
from functools import partial
from typing import Dict

from measuring.interleave import NotMeasured, Subject
from measuring.peers import BARE
from measuring.report import OURS, Promise, Quantity
from measuring.session import Session

FLOOR = "bare python"
_MEMORY = 'print([line for line in open("/proc/self/status") if line.startswith("VmHWM")][0].split()[1])'
ESTIMATOR = "import azureml.core; from azureml.train.estimator import Estimator"
#: Name in the table, whose environment, statement.
IMPORTS = (
    (FLOOR, BARE, "pass"),
    ("our python, no import", OURS, "pass"),
    # Names load when they are first used, so the module alone would measure nothing.
    (OURS, OURS, "from azureml.core import Workspace, Experiment, Run, ScriptRunConfig, RunConfiguration"),
    (f"{OURS}, with Estimator", OURS, ESTIMATOR),
    ("torchx", "torchx", "import torchx.runner"),
    ("submitit", "submitit", "import submitit"),
    ("tensorboardX", "tensorboardx", "import tensorboardX"),
    ("azureml-core (Microsoft's)", "azureml-core", "import azureml.core"),
    ("mlflow-skinny", "mlflow-skinny", "import mlflow"),
    ("mlflow", "mlflow", "import mlflow"),
)
QUANTITIES = (
    Quantity("time", "interpreter with the import, from start to end", "ms", FLOOR),
    Quantity("memory", "its largest resident memory", "MB", FLOOR),
)
PROMISES = (
    Promise("time", 60),
    Promise("time", 60, subject=f"{OURS}, with Estimator"),
    Promise("memory", 25),
    Promise("memory", 25, subject=f"{OURS}, with Estimator"),
)
_DEADLINE_S = 60


def main() -> None:
    """Measure and report."""
    with Session.from_command_line(__doc__) as session:
        subjects = [Subject(name, partial(measure, session, peer, statement)) for name, peer, statement in IMPORTS]
        session.report("imports", "Imports", session.measure(subjects), QUANTITIES, PROMISES)


def measure(session: Session, peer: str, statement: str) -> Dict[str, float]:
    """Start an interpreter, import, end. NotMeasured: the import failed."""
    command = [str(session.python(peer)), "-c", f"{statement}\n{_MEMORY}"]
    environment = session.environment(peer)
    begun = time.perf_counter()
    ended = subprocess.run(
        command, env=environment, cwd=session.folder, capture_output=True, text=True, timeout=_DEADLINE_S, check=False
    )
    spent = (time.perf_counter() - begun) * 1e3
    if ended.returncode:
        raise NotMeasured(ended.stderr.strip().splitlines()[-1])
    return {"time": spent, "memory": int(ended.stdout.split()[-1]) / 1024}


if __name__ == "__main__":
    main()
