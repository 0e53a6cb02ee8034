"""A run that MLflow's client asks its server for."""

from __future__ import annotations

import time
from typing import Any, Dict

import mlflow
from serve import serve

known: Dict[str, Any] = {}


def request(address: str) -> Dict[str, Any]:
    """Make a run at the server of ``address`` (host:port); the request that gets it."""
    host, port = address.split(":")
    client = mlflow.MlflowClient(f"http://{address}")
    run_id = client.create_run(client.create_experiment(f"server-{time.time_ns()}")).info.run_id
    client.log_metric(run_id, "loss", 0.5)
    client.set_terminated(run_id)
    known.update(client=client, run_id=run_id)
    text = f"GET /api/2.0/mlflow/runs/get?run_id={run_id} HTTP/1.1\r\nHost: {address}\r\n\r\n"
    return {"address": [host, int(port)], "request": text}


def measure(seconds: float) -> Dict[str, float]:
    """``client.get_run`` per second."""
    client, run_id = known["client"], known["run_id"]
    count = 0
    begun = time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        client.get_run(run_id)
        count += 1
    return {"calls": count / spent}


if __name__ == "__main__":
    serve({"request": request, "measure": measure})
