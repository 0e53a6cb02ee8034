"""Waiting for something with a deadline."""

from __future__ import annotations

import time
from typing import Callable, Optional, TypeVar

T = TypeVar("T")


def until(look: Callable[[], Optional[T]], *, deadline_s: float, pause_s: float) -> T:
    """Call ``look`` every ``pause_s`` until it gives something. TimeoutError: it never did."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(pause_s)
    raise TimeoutError(f"nothing within {deadline_s:g} s")
