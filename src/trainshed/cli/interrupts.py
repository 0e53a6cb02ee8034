"""Ctrl-C that is not lost.

Python raises KeyboardInterrupt wherever it stands. In a finalizer, which is Python code that runs when an object goes
(an answer of ``http.client``, a generator), nobody can catch it: Python forgets it, and a command that waits for a run
would go on waiting. So it is raised again until somebody has said that it was heard.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

#: After so long an interrupt that nobody is dealing with is raised again.
AGAIN_S = 0.1


def listen() -> None:
    """From now on no SIGINT is lost. One that is ignored (``nohup``, ``&`` in a script) stays ignored."""
    if not hasattr(signal, "setitimer") or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    try:
        signal.signal(signal.SIGALRM, _once_more)
        signal.signal(signal.SIGINT, _raise)
    except ValueError:
        pass  # in another thread than the main one, which gets no interrupts


def heard() -> None:
    """The last interrupt has arrived where it is dealt with."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def end() -> None:
    """What comes from now on finds nobody who deals with it: it ends the process as it would have without us."""
    heard()
    if signal.getsignal(signal.SIGINT) is _raise:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _raise(_number: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S, AGAIN_S)
    raise KeyboardInterrupt


def _once_more(_number: int, _frame: FrameType | None) -> None:
    """Not while it is on its way: a second one would hit the ``finally`` and ``except`` that deal with the first."""
    error = sys.exc_info()[1]
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return
        error = error.__context__
    raise KeyboardInterrupt
