"""``python -m venv`` and pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict

import stamps
from importing import import_ms
from serve import serve

_ENVIRONMENT, _CACHE = Path("env"), Path("cache")


def measure(package: str, module: str, settings: Dict[str, Any]) -> Dict[str, float]:
    """Cold first, then from pip's cache, then with everything there."""
    for folder in (_ENVIRONMENT, _CACHE):
        shutil.rmtree(folder, ignore_errors=True)
    begun = time.time_ns()
    _venv()
    _pip("install", package)
    import_ms(str(_python()), module)
    found = {"cold": stamps.elapsed_ms(begun)}
    found["second_import"] = import_ms(str(_python()), module)
    versions = _pip("freeze").split()
    shutil.rmtree(_ENVIRONMENT)
    begun = time.time_ns()
    _venv()
    _pip("install", "--no-deps", *versions)
    found["lock"] = stamps.elapsed_ms(begun)
    found["lock_import"] = found["lock"] + import_ms(str(_python()), module)
    begun = time.time_ns()
    _pip("install", "--no-deps", *versions)
    return {**found, "known": stamps.elapsed_ms(begun)}


def _venv() -> None:
    subprocess.run([os.path.realpath(sys.executable), "-m", "venv", str(_ENVIRONMENT)], check=True, timeout=300)


def _python() -> Path:
    return _ENVIRONMENT.absolute() / "bin" / "python"


def _pip(*words: str) -> str:
    command = [str(_python()), "-m", "pip", "--disable-pip-version-check", "--cache-dir", str(_CACHE.absolute())]
    done = subprocess.run([*command, *words], check=True, timeout=600, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    serve({"measure": measure})
