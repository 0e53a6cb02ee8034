"""pip's own settings for uv, by the module of this checkout that knows them; nothing of it need be installed here."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

_HOME = Path(__file__).resolve().parents[2] / "src/trainshed/node/environments/pip_settings.py"


def for_uv() -> Any:
    """``variables`` and ``options`` for uv from this process's environment and pip's files."""
    return _module().for_uv(os.environ, sys.prefix)


def _module() -> Any:
    name = "trainshed_pip_settings"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _HOME)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
