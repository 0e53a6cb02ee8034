"""Build this clone's wheel and put it into a fresh virtual environment, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Optional

import uv

CLONE = Path(__file__).resolve().parents[2]


def build(target: str, folder: Path) -> Path:
    """Build "wheel", "wheel:editable" or "sdist" with this interpreter's hatchling."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)]
    subprocess.run(command, cwd=CLONE, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


class Venv:
    """A virtual environment of its own, filled by uv."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.python = folder / "bin" / "python"
        self.site_packages: Path
        self._uv("venv", "--python", python, str(folder))
        self.site_packages = Path(self.run("import site; print(site.getsitepackages()[0])"))

    def install(self, *requirements: str, settings: Optional[Dict[str, str]] = None) -> None:
        self._uv("pip", "install", "--python", str(self.python), *requirements, settings=settings)

    def uninstall(self, name: str) -> None:
        self._uv("pip", "uninstall", "--python", str(self.python), name)

    def run(self, code: str, *options: str, **variables: str) -> str:
        """What `python -c code` prints, run in a folder where nothing can be imported from."""
        command = [str(self.python), *options, "-c", code]
        environment = {**os.environ, **variables}
        done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
        return done.stdout.strip()

    def _uv(self, *words: str, settings: Optional[Dict[str, str]] = None) -> None:
        environment = {**os.environ, **(settings or {})}
        done = subprocess.run(
            [uv.find_uv_bin(), "-q", *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
