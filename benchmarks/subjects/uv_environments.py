"""uv as a person calls it: ``uv venv``, ``uv pip install``; a lock by ``uv pip compile``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import stamps
import uv
from importing import import_ms
from serve import serve

_ENVIRONMENT, _CACHE, _LOCK = Path("env"), Path("cache"), Path("lock.txt")


def measure(package: str, module: str, settings: Dict[str, Any]) -> Dict[str, float]:
    """Cold first, then from the lock, then with everything there."""
    for folder in (_ENVIRONMENT, _CACHE):
        shutil.rmtree(folder, ignore_errors=True)
    begun = time.time_ns()
    _venv(settings)
    _uv(settings, "pip", "install", "--python", str(_python()), *settings["options"], package)
    import_ms(str(_python()), module)
    found = {"cold": stamps.elapsed_ms(begun)}
    found["second_import"] = import_ms(str(_python()), module)
    frozen = subprocess.run(_command("pip", "freeze", "--python", str(_python())), capture_output=True, check=True)
    _LOCK.write_bytes(frozen.stdout)
    shutil.rmtree(_ENVIRONMENT)
    begun = time.time_ns()
    _venv(settings)
    _sync(settings)
    found["lock"] = stamps.elapsed_ms(begun)
    found["lock_import"] = found["lock"] + import_ms(str(_python()), module)
    begun = time.time_ns()
    _sync(settings)
    return {**found, "known": stamps.elapsed_ms(begun)}


def _venv(settings: Dict[str, Any]) -> None:
    _uv(settings, "venv", "--python", os.path.realpath(sys.executable), str(_ENVIRONMENT))


def _sync(settings: Dict[str, Any]) -> None:
    _uv(settings, "pip", "sync", "--offline", "--python", str(_python()), *settings["options"], str(_LOCK))


def _python() -> Path:
    return _ENVIRONMENT.absolute() / "bin" / "python"


def _command(*words: str) -> List[str]:
    return [uv.find_uv_bin(), "--quiet", *words]


def _uv(settings: Dict[str, Any], *words: str) -> None:
    environment = {**os.environ, **settings["variables"], "UV_CACHE_DIR": str(_CACHE.absolute())}
    subprocess.run(_command(*words), env=environment, check=True, timeout=300)


if __name__ == "__main__":
    serve({"measure": measure})
