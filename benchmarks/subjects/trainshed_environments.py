"""Ours: what an agent does between a request and the interpreter's path, by the node's own code."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, Sequence, Tuple

import stamps
import uv
from importing import import_ms
from serve import serve

from trainshed.contract.layout import EnvironmentsLayout, NodeLayout
from trainshed.contract.spec import EnvironmentSpec, PackagesSpec
from trainshed.node.environments.provide import Environments, Node
from trainshed.node.environments.store import Built

_HOME, _CACHE = Path("environments").absolute(), Path("cache").absolute()
_SETTLED_S = 120.0


def measure(package: str, module: str, settings: Dict[str, Any]) -> Dict[str, float]:
    """Cold first, then from the lock, then known. Every run's node folder is another."""
    for folder in (_HOME, _CACHE):
        shutil.rmtree(folder, ignore_errors=True)
    begun = time.time_ns()
    built, node = _provide(package, settings)
    import_ms(built.python, module)
    found = {"cold": stamps.elapsed_ms(begun)}
    node.done.touch()
    _wait_until_settled(built)
    found["second_import"] = import_ms(built.python, module)
    shutil.rmtree(built.folder)
    begun = time.time_ns()
    built, node = _provide(package, settings)
    found["lock"] = stamps.elapsed_ms(begun)
    found["lock_import"] = found["lock"] + import_ms(built.python, module)
    node.done.touch()
    _wait_until_settled(built)
    begun = time.time_ns()
    built, node = _provide(package, settings)
    known_ms = stamps.elapsed_ms(begun)
    node.done.touch()
    return {**found, "known": known_ms}


def _provide(package: str, settings: Dict[str, Any]) -> Tuple[Built, NodeLayout]:
    """The environment for a run, which uses it until its node is done."""
    number = time.time_ns()
    layout = NodeLayout(Path("nodes").absolute() / str(number) / "0")
    layout.azureml_logs.mkdir(parents=True)
    log = (layout.azureml_logs / "20_image_build_log.txt").open("a")
    node = Node(layout, str(number), lambda words: print(words, file=log), _wait, lambda: None, _no_wheel)
    inherited = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}
    building = {**settings["variables"], "UV_CACHE_DIR": str(_CACHE)}
    environments = Environments(EnvironmentsLayout(_HOME), node, inherited, building, uv.find_uv_bin())
    spec = EnvironmentSpec(kind="packages", interpreter=sys.executable, packages=PackagesSpec(pip=(package,)))
    built = environments.provide(spec)
    log.close()
    return built, layout


def _wait(seconds: float, fds: Sequence[int]) -> None:
    import select

    select.select(list(fds), [], [], seconds)


def _no_wheel(sha256: str, target: str) -> None:
    raise NotImplementedError("no private wheels here")


def _wait_until_settled(built: Built) -> None:
    settled = EnvironmentsLayout(_HOME).environment(built.name).settled(built.number)
    end = time.monotonic() + _SETTLED_S
    while not settled.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{settled} did not come")
        time.sleep(0.05)


if __name__ == "__main__":
    serve({"measure": measure})
