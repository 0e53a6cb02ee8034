"""How a run ended, as an exit code and in a sentence. Pure functions of the run's record."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from trainshed.cli import exits
from trainshed.contract.api import RunDetails
from trainshed.contract.records import ExitReport
from trainshed.contract.status import RunStatus


def exit_code(details: RunDetails) -> int:
    """The code of ``trainshed run`` and ``logs -f`` for a run that has ended: the script's own where it has one.

    Returns:
        0 Completed; 130 Canceled; for Failed the code with which the first process that failed exited, 128 plus the
        number of the signal that ended it, 124 when the time was up, 1 when the script itself said that it failed,
        and 125 when Trainshed could not start it or lost it.
    """
    run = details.run
    if run.status is RunStatus.COMPLETED:
        return exits.DONE
    if run.status is RunStatus.CANCELED:
        return exits.INTERRUPTED
    code = run.error.code if run.error else ""
    if code == "max_duration":
        return exits.OUT_OF_TIME
    if code == "user":
        return exits.FAILED
    if code in ("prepare", "lost", "supervisor_killed"):
        return exits.OURS
    return next((number for number in map(_of_process, failed_processes(details)) if number), exits.FAILED)


def failed_processes(details: RunDetails) -> Iterator[ExitReport]:
    """How the processes of the newest attempt ended that did not end well, the earliest first."""
    nodes = details.attempts[-1].nodes if details.attempts else ()
    reports = [rank.exit for node in nodes for rank in node.ranks if rank.exit is not None]
    yield from sorted((report for report in reports if report.code != 0), key=lambda report: report.at)


def _of_process(report: ExitReport) -> int:
    if report.code is not None:
        return report.code & 0xFF
    if report.signal is None:
        return exits.OURS  # it could not be started
    return exits.SIGNALED + int(getattr(signal, report.signal, 0))


def sentence(details: RunDetails) -> str:
    """``Run x: Failed. The script exited with code 3.``"""
    run = details.run
    why = run.error.message if run.error else ""
    return f"Run {run.id}: {run.status.value}" + (f". {why}" if why else "")
