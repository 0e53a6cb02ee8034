"""The question that Ctrl-C brings up while a run is followed."""

from __future__ import annotations

import sys

from trainshed.cli import interrupts

CANCEL, DETACH, FOLLOW = "cancel", "detach", "follow"
_KEYS = {"c": CANCEL, "d": DETACH}


def what_now(run_id: str) -> str:
    """What becomes of a run whose follower was interrupted: CANCEL, DETACH or FOLLOW.

    Where nobody could answer (no terminal) it goes on without us; so it does at a second Ctrl-C, and at the end of
    the input.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return DETACH
    try:
        sys.stdout.flush()
        sys.stderr.write(f"\r\nCancel run {run_id}? [c]ancel, [d]etach (it goes on), [k]eep following: ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        interrupts.heard()
        sys.stderr.write("\n")
        return DETACH
    if not answer:
        sys.stderr.write("\n")
        return DETACH
    return _KEYS.get(answer.strip().lower()[:1], FOLLOW)
