"""A run's statuses, as services change them."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from tests.server.lab import Agent, Lab, S
from trainshed.contract.api import CancelAsk, Ending
from trainshed.contract.errors import AttemptFenced, IllegalTransition
from trainshed.contract.records import PhaseChange, RunError
from trainshed.contract.status import ALLOWED, ENDED, RunStatus
from trainshed.contract.wire import now
from trainshed.server.services import lives
from trainshed.server.services.callers import THE_USER
from trainshed.server.services.news import CancelAsked, RunEnded, RunQueued
from trainshed.server.storage import run_rows

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("old,new", list(product(RunStatus, RunStatus)), ids=lambda status: status.value)
async def test_every_pair_of_the_table(lab: Lab, old: RunStatus, new: RunStatus) -> None:
    run, _ = await lab.brought_to(old)
    assert run.status is old

    def change(tx: object) -> None:
        row = run_rows.find(tx, lab.ws, run.id)  # type: ignore[arg-type]
        assert row is not None
        lives.change(tx, row, new, "test", "control")  # type: ignore[arg-type]

    before = (await lab.services.runs.details(lab.ws, run.id)).events
    if new in ALLOWED[old]:
        await lab.services.ground.database.write(change)
    else:
        with pytest.raises(IllegalTransition):
            await lab.services.ground.database.write(change)
    details = await lab.services.runs.details(lab.ws, run.id)
    expected = new if new in ALLOWED[old] else old
    assert details.run.status is expected
    assert details.run.event_seq == len(details.events) == len(before) + (new in ALLOWED[old])
    assert [event.seq for event in details.events] == list(range(1, len(details.events) + 1))
    assert all(a.new is b.old for a, b in zip(details.events, details.events[1:]))
    assert (details.run.ended_at is not None) == (expected in ENDED)


async def test_times_are_the_nodes(lab: Lab) -> None:
    """The server may hear of an end hours later."""
    agent = await lab.agent()
    begun = now()
    at = [begun + timedelta(microseconds=step) for step in range(1, 5)]
    steps = (S.PREPARING, S.RUNNING, S.FINALIZING, S.COMPLETED)
    agent.phases = tuple(map(PhaseChange, steps, at))
    agent.seq += 1
    await agent.send()
    run = lab.get(agent.run)
    assert (run.started_at, run.ended_at) == (at[1], at[3])
    events = (await lab.services.runs.details(lab.ws, run.id)).events
    assert [event.at for event in events if event.new in steps] == at


async def test_a_nodes_clock_that_goes_wrong_makes_no_impossible_times(lab: Lab) -> None:
    agent = await lab.agent()
    before = agent.run.created_at
    wrong = (before - timedelta(days=1), now() + timedelta(days=1), before - timedelta(days=2))
    agent.phases = tuple(map(PhaseChange, (S.PREPARING, S.RUNNING, S.COMPLETED), wrong))
    agent.seq += 1
    await agent.send()
    run = lab.get(agent.run)
    assert run.started_at is not None and run.ended_at is not None
    assert before <= run.started_at <= run.ended_at <= now()


@pytest.mark.parametrize("status", list(RunStatus), ids=lambda status: status.value)
async def test_cancel_from_every_status(lab: Lab, status: RunStatus) -> None:
    run, agent = await lab.brought_to(status)
    seq = run.event_seq
    run = await lab.services.runs.cancel(lab.ws, run.id, CancelAsk(), THE_USER)
    again = await lab.services.runs.cancel(lab.ws, run.id, CancelAsk(), THE_USER)
    assert again == run
    if status in ENDED:
        assert run.event_seq == seq and run.status is status
    elif status is S.NOT_STARTED:
        assert run.status is S.CANCELED
    else:
        assert run.cancel_requested and run.status is (S.FINALIZING if status is S.FINALIZING else S.CANCEL_REQUESTED)
        assert agent is not None
        answer = await lab.services.attempts.orders(agent.begun.attempt.id, 0, watched=False, wait_s=0)
        assert [(order.number, order.kind, order.grace_s) for order in answer.orders] == [(1, "cancel", 3.0)]
        await agent.say(S.FINALIZING, S.CANCELED)
        assert lab.get(run).status is S.CANCELED


async def test_cancel_of_a_waiting_run_ends_it_and_it_cannot_begin(lab: Lab) -> None:
    heard: list[object] = []
    lab.services.news.subscribe(heard.append)
    run = await lab.submit()
    assert RunQueued(lab.ws, run.id, "local") in heard
    assert (await lab.services.runs.cancel(lab.ws, run.id, CancelAsk(), THE_USER)).status is S.CANCELED
    assert RunEnded(lab.ws, run.id, S.CANCELED, "local") in heard
    assert CancelAsked(lab.ws, run.id) not in heard
    assert await lab.services.runs.waiting("local") == []
    with pytest.raises(IllegalTransition):
        await lab.services.attempts.begin(lab.ws, run.id)


async def test_the_script_may_end_before_the_order_to_stop_arrives(lab: Lab) -> None:
    run, agent = await lab.brought_to(S.CANCEL_REQUESTED)
    assert agent is not None
    await agent.say(S.FINALIZING, S.COMPLETED)
    assert lab.get(run).status is S.COMPLETED


async def test_fail_from_outside_stops_the_processes_first(lab: Lab) -> None:
    run, agent = await lab.brought_to(S.RUNNING)
    assert agent is not None
    ending = Ending("Failed", RunError("user", "bad data", {"why": 1}))
    run = await lab.services.runs.end(lab.ws, run.id, ending, THE_USER)
    assert run.status is S.CANCEL_REQUESTED
    answer = await lab.services.attempts.orders(agent.begun.attempt.id, 0, watched=False, wait_s=0)
    assert [order.kind for order in answer.orders] == ["cancel"]
    await agent.say(S.FINALIZING, S.CANCELED)
    run = lab.get(run)
    assert (run.status, run.error) == (S.FAILED, ending.error)


async def test_complete_from_outside(lab: Lab) -> None:
    run, agent = await lab.brought_to(S.RUNNING)
    assert agent is not None
    await lab.services.runs.end(lab.ws, run.id, Ending("Completed"), THE_USER)
    await agent.say(S.FINALIZING, S.CANCELED)
    assert lab.get(run).status is S.COMPLETED


async def test_a_record_ends_at_once_and_stays_ended(lab: Lab) -> None:
    run = await lab.record(start=False)
    run = await lab.services.runs.end(lab.ws, run.id, Ending("Running"), THE_USER)
    assert (run.status, run.started_at is None) == (S.RUNNING, False)
    child = await lab.record(parent_id=run.id)
    run = await lab.services.runs.end(lab.ws, run.id, Ending("Completed"), THE_USER)
    assert run.status is S.COMPLETED
    assert await lab.services.runs.end(lab.ws, run.id, Ending("Completed"), THE_USER) == run
    with pytest.raises(IllegalTransition):
        await lab.services.runs.end(lab.ws, run.id, Ending("Failed"), THE_USER)
    assert lab.get(child).status is S.RUNNING  # children of an ended parent are left alone


async def test_silence_and_hearing_again(lab: Lab) -> None:
    run, agent = await lab.brought_to(S.NOT_RESPONDING)
    assert agent is not None
    assert run.status_before_silence is S.RUNNING
    assert (await lab.services.runs.silent(agent.begun.attempt.id)).event_seq == run.event_seq
    await agent.send()
    assert (lab.get(run).status, lab.get(run).status_before_silence) == (S.RUNNING, None)
    await lab.services.runs.silent(agent.begun.attempt.id)
    await agent.say(S.FINALIZING, S.COMPLETED)
    assert lab.get(run).status is S.COMPLETED


async def test_silence_while_being_canceled(lab: Lab) -> None:
    run, agent = await lab.brought_to(S.CANCEL_REQUESTED)
    assert agent is not None
    assert (await lab.services.runs.silent(agent.begun.attempt.id)).status is S.NOT_RESPONDING
    await agent.send()
    assert lab.get(run).status is S.CANCEL_REQUESTED


async def test_an_attempt_that_is_given_up_is_refused_and_the_run_waits_again(lab: Lab) -> None:
    _, agent = await lab.brought_to(S.RUNNING)
    assert agent is not None
    attempt = agent.begun.attempt.id
    run = await lab.services.attempts.give_up(attempt, reason="retry")
    assert (run.status, run.attempt) == (S.QUEUED, 1)
    assert [waiting.id for waiting in await lab.services.runs.waiting("local")] == [run.id]
    answer = await lab.services.attempts.orders(attempt, 0, watched=False, wait_s=0)
    assert [order.kind for order in answer.orders] == ["drop"]
    with pytest.raises(AttemptFenced):
        await agent.send()
    second = await lab.services.attempts.begin(lab.ws, run.id)
    assert second.attempt.number == 2
    assert [alive.id for alive in await lab.services.attempts.alive()] == [second.attempt.id]
    assert await lab.services.runs.waiting("local") == []
    assert (
        await lab.services.attempts.give_up(attempt, reason="again")
    ).status is S.QUEUED  # an old one: nothing changes


async def test_given_up_with_an_ending(lab: Lab) -> None:
    run, agent = await lab.brought_to(S.NOT_RESPONDING)
    assert agent is not None
    error = RunError("lost", "the node is gone")
    run = await lab.services.attempts.give_up(agent.begun.attempt.id, reason="lost", error=error, ending=S.FAILED)
    assert (run.status, run.error, run.status_reason) == (S.FAILED, error, "lost")


async def test_given_up_while_being_canceled_ends_as_canceled(lab: Lab) -> None:
    _, agent = await lab.brought_to(S.CANCEL_REQUESTED)
    assert agent is not None
    assert (await lab.services.attempts.give_up(agent.begun.attempt.id, reason="lost")).status is S.CANCELED


async def test_a_killed_supervisor_is_retried_as_often_as_the_spec_says(lab: Lab) -> None:
    run = await lab.submit(retries=1)
    for number in (1, 2):
        agent = Agent(lab, await lab.services.attempts.begin(lab.ws, run.id))
        assert agent.begun.attempt.number == number
        agent.error = RunError("supervisor_killed", "the shim was killed")
        await agent.say(S.PREPARING, S.STARTING, S.RUNNING, S.FINALIZING, S.FAILED)
    run = lab.get(run)
    assert run.status is S.FAILED and run.error == agent.error
    assert [e.reason for e in (await lab.services.runs.details(lab.ws, run.id)).events].count("retry") == 1


async def test_reports_that_skip_statuses_keep_the_table(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.say(S.RUNNING)
    await agent.say(S.COMPLETED)
    events = (await lab.services.runs.details(lab.ws, agent.run.id)).events
    assert all(event.new in ALLOWED[event.old] for event in events)
    assert events[-1].new is S.COMPLETED


async def test_old_and_repeated_reports_change_nothing(lab: Lab) -> None:
    agent = await lab.agent()
    agent.reach(S.PREPARING)
    old = agent.request()
    await agent.say(S.STARTING, S.RUNNING)
    seq = lab.get(agent.run).event_seq
    for _ in range(2):
        await lab.services.syncing.sync(agent.begun.attempt.id, old, memoryview(b""))
        await agent.send()
    assert (lab.get(agent.run).event_seq, lab.get(agent.run).status) == (seq, S.RUNNING)


async def test_several_nodes_fold_into_one_status(lab: Lab) -> None:
    run = await lab.submit(node_count=2)
    begun = await lab.services.attempts.begin(lab.ws, run.id)
    first, second = Agent(lab, begun, 0), Agent(lab, begun, 1)
    await first.say(S.PREPARING, S.STARTING, S.RUNNING)
    assert lab.get(run).status is S.QUEUED  # the other node has not been heard
    await second.say(S.PREPARING)
    assert lab.get(run).status is S.PREPARING
    await second.say(S.STARTING, S.RUNNING)
    assert lab.get(run).status is S.RUNNING
    await first.say(S.FINALIZING, S.COMPLETED)
    assert lab.get(run).status is S.RUNNING
    second.error = RunError("exit_code", "it ended with 3")
    await second.say(S.FINALIZING, S.FAILED)
    assert (lab.get(run).status, lab.get(run).error) == (S.FAILED, second.error)


async def test_fail_of_a_run_that_could_not_be_started(lab: Lab) -> None:
    run = await lab.submit()
    error = RunError("prepare", "no such interpreter")
    run = await lab.services.runs.fail(lab.ws, run.id, error, "it could not be started")
    assert (run.status, run.error) == (S.FAILED, error)
    assert (await lab.services.runs.fail(lab.ws, run.id, error, "again")) == run
