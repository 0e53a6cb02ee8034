"""Every pair of the transition table, and the folding functions."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainshed.contract.errors import IllegalTransition
from trainshed.contract.folding import first_error, fold_attempt, fold_nodes, fold_ranks
from trainshed.contract.records import NodeReport, PhaseChange, RankReport, RunError, RunRecord
from trainshed.contract.status import ALLOWED, ENDED, PROGRESS, RunStatus, advance
from trainshed.contract.wire import now

S = RunStatus
PAIRS = list(itertools.product(RunStatus, RunStatus))


def run_in(status: RunStatus) -> RunRecord:
    return RunRecord(id="r", workspace_id="w", experiment="e", number=1, status=status, created_at=now(), event_seq=7)


@pytest.mark.parametrize(("old", "new"), PAIRS, ids=lambda s: s.value)
def test_every_pair_of_the_table(old: RunStatus, new: RunStatus) -> None:
    run = run_in(old)
    if new not in ALLOWED[old]:
        with pytest.raises(IllegalTransition) as caught:
            advance(run, new, "because", now(), "test")
        assert caught.value.facts == {"run_id": "r", "old": old.value, "new": new.value}
        return
    at = now()
    changed, event = advance(run, new, "because", at, "test")
    assert (changed.status, changed.event_seq) == (new, 8)
    assert (event.run_id, event.seq, event.old, event.new, event.at, event.actor) == ("r", 8, old, new, at, "test")
    assert (changed.ended_at is not None) == (new in ENDED)
    assert changed.status_before_silence == (old if new is S.NOT_RESPONDING else None)


def test_an_ending_is_final_and_every_other_status_can_end() -> None:
    for status in RunStatus:
        if status in ENDED:
            assert not ALLOWED[status]
            continue
        reached, frontier = {status}, [status]
        while frontier:
            for following in ALLOWED[frontier.pop()] - reached:
                reached.add(following)
                frontier.append(following)
        assert reached >= ENDED, "%s can never become %s" % (status, ENDED - reached)


def test_silence_is_no_ending_and_goes_back_to_where_it_came_from() -> None:
    for status in PROGRESS:
        if S.NOT_RESPONDING in ALLOWED[status]:
            assert status in ALLOWED[S.NOT_RESPONDING]
    assert S.NOT_RESPONDING not in ENDED


def test_started_at_is_the_first_time_it_ran() -> None:
    first, _ = advance(run_in(S.STARTING), S.RUNNING, "", now(), "agent")
    silent, _ = advance(first, S.NOT_RESPONDING, "", now(), "control")
    again, _ = advance(silent, S.RUNNING, "", now() + timedelta(hours=1), "agent")
    assert again.started_at == first.started_at


def ranks(*statuses: RunStatus) -> list[RankReport]:
    return [RankReport(number, status) for number, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), S.STARTING),
        ((S.RUNNING,), S.RUNNING),
        ((S.RUNNING, S.STARTING), S.STARTING),
        ((S.COMPLETED, S.RUNNING), S.RUNNING),
        ((S.FAILED, S.RUNNING), S.RUNNING),
        ((S.COMPLETED, S.COMPLETED), S.COMPLETED),
        ((S.COMPLETED, S.CANCELED), S.CANCELED),
        ((S.CANCELED, S.FAILED, S.COMPLETED), S.FAILED),
    ],
)
def test_ranks_fold_into_a_node(statuses: tuple[RunStatus, ...], expected: RunStatus) -> None:
    assert fold_ranks(ranks(*statuses)) is expected


def node(number: int, *statuses: RunStatus, error: RunError | None = None, late_s: float = 0) -> NodeReport:
    start = now() + timedelta(seconds=late_s)
    phases = tuple(PhaseChange(s, start + timedelta(seconds=n)) for n, s in enumerate(statuses))
    return NodeReport(node=number, seq=len(phases), phases=phases, error=error)


def test_nodes_fold_into_an_attempt() -> None:
    assert fold_nodes([]) is S.QUEUED
    assert fold_nodes([node(0)]) is S.QUEUED
    assert fold_nodes([node(0, S.PREPARING, S.RUNNING), node(1, S.PREPARING)]) is S.PREPARING
    assert fold_nodes([node(0, S.FAILED), node(1, S.RUNNING)]) is S.RUNNING
    assert fold_nodes([node(0, S.FAILED), node(1, S.CANCELED)]) is S.FAILED


def test_the_earliest_failure_is_the_cause() -> None:
    early, late = RunError("exit_code", "3"), RunError("signal", "SIGTERM")
    nodes = [node(0, S.FAILED, error=late, late_s=9), node(1, S.FAILED, error=early), node(2, S.COMPLETED)]
    assert first_error(nodes) is early
    assert first_error([node(0, S.COMPLETED)]) is None


HISTORIES = st.lists(st.sampled_from([*PROGRESS[2:], *ENDED]), max_size=8)


@given(start=st.sampled_from(list(RunStatus)), history=HISTORIES)
def test_folding_into_a_run_only_gives_changes_that_the_table_allows(
    start: RunStatus, history: list[RunStatus]
) -> None:
    if start in (S.NOT_STARTED, S.NOT_RESPONDING):
        return  # the first has no attempt, the second is resolved before folding
    run = run_in(start)
    changes = [PhaseChange(status, now()) for status in _ordered(history)]
    for change in fold_attempt(start, changes):
        run, _ = advance(run, change.status, "", change.at, "agent")
    assert fold_attempt(run.status, changes) == ()


def _ordered(history: list[RunStatus]) -> list[RunStatus]:
    """As a node reports: forwards through Preparing, Starting, Running, Finalizing, then at most one ending."""
    forwards = [
        status for status in PROGRESS if status in history and status is not S.QUEUED and status is not S.PROVISIONING
    ]
    # A node never jumps over Starting or Running on its way to a later one.
    whole = list(PROGRESS[2 : PROGRESS.index(forwards[-1]) + 1]) if forwards else []
    endings = [status for status in history if status in ENDED]
    if endings and whole and whole[-1] is not S.FINALIZING and endings[0] is S.COMPLETED:
        whole = list(PROGRESS[2:])
    if endings and not whole and endings[0] is S.COMPLETED:
        return list(PROGRESS[2:]) + endings[:1]
    return whole + endings[:1]
