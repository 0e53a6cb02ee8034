"""Wait for a state with a deadline, never for a fixed time."""

from __future__ import annotations

import time
from typing import Callable, TypeVar

T = TypeVar("T")


def wait_until(predicate: Callable[[], T], deadline_s: float = 60.0, what: str = "", *, poll_s: float = 0.02) -> T:
    """Call `predicate` until what it returns is true, and return that.

    Args:
        predicate: Cheap and repeatable. What it raises is not caught: a broken question is not an answer.
        deadline_s: In seconds from now. The predicate is asked at least once, and once more at the deadline.
        what: Completes "waited 30 s for ...": the state that was waited for.
        poll_s: In seconds, between two calls.

    Raises:
        AssertionError: The deadline passed; its words hold the last answer.
    """
    end = time.monotonic() + deadline_s
    while True:
        last_call = time.monotonic() >= end
        answer = predicate()
        if answer:
            return answer
        if last_call:
            name = what or getattr(predicate, "__qualname__", repr(predicate))
            raise AssertionError(f"waited {deadline_s:g} s for {name}; the last answer was {answer!r}")
        time.sleep(poll_s)
