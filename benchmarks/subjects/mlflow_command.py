"""Submits a folder with the command ``mlflow run``: a new client each time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict

import stamps
from serve import serve

mlflow = str(Path(sys.executable).parent / "mlflow")
environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{Path('mlflow.db').absolute()}"}


def measure(folder: str, stamp: str) -> Dict[str, float]:
    """One ``mlflow run`` without an environment to build."""
    command = [mlflow, "run", folder, "-P", f"stamp={stamp}", "--env-manager", "local", "--experiment-name", "submit"]
    begun = time.time_ns()
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True, timeout=120)
    done = stamps.elapsed_ms(begun)
    return {"first_line": stamps.elapsed_ms(begun, stamps.read(stamp)), "done": done}


if __name__ == "__main__":
    serve({"measure": measure})
