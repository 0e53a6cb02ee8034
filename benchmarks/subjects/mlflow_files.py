"""Keeps files with MLflow's ``log_artifacts``: to a local folder, and to an MLflow server with one worker."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Dict, List, Optional

import mlflow
import stamps
import waiting
import written
from ports import free_port
from serve import serve

_KEPT = Path("kept")
_DATABASE = f"sqlite:///{Path('mlflow.db').absolute()}"
servers: List[subprocess.Popen[bytes]] = []


def local(count: int, size: int) -> Dict[str, float]:
    """Artifacts lie in a folder of this machine: a plain copy."""
    mlflow.set_tracking_uri(_DATABASE)
    if mlflow.get_experiment_by_name("local") is None:
        mlflow.create_experiment("local", artifact_location=str(_KEPT.absolute()))
    return _both("local", count, size)


def by_server(count: int, size: int) -> Dict[str, float]:
    """Artifacts go to a server over HTTP, as a team's do."""
    if not servers:
        _start_server()
    return _both("served", count, size)


def upload(folder: str) -> Dict[str, float]:
    """Send a folder that did not change to the server once more."""
    if not servers:
        _start_server()
    shutil.rmtree(_KEPT, ignore_errors=True)
    mlflow.set_experiment("served")
    with mlflow.start_run():
        begun = time.time_ns()
        mlflow.log_artifacts(folder)
        return {"snapshot": stamps.elapsed_ms(begun)}


def _both(experiment: str, count: int, size: int) -> Dict[str, float]:
    seed = secrets.token_hex(4)
    shutil.rmtree(_KEPT, ignore_errors=True)
    mlflow.set_experiment(experiment)
    return {"first": _keep(count, size, seed), "again": _keep(count, size, seed)}


def _keep(count: int, size: int, seed: str) -> float:
    with mlflow.start_run():
        ended = written.write(count, size, seed)
        mlflow.log_artifacts(str(written.OUTPUTS))
        return stamps.elapsed_ms(ended)


def _start_server() -> None:
    address = f"http://127.0.0.1:{free_port()}"
    command = [
        str(Path(sys.executable).parent / "mlflow"),
        "server",
        "--workers",
        "1",
        "--port",
        address.rsplit(":")[-1],
    ]
    command += ["--backend-store-uri", _DATABASE, "--artifacts-destination", str(_KEPT.absolute())]
    servers.append(subprocess.Popen(command, start_new_session=True))

    def healthy() -> Optional[bool]:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                return answer.status == 200 or None
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    waiting.until(healthy, deadline_s=120, pause_s=0.1)
    mlflow.set_tracking_uri(address)


def end() -> None:
    """End the server with its workers."""
    for server in servers:
        os.killpg(server.pid, 9)
        server.wait(10)


if __name__ == "__main__":
    serve({"local": local, "by_server": by_server, "upload": upload}, at_end=end)
