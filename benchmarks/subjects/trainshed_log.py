"""Logs from submitted scripts, and reads live what they report."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import waiting
from serve import serve

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration

_CODE = Path(__file__).resolve().parent / "code"
_DEADLINE_S = 60
workspace = Workspace.from_config()
live: Dict[str, Any] = {}


class Terminal(io.StringIO):
    """Stands where the user looks: keeps when each line came."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: List[float] = []
        self._rest = ""

    def write(self, text: str) -> int:
        """Take note of complete lines that tell their time."""
        at = time.time_ns()
        *lines, self._rest = (self._rest + text).split("\n")
        self.arrived += [(at - int(line.split()[1])) / 1e6 for line in lines if line.startswith("tick ")]
        return len(text)


def submit(script: str, arguments: List[str]) -> Run:
    """Submit one of ``code/``."""
    folder = Path("submitted")
    folder.mkdir(exist_ok=True)
    shutil.copy(_CODE / script, folder)
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    source = ScriptRunConfig(str(folder), script=script, arguments=arguments, run_config=config)
    return Experiment(workspace, "log").submit(source)


def measure(points: int) -> Dict[str, float]:
    """A run that logs ``points``; ValueError if the server does not have each of them afterwards."""
    report = Path("report.json").absolute()
    run = submit("log_points.py", [str(points), str(report)])
    run.wait_for_completion()
    kept = len(run.get_metrics(name="loss")["loss"])
    if kept != points:
        raise ValueError(f"{points} points were logged, the server has {kept}")
    times = json.loads(report.read_text())
    report.unlink()
    return {"per_call": times["logged_s"] / points * 1e6, "rate": points / times["durable_s"]}


def seen() -> Dict[str, float]:
    """A running script reports a point and a line; how late they are here."""
    if not live:
        _go_live()
    return {"point": _point(), "line": _line()}


def _go_live() -> None:
    os.mkfifo("orders")
    run = submit("report_on_demand.py", [str(Path("orders").absolute())])
    terminal = Terminal()
    live.update(run=run, terminal=terminal, orders=open("orders", "wb", buffering=0))  # noqa: SIM115 - for the run's life

    def follow() -> None:
        with contextlib.redirect_stdout(terminal):
            run.wait_for_completion(show_output=True)

    threading.Thread(target=follow, daemon=True).start()


def _point() -> float:
    run = live["run"]
    known = len(_ticks(run))
    live["orders"].write(b"point\n")

    def look() -> Optional[float]:
        ticks = _ticks(run)
        return (time.time_ns() - ticks[-1]) / 1e6 if len(ticks) > known else None

    return waiting.until(look, deadline_s=_DEADLINE_S, pause_s=0.002)


def _ticks(run: Run) -> List[float]:
    found = run.get_metrics(name="tick").get("tick", [])
    return found if isinstance(found, list) else [found]


def _line() -> float:
    arrived: List[float] = live["terminal"].arrived
    known = len(arrived)
    live["orders"].write(b"line\n")
    return waiting.until(lambda: arrived[-1] if len(arrived) > known else None, deadline_s=_DEADLINE_S, pause_s=0.002)


def end() -> None:
    """The running script ends with its orders."""
    if live:
        live["orders"].close()
        live["run"].wait_for_completion()


if __name__ == "__main__":
    serve({"measure": measure, "seen": seen}, at_end=end)
