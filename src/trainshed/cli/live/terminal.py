"""The terminal while a live view is on it: keys are not shown, and what happens to it is heard."""

from __future__ import annotations

import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: Where termios keeps the local modes, echo among them.
_LOCAL = 3
#: Held back while the view is being written, so that it is written whole.
_HELD = {signal.SIGINT, signal.SIGALRM, signal.SIGWINCH, signal.SIGTSTP}


def size() -> tuple[int, int]:
    """Columns and rows."""
    try:
        found = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return 80, 24
    return found.columns or 80, found.lines or 24


@contextmanager
def held() -> Iterator[None]:
    """No signal interrupts what is done here; threads that are started here get none at all."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def in_foreground() -> bool:
    """False after Ctrl-Z and ``bg``: the terminal is somebody else's."""
    try:
        return os.tcgetpgrp(sys.stdout.fileno()) == os.getpgrp()
    except OSError:
        return False


class Taken:
    """The terminal as the view needs it, in a ``with``: keys are not shown, they would stand in the midst of it.

    Args:
        resized: called when the terminal has another size, and when somebody has come back to it.
        left: called before Ctrl-Z stops us: whoever is shown next wants the terminal as it was.
    """

    def __init__(self, *, resized: Callable[[], None], left: Callable[[], None]) -> None:
        self._resized = resized
        self._left = left
        self._before: list[Any] | None = None
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Taken:
        with held():
            self._hide_keys()
            self._handle(signal.SIGWINCH, lambda _number, _frame: self._resized())
            if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
                self._handle(signal.SIGTSTP, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        with held():
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            self._show_keys()

    def _handle(self, number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> None:
        self._handlers[number] = signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        with held():
            self._left()
            self._show_keys()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # here we stand until somebody types fg
        signal.signal(signal.SIGTSTP, self._stop)
        self._hide_keys()
        self._resized()

    def _hide_keys(self) -> None:
        if not in_foreground():
            return  # asking for it would stop us
        try:
            before = termios.tcgetattr(sys.stdin)
            hidden = [*before[:_LOCAL], before[_LOCAL] & ~termios.ECHO, *before[_LOCAL + 1 :]]
            termios.tcsetattr(sys.stdin, termios.TCSANOW, hidden)
        except (termios.error, OSError, ValueError):
            return  # standard input is no terminal
        self._before = before

    def _show_keys(self) -> None:
        before, self._before = self._before, None
        if before is not None and in_foreground():
            termios.tcsetattr(sys.stdin, termios.TCSANOW, before)
