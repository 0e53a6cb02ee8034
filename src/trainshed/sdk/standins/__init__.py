"""Modules that v1 brought along and scripts import by themselves: found here where the real ones are not installed."""

from __future__ import annotations

import os
import sys


def offer() -> None:
    """Let them be found behind everything else on ``sys.path``, so that a real one always wins."""
    folder = os.path.dirname(__file__)
    if folder not in sys.path:
        sys.path.append(folder)
