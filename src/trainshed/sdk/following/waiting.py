"""Wait for a run's end: pushed by the server, and patient with one that is killed and started again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Iterator, TypeVar

from trainshed.contract.errors import ServerUnreachable
from trainshed.contract.exceptions import ActivityFailedException
from trainshed.contract.status import ENDED, RunStatus

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.records import RunRecord

T = TypeVar("T")

#: The longest that the server is asked to hold back an answer, in seconds.
WAIT_S = 30.0
#: How long a server may be away before waiting for its runs is given up, in seconds.
AWAY_S = 600.0
_PAUSE_S = 0.2
#: No run has so many events: what is left to wait for is the end.
_NEVER = 1 << 30


def patiently(ask: Callable[..., T], *given: Any, **named: Any) -> T:
    """Ask again while the server is away. ServerUnreachable after :data:`AWAY_S` seconds without an answer."""
    deadline = time.monotonic() + AWAY_S
    while True:
        try:
            return ask(*given, **named)
        except ServerUnreachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)


def changes(api: Api, workspace_id: str, run: RunRecord) -> Iterator[RunRecord]:
    """The record each time it has changed, and about twice a minute otherwise; the last one has ended."""
    while run.status not in ENDED:
        run = patiently(api.get_run, workspace_id, run.id, known=run.event_seq, wait_s=WAIT_S)
        yield run


def until_ended(api: Api, workspace_id: str, run: RunRecord) -> RunRecord:
    """The record of the run when it has ended. What happens to it before does not wake us."""
    while run.status not in ENDED:
        run = patiently(api.get_run, workspace_id, run.id, known=_NEVER, wait_s=WAIT_S)
    return run


def for_a_moment(
    api: Api, workspace_id: str, run: RunRecord, done: Callable[[RunRecord], bool], most_s: float
) -> RunRecord:
    """The record as soon as ``done`` holds, or as it stands after ``most_s`` seconds."""
    deadline = time.monotonic() + most_s
    while not done(run):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            break
        run = api.get_run(workspace_id, run.id, known=run.event_seq, wait_s=left_s)
    return run


def raise_if_failed(run: RunRecord) -> None:
    """ActivityFailedException for a run that ended as Failed: its error, its code, and its last log lines."""
    if run.status is not RunStatus.FAILED:
        return
    words = "Run %s failed" % run.id
    if run.error is None:
        raise ActivityFailedException("%s: %s" % (words, run.status_reason or "no reason was recorded"))
    words = "%s (%s): %s" % (words, run.error.code, run.error.message)
    if run.error.log_tail:
        words += "\nIts last log lines:\n" + "\n".join(run.error.log_tail)
    raise ActivityFailedException(words)
