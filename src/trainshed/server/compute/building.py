"""What agents get for building environments: the program."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Optional


def find_uv() -> Optional[str]:
    """uv's path: that of this environment (a dependency of ours), else one on PATH; None: there is none."""
    try:
        found = str(importlib.import_module("uv").find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = ""
    beside = [Path(sysconfig.get_path("scripts")) / "uv", Path(sys.executable).parent / "uv"]
    for path in [*filter(None, [found]), *map(str, beside)]:
        if os.access(path, os.X_OK):
            return path
    return shutil.which("uv")
