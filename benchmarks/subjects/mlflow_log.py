"""Logs with MLflow to SQLite: one call for each point, asynchronously, and in batches of 1,000."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, Optional

import mlflow
import waiting
from mlflow.entities import Metric
from serve import serve

mlflow.set_tracking_uri(f"sqlite:///{Path('mlflow.db').absolute()}")
mlflow.set_experiment("log")
client = mlflow.MlflowClient()
_BATCH = 1000
_TICKER = """
import sys, time, mlflow
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run(run_id=sys.argv[2]):
    for order in sys.stdin:
        mlflow.log_metric("tick", float(time.time_ns()))
"""
ticking: Dict[str, subprocess.Popen[bytes]] = {}


def one_by_one(points: int) -> Dict[str, float]:
    """``log_metric``; each call returns when its point is stored."""
    with mlflow.start_run():
        begun = time.perf_counter()
        for index in range(points):
            mlflow.log_metric("loss", index * 0.001, step=index)
        spent = time.perf_counter() - begun
    return {"per_call": spent / points * 1e6, "rate": points / spent}


def asynchronous(points: int) -> Dict[str, float]:
    """``log_metric(synchronous=False)``; a thread stores the points."""
    with mlflow.start_run():
        begun = time.perf_counter()
        for index in range(points):
            mlflow.log_metric("loss", index * 0.001, step=index, synchronous=False)
        logged = time.perf_counter() - begun
        mlflow.flush_async_logging()
        spent = time.perf_counter() - begun
    return {"per_call": logged / points * 1e6, "rate": points / spent}


def batches(points: int) -> Dict[str, float]:
    """``log_batch`` of 1,000 points, the most that it takes."""
    with mlflow.start_run() as run:
        begun = time.perf_counter()
        for first in range(0, points, _BATCH):
            at = int(time.time() * 1000)
            client.log_batch(
                run.info.run_id, [Metric("loss", index * 0.001, at, index) for index in range(first, first + _BATCH)]
            )
        spent = time.perf_counter() - begun
    return {"rate": points / spent}


def seen() -> Dict[str, float]:
    """Another process logs a point; how late this one's ``get_metric_history`` shows it."""
    if not ticking:
        run_id = client.create_run(mlflow.get_experiment_by_name("log").experiment_id).info.run_id
        command = [sys.executable, "-c", _TICKER, mlflow.get_tracking_uri(), run_id]
        ticking[run_id] = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0)
    run_id, process = next(iter(ticking.items()))
    known = len(client.get_metric_history(run_id, "tick"))

    def look() -> Optional[float]:
        history = client.get_metric_history(run_id, "tick")
        return (time.time_ns() - history[-1].value) / 1e6 if len(history) > known else None

    assert process.stdin
    process.stdin.write(b"point\n")
    return {"point": waiting.until(look, deadline_s=60, pause_s=0.002)}


def end() -> None:
    """End the ticking process."""
    for process in ticking.values():
        process.kill()


if __name__ == "__main__":
    serve({"one_by_one": one_by_one, "asynchronous": asynchronous, "batches": batches, "seen": seen}, at_end=end)
