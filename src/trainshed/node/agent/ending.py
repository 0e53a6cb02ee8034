"""What a rank's exit means for the node: status and error, in words."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, Dict, List, Optional, Tuple

from trainshed.contract.frozen import dataclass
from trainshed.contract.messages import StopOrder
from trainshed.contract.records import ExitReport, RunError
from trainshed.contract.status import RunStatus

#: Code, words and facts of an error.
_Cause = Tuple[str, str, Dict[str, Any]]

CANCEL, MAX_DURATION, DROP = "cancel", "max_duration", "drop"
_TAIL_LINES = 20
_TAIL_BYTES = 1 << 16
_LINE_LENGTH = 2000


@dataclass(frozen=True)
class Outcome:
    """How the node ends."""

    status: RunStatus
    reason: str
    error: Optional[RunError] = None
    #: When the script ended, with all that it had started, where that is known.
    at: Optional[datetime] = None


def outcome_of(
    exit_report: ExitReport, order: Optional[StopOrder], log: str, *, max_duration_s: Optional[float] = None
) -> Outcome:
    """Judge an exit.

    Args:
        exit_report: what the shim wrote.
        order: the order to stop that was given, if any. A script that ended by itself before it arrived keeps its own
            ending.
        log: path of the driver log, whose last lines go into an error.
        max_duration_s: how long the run was allowed to take.
    """
    at = exit_report.at
    if exit_report.stopped and order is not None and order.reason == CANCEL:
        return Outcome(RunStatus.CANCELED, "canceled", at=at)
    if exit_report.stopped and order is not None and order.reason == MAX_DURATION:
        error: Optional[_Cause] = _too_long(max_duration_s)
    else:
        error = _error_of(exit_report)
    if error is None:
        return Outcome(RunStatus.COMPLETED, "the script ended with exit code 0", at=at)
    code, message, facts = error
    return Outcome(RunStatus.FAILED, message, RunError(code, message, facts, tail(log)), at)


def _too_long(limit_s: Optional[float]) -> _Cause:
    if limit_s is None:
        return MAX_DURATION, "The run took longer than max_run_duration_seconds allows, and was ended.", {}
    words = "The run took longer than its limit of %g seconds (max_run_duration_seconds), and was ended." % limit_s
    return MAX_DURATION, words, {"max_duration_s": limit_s}


def _error_of(report: ExitReport) -> Optional[_Cause]:
    if report.failure is not None:
        return "prepare", "The command could not be started: %s" % report.failure, {}
    if report.stopped:
        return "supervisor_killed", "Somebody ended the run on its node, perhaps because the machine shuts down.", {}
    if report.out_of_memory:
        words = "The kernel killed the script (SIGKILL) because memory ran out."
        return "out_of_memory", words, {"signal": report.signal}
    if report.signal is not None:
        words = "The script was ended by signal %s%s." % (report.signal, ", core dumped" if report.core_dumped else "")
        return "signal", words, {"signal": report.signal, "core_dumped": report.core_dumped}
    if report.code:
        return "exit_code", "The script ended with exit code %d." % report.code, {"exit_code": report.code}
    return None


def supervisor_killed(log: str) -> Outcome:
    """The shim was killed: its processes have been ended, and nobody knows how far the script came."""
    words = "The process that looks after the script (the shim) was killed; what the script left running was ended."
    return Outcome(RunStatus.FAILED, words, RunError("supervisor_killed", words, {}, tail(log)))


def not_delivered(words: str) -> Outcome:
    """The script is done, but what it wrote for others could not be brought there."""
    return Outcome(RunStatus.FAILED, words, RunError("output", words, {}))


def tail(path: str) -> Tuple[str, ...]:
    """The last lines of a log, oldest first: decoded with replacement, long ones cut."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            data = file.read(_TAIL_BYTES)
    except OSError:
        return ()
    lines: List[str] = data.decode("utf-8", "replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    # What a progress bar overwrote was never meant to be read.
    last = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines[-_TAIL_LINES:])
    return tuple(line if len(line) <= _LINE_LENGTH else line[:_LINE_LENGTH] + " ..." for line in last)
