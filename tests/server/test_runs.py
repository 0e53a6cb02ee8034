"""Runs made, found, listed, changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.server.lab import Lab, S
from trainshed.contract.api import Ending, RunCreate, RunPatch, WorkspaceAsk
from trainshed.contract.errors import (
    BadExperimentName,
    BadRunId,
    BadValue,
    NotAllowed,
    PropertyExists,
    RunExists,
    RunNotFound,
    SnapshotMissing,
    UnknownTarget,
    WorkspaceNotFound,
)
from trainshed.contract.records import RunRecord
from trainshed.contract.snapshot import Manifest
from trainshed.contract.spec import CommandSpec, RunSpec, SourceSpec
from trainshed.server.services.callers import THE_USER, Caller
from trainshed.server.storage.run_rows import RunFilter

pytestmark = pytest.mark.anyio


async def names(lab: Lab, **filters: object) -> list[str]:
    page = await lab.services.runs.list(lab.ws, RunFilter(**filters))  # type: ignore[arg-type]
    return [run.name or "" for run in page.runs]


async def test_a_submitted_run_is_queued_with_all_that_its_spec_says(lab: Lab) -> None:
    manifest = Manifest(())
    await lab.services.snapshots.put(lab.ws, manifest.id(), manifest)
    spec = RunSpec(CommandSpec("a.py"), SourceSpec(manifest.id()), tags={"a": "1", "b": None}, properties={"p": "q"})
    run = await lab.record(spec=spec, tags={"b": "2"})
    assert (run.status, run.number, run.type, run.target) == (S.QUEUED, 1, "azureml.scriptrun", "local")
    assert (run.tags, run.properties) == ({"a": "1", "b": "2"}, {"p": "q"})
    assert (run.snapshot_id, run.root_id, run.created_by) == (manifest.id(), run.id, "user")
    assert run.id.startswith("exp_")
    details = await lab.services.runs.details(lab.ws, run.id)
    assert details.spec == spec
    assert [(event.old, event.new, event.actor) for event in details.events] == [(S.NOT_STARTED, S.QUEUED, "user")]
    assert lab.get(run) == run


async def test_numbers_count_within_the_experiment(lab: Lab) -> None:
    runs = await asyncio.gather(*(lab.record() for _ in range(20)), lab.record(experiment="other"))
    assert sorted(run.number for run in runs) == [1, *range(1, 21)]
    counted = {view.name: view.run_count for view in await lab.services.experiments.list(lab.ws)}
    assert counted == {"exp": 20, "other": 1}
    assert (await lab.services.experiments.ensure(lab.ws, "exp")).run_count == 20


@pytest.mark.parametrize(
    "values,error",
    [
        ({"experiment": "_no"}, BadExperimentName),
        ({"run_id": "../x"}, BadRunId),
        ({"spec": RunSpec(CommandSpec("a.py"), target="gpu")}, UnknownTarget),
        ({"spec": RunSpec(CommandSpec("a.py"), SourceSpec("0" * 64))}, SnapshotMissing),
        ({"snapshot_id": "0" * 64}, SnapshotMissing),
        ({"parent_id": "nobody"}, RunNotFound),
        ({"run_id": "taken"}, RunExists),
    ],
)
async def test_what_cannot_be_made_leaves_nothing(lab: Lab, values: dict[str, object], error: type[Exception]) -> None:
    await lab.record(run_id="taken")
    with pytest.raises(error):
        await lab.record(**values)
    assert len((await lab.services.runs.list(lab.ws, RunFilter())).runs) == 1
    assert [view.run_count for view in await lab.services.experiments.list(lab.ws)] == [1]


async def test_an_unknown_target_names_those_that_exist(lab: Lab) -> None:
    with pytest.raises(UnknownTarget, match=r"ComputeTargetNotFound.*local"):
        await lab.record(spec=RunSpec(CommandSpec("a.py"), target="gpu"))


async def test_children(lab: Lab) -> None:
    root = await lab.record(name="root")
    child = await lab.record(name="child", parent_id=root.id)
    await lab.record(name="grandchild", parent_id=child.id)
    await lab.record(name="other")
    assert (child.parent_id, child.root_id) == (root.id, root.id)
    assert await names(lab) == ["other", "root"]
    assert await names(lab, include_children=True) == ["other", "grandchild", "child", "root"]
    assert await names(lab, parent=root.id) == ["child"]
    assert await names(lab, below=root.id) == ["grandchild", "child"]
    assert await names(lab, below=child.id) == ["grandchild"]
    assert await names(lab, parent="nobody") == await names(lab, below="nobody") == []


async def test_filters(lab: Lab) -> None:
    await lab.record(name="a", tags={"t": "1", "u": None}, properties={"p": "x"})
    await lab.record(name="b", tags={"t": "2"}, experiment="other", type="mine")
    await lab.submit(name="c")
    assert await names(lab, tags=(("t", None),)) == ["b", "a"]
    assert await names(lab, tags=(("t", "1"),)) == ["a"]
    assert await names(lab, tags=(("t", None), ("u", None))) == ["a"]
    assert await names(lab, properties=(("p", "x"),)) == ["a"]
    assert await names(lab, properties=(("p", "y"),)) == []
    assert await names(lab, experiment="other") == await names(lab, type="mine") == ["b"]
    assert await names(lab, experiment="none") == []
    assert await names(lab, target="local") == await names(lab, statuses=("Queued",)) == ["c"]
    assert await names(lab, statuses=("Queued", "Running")) == ["c", "b", "a"]


async def test_filters_by_time_and_by_how_the_id_begins(lab: Lab) -> None:
    first, second, third = [await lab.record(name=name, run_id=name * 2) for name in ("a", "b", "c")]
    await lab.services.runs.end(lab.ws, first.id, Ending("Completed"), THE_USER)
    await lab.services.runs.end(lab.ws, second.id, Ending("Failed"), THE_USER)
    assert await names(lab, created_since=second.created_at) == ["c", "b"]
    assert await names(lab, created_before=second.created_at) == ["a"]
    assert await names(lab, created_since=second.created_at, created_before=third.created_at) == ["b"]
    ended = lab.get(second).ended_at
    assert await names(lab, ended_before=ended) == ["a"]
    assert await names(lab, ended_since=ended) == ["b"]
    assert await names(lab, ended_since=first.created_at, statuses=("Completed", "Running")) == ["a"]
    assert await names(lab, prefix="b") == await names(lab, prefix="bb") == ["b"]
    assert await names(lab, prefix="bbb") == await names(lab, prefix="%") == []
    assert len(await names(lab, prefix="")) == 3


async def test_pages_keep_their_place_while_runs_are_added(lab: Lab) -> None:
    made = [(await lab.record()).id for _ in range(25)]
    page = await lab.services.runs.list(lab.ws, RunFilter(), limit=10)
    seen = [run.id for run in page.runs]
    while page.next is not None:
        await lab.record()
        page = await lab.services.runs.list(lab.ws, RunFilter(), limit=10, after=page.next)
        seen += [run.id for run in page.runs]
    assert seen == made[::-1]
    for limit, after in ((0, None), (1001, None), (10, "x")):
        with pytest.raises(BadValue):
            await lab.services.runs.list(lab.ws, RunFilter(), limit=limit, after=after)
    with pytest.raises(WorkspaceNotFound):
        await lab.services.runs.list("nowhere", RunFilter())


async def test_patch(lab: Lab) -> None:
    run = await lab.record(tags={"old": "1"}, properties={"p": "1"})

    async def patch(**values: object) -> RunRecord:
        return await lab.services.runs.patch(lab.ws, run.id, RunPatch(**values))  # type: ignore[arg-type]

    changed = await patch(name="n", description="d", set_tags={"a": "1", "b": None}, remove_tags=("old", "none"))
    assert (changed.name, changed.description, changed.tags) == ("n", "d", {"a": "1", "b": None})
    assert (await patch(add_properties={"p": "1", "q": "2"})).properties == {"p": "1", "q": "2"}
    with pytest.raises(PropertyExists):
        await patch(set_tags={"a": "changed"}, add_properties={"r": "3", "p": "2"})
    assert replace(lab.get(run), tags={}) == replace(changed, properties={"p": "1", "q": "2"}, tags={})
    assert lab.get(run).tags["a"] == "1"
    with pytest.raises(RunNotFound):
        await lab.services.runs.patch(lab.ws, "nobody", RunPatch())


async def test_what_people_write_comes_back_as_it_was(lab: Lab) -> None:
    text = "ü \N{SNOWMAN} '\"\\ \x00 \n" * 100
    run = await lab.record(name=text, tags={text: text}, properties={text: text})
    assert (lab.get(run).name, lab.get(run).tags, lab.get(run).properties) == (text, {text: text}, {text: text})


async def test_workspaces(lab: Lab) -> None:
    ask = WorkspaceAsk("other", "s", "g")
    with pytest.raises(WorkspaceNotFound, match="ws"):
        await lab.services.workspaces.get_or_create(ask, THE_USER)
    made = await asyncio.gather(
        *(lab.services.workspaces.get_or_create(replace(ask, create=True), THE_USER) for _ in range(5))
    )
    assert len({workspace.id for workspace in made}) == 1
    assert [w.name for w in await lab.services.workspaces.list()] == ["ws", "other"]
    with pytest.raises(BadValue):
        await lab.services.workspaces.get_or_create(WorkspaceAsk(" ", "s", "g", create=True), THE_USER)
    run = await lab.record()
    with pytest.raises(RunNotFound):
        lab.services.runs.get(made[0].id, run.id)
    with pytest.raises(NotAllowed):
        await lab.services.workspaces.get_or_create(ask, Caller("run", lab.ws, run.id))


async def test_a_run_makes_runs_below_itself_only(lab: Lab) -> None:
    agent, other = await lab.agent(), await lab.record()
    caller = lab.services.callers.identify(agent.begun.run_token)
    child = await lab.services.runs.create(lab.ws, RunCreate("exp", parent_id=agent.run.id), caller)
    assert child.created_by == "run %s" % agent.run.id
    for parent in (None, other.id):
        with pytest.raises(NotAllowed):
            await lab.services.runs.create(lab.ws, RunCreate("exp", parent_id=parent), caller)


async def test_wait_answers_as_soon_as_the_run_has_changed(lab: Lab) -> None:
    run = await lab.submit()
    waiter = asyncio.create_task(lab.services.runs.wait(lab.ws, run.id, run.event_seq, 30))
    await asyncio.sleep(0)
    assert lab.services.news.watched(lab.ws, run.id)
    await lab.services.runs.patch(lab.ws, run.id, RunPatch(name="no new event"))
    agent = await lab.agent(run)
    assert not waiter.done()
    await agent.say(S.PREPARING)
    assert (await asyncio.wait_for(waiter, 25)).status is S.PREPARING
    start = asyncio.get_running_loop().time()
    assert (await lab.services.runs.wait(lab.ws, run.id, 99, 0.05)).status is S.PREPARING
    assert asyncio.get_running_loop().time() - start < 25
    await agent.say(S.FINALIZING, S.COMPLETED)
    assert (await lab.services.runs.wait(lab.ws, run.id, 99, 30)).status is S.COMPLETED  # ended: nothing to wait for
