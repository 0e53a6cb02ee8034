"""A Ctrl-C is heard wherever Python stands when it comes."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

#: ``Deaf()`` is gone at once, and the interrupt comes while Python runs its finalizer, which can hand on nothing.
DEAF = """
import os, signal, sys, time
from trainshed.cli import interrupts

class Deaf:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
        print("not reached", flush=True)
"""


def outcome(code: str, *, ignored: bool = False) -> str:
    """What such a process prints; it ends well."""
    done = subprocess.run(
        [sys.executable, "-c", DEAF + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignored else None,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_that_a_finalizer_swallows_comes_again() -> None:
    code = """
    interrupts.listen()
    try:
        Deaf()
        print("lost", flush=True)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        interrupts.heard()
        print("heard", signal.getitimer(signal.ITIMER_REAL))
    """
    assert outcome(code) == "lost\nheard (0.0, 0.0)\n"


def test_one_that_is_being_dealt_with_does_not_come_again() -> None:
    code = """
    interrupts.listen()
    alarms = 0
    again = signal.getsignal(signal.SIGALRM)
    def counted(number, frame):
        global alarms
        alarms += 1
        again(number, frame)
    signal.signal(signal.SIGALRM, counted)
    try:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            while alarms < 2:
                signal.pause()
    except KeyboardInterrupt:
        try:
            raise OSError("while tidying up")
        except OSError:
            while alarms < 4:
                signal.pause()
        interrupts.heard()
        print("once")
    """
    assert outcome(code) == "once\n"


def test_each_further_one_is_heard_too() -> None:
    code = """
    interrupts.listen()
    for number in range(3):
        try:
            Deaf()
            signal.pause()
        except KeyboardInterrupt:
            interrupts.heard()
            print(number)
    """
    assert outcome(code) == "0\n1\n2\n"


def test_where_it_is_ignored_it_stays_so() -> None:
    code = """
    interrupts.listen()
    os.kill(os.getpid(), signal.SIGINT)
    print("still here", signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
    """
    assert outcome(code, ignored=True) == "still here True\n"
