"""Signals: waiting for one without polling, and giving a process the state that a fresh one has."""

from __future__ import annotations

import signal
from typing import AbstractSet, Optional

#: Not ours to change, or not there for programs.
_FIXED = {signal.SIGKILL, signal.SIGSTOP}


def restore_defaults() -> None:
    """Default action for every signal (Python ignores SIGPIPE and SIGXFSZ, nohup SIGHUP), nothing blocked."""
    for number in signal.valid_signals():
        if number not in _FIXED:
            try:
                signal.signal(number, signal.SIG_DFL)
            except (OSError, ValueError):
                pass  # the C library keeps a few real-time signals to itself
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def block(signals: AbstractSet[signal.Signals]) -> None:
    """Let these wait until :func:`wait_for` takes them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)


def wait_for(signals: AbstractSet[signal.Signals], timeout_s: Optional[float]) -> Optional[int]:
    """The next of these blocked signals; None when ``timeout_s`` passed first (None: waits as long as it takes)."""
    if hasattr(signal, "sigtimedwait"):
        if timeout_s is None:
            return signal.sigwaitinfo(signals).si_signo
        taken = signal.sigtimedwait(signals, max(0.0, timeout_s))
        return None if taken is None else taken.si_signo
    return _wait_with_alarm(signals, timeout_s)


def _wait_with_alarm(signals: AbstractSet[signal.Signals], timeout_s: Optional[float]) -> Optional[int]:
    # macOS has sigwait but no sigtimedwait.
    block({signal.SIGALRM})
    if timeout_s is not None:
        signal.setitimer(signal.ITIMER_REAL, max(timeout_s, 1e-4))
    taken = signal.sigwait(set(signals) | {signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, 0)
    return None if taken == signal.SIGALRM else taken


def name_of(number: int) -> str:
    """``SIGSEGV`` for 11; ``SIG40`` for a real-time signal without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return "SIG%d" % number
