"""Install into the interpreter that runs this script: with uv, under the settings that pip has here.

    python tools/install.py -e '.[test]'

uv takes a tenth of pip's time but reads neither pip.conf nor PIP_*, and people sit behind mirrors. So pip's settings
are passed on; a UV_* variable that is already set wins. Where uv can't be had, pip does the work.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_SOURCES = Path(__file__).resolve().parents[1] / "src"


def pip_settings() -> Any:
    """The module that knows pip's settings; from the sources: nothing is installed yet."""
    sys.path.insert(0, str(_SOURCES))
    try:
        return importlib.import_module("trainshed.node.environments.pip_settings")
    finally:
        sys.path.remove(str(_SOURCES))


def pip(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pip", *arguments]


def uv_is_here() -> bool:
    """Install uv beside this interpreter if it isn't there yet; False where there is none for this machine."""
    has_uv = [sys.executable, "-m", "uv", "--version"]
    if subprocess.run(has_uv, capture_output=True, check=False).returncode == 0:
        return True
    return subprocess.run(pip("install", "--quiet", "uv>=0.5"), check=False).returncode == 0


def main(requirements: list[str]) -> int:
    if not uv_is_here():
        print("uv can't be installed here; pip does the work, slower", file=sys.stderr)
        return subprocess.run(pip("install", *requirements), check=False).returncode
    settings = pip_settings().for_uv(os.environ, sys.prefix)
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable]
    environment = {**os.environ, **settings.variables}
    return subprocess.run([*command, *settings.options, *requirements], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
