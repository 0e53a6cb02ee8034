"""The exit code that a run's ending gives."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Optional, Tuple

import pytest

from trainshed.cli.ending import exit_code, sentence
from trainshed.contract.api import RunDetails
from trainshed.contract.records import AttemptRecord, ExitReport, NodeReport, RankReport, RunError, RunRecord
from trainshed.contract.status import RunStatus

AT = datetime(2026, 11, 24, tzinfo=timezone.utc)


def ended(
    status: RunStatus, error: Optional[RunError] = None, *exits: Tuple[Optional[int], Optional[str]]
) -> RunDetails:
    run = RunRecord("r", "w", "e", 1, status, AT, error=error)
    reports = [ExitReport(code, signal, AT + timedelta(seconds=n)) for n, (code, signal) in enumerate(exits)]
    ranks = tuple(RankReport(n, status, report) for n, report in enumerate(reports))
    node = NodeReport(0, 1, (), ranks)
    attempt = AttemptRecord("a", "r", "w", 1, status, AT, nodes=(node,))
    return RunDetails(run, None, (), (), (attempt,) if exits else ())


def failed(code: str) -> RunError:
    return RunError(code, "It went wrong.")


@pytest.mark.parametrize(
    ("details", "wanted"),
    [
        (ended(RunStatus.COMPLETED, None, (0, None)), 0),
        (ended(RunStatus.CANCELED, None, (None, "SIGTERM")), 130),
        (ended(RunStatus.FAILED, failed("exit_code"), (3, None)), 3),
        (ended(RunStatus.FAILED, failed("exit_code"), (0, None), (4, None), (5, None)), 4),
        (ended(RunStatus.FAILED, failed("signal"), (None, "SIGSEGV")), 139),
        (ended(RunStatus.FAILED, failed("out_of_memory"), (None, "SIGKILL")), 137),
        (ended(RunStatus.FAILED, failed("max_duration"), (None, "SIGTERM")), 124),
        (ended(RunStatus.FAILED, failed("user"), (0, None)), 1),
        (ended(RunStatus.FAILED, failed("prepare")), 125),
        (ended(RunStatus.FAILED, failed("lost")), 125),
        (ended(RunStatus.FAILED, failed("supervisor_killed"), (None, "SIGKILL")), 125),
        (ended(RunStatus.FAILED, failed("something new")), 1),
    ],
)
def test_exit_code(details: RunDetails, wanted: int) -> None:
    assert exit_code(details) == wanted


def test_the_sentence_tells_why() -> None:
    assert sentence(ended(RunStatus.FAILED, failed("exit_code"), (3, None))) == "Run r: Failed. It went wrong."
    assert sentence(ended(RunStatus.COMPLETED)) == "Run r: Completed"
