"""Submits a folder with MLflow Projects from a client that stays warm; runs are recorded in SQLite."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Dict

import mlflow
import stamps
from serve import serve

mlflow.set_tracking_uri(f"sqlite:///{Path('mlflow.db').absolute()}")
mlflow.set_experiment("submit")


def measure(folder: str, stamp: str) -> Dict[str, float]:
    """One ``mlflow.projects.run`` without an environment to build."""
    begun = time.time_ns()
    mlflow.projects.run(folder, parameters={"stamp": stamp}, env_manager="local", experiment_name="submit")
    done = stamps.elapsed_ms(begun)
    return {"first_line": stamps.elapsed_ms(begun, stamps.read(stamp)), "done": done}


if __name__ == "__main__":
    serve({"measure": measure})
