"""Clusters and their queues: who may start, why the others wait, and what a delete leaves."""

from __future__ import annotations

from typing import Any, List

import pytest

from tests.server.lab import Lab, S
from trainshed.contract.api import CancelAsk
from trainshed.contract.compute import ClusterAsk, ClusterPatch, ClusterSettings
from trainshed.contract.errors import (
    BadComputeSetting,
    BadTargetName,
    TargetExists,
    TargetLeaving,
    UnknownTarget,
    WorkspaceNotFound,
)
from trainshed.contract.records import RunRecord
from trainshed.contract.spec import CommandSpec, RunSpec
from trainshed.server.control.queues import Queues
from trainshed.server.services.callers import THE_USER

pytestmark = pytest.mark.anyio


async def made(lab: Lab, name: str = "cpu-cluster", **settings: Any) -> None:
    asked = ClusterSettings(**{"vm_size": "STANDARD_D2_V2", "max_nodes": 2, **settings})
    await lab.services.clusters.create(lab.ws, ClusterAsk(name, asked))


async def queued(lab: Lab, count: int = 1, target: str = "cpu-cluster") -> List[RunRecord]:
    spec = RunSpec(CommandSpec("train.py"), target=target)
    return [await lab.record(spec=spec) for _ in range(count)]


def may_start(lab: Lab, *starting: RunRecord) -> List[str]:
    under_way = {(run.workspace_id, run.id) for run in starting}
    return Queues(lab.services).may_start(lab.ws, "cpu-cluster", under_way)


async def test_as_many_as_there_are_places_in_the_order_they_came(lab: Lab) -> None:
    await made(lab)
    a, b, c, d = await queued(lab, 4)
    assert may_start(lab) == [a.id, b.id]
    assert may_start(lab, a, b) == []
    assert may_start(lab, a) == [b.id]
    first = await lab.agent(a)
    assert may_start(lab, a) == [b.id], "one that is starting and recorded counts once"
    await lab.agent(b)
    assert may_start(lab) == []
    await first.say(S.PREPARING, S.RUNNING, S.COMPLETED)
    assert may_start(lab) == [c.id]
    await lab.services.runs.cancel(lab.ws, c.id, CancelAsk(), THE_USER)
    assert lab.get(c).status is S.CANCELED
    assert may_start(lab) == [d.id]


async def test_why_a_run_waits(lab: Lab) -> None:
    await made(lab)
    runs = await queued(lab, 5)
    for run in runs[:2]:
        await lab.agent(run)
    reasons = [lab.get(run).status_reason for run in runs]
    assert reasons[2:] == [
        "waits for a node of cpu-cluster: 2 of 2 busy, none before it",
        "waits for a node of cpu-cluster: 2 of 2 busy, 1 before it",
        "waits for a node of cpu-cluster: 2 of 2 busy, 2 before it",
    ]
    assert not any(reason and "waits" in reason for reason in reasons[:2])
    from trainshed.server.storage.run_rows import RunFilter

    listed = (await lab.services.runs.list(lab.ws, RunFilter())).runs
    assert listed[0].status_reason == reasons[4]
    assert (await lab.services.runs.details(lab.ws, runs[4].id)).run.status_reason == reasons[4]
    (view,) = [view for view in lab.services.targets.views(lab.ws) if view.name == "cpu-cluster"]
    assert (view.running, view.waiting, view.why) == (2, 3, "waits for a node of cpu-cluster: 2 of 2 busy")


async def test_fewer_and_more_places(lab: Lab) -> None:
    await made(lab)
    runs = await queued(lab, 4)
    agents = [await lab.agent(run) for run in runs[:2]]
    assert (await lab.services.clusters.update(lab.ws, "cpu-cluster", ClusterPatch(max_nodes=1))).running == tuple(
        run.id for run in runs[:2]
    )
    await agents[0].say(S.PREPARING, S.RUNNING, S.COMPLETED)
    assert may_start(lab) == []
    await lab.services.clusters.update(lab.ws, "cpu-cluster", ClusterPatch(max_nodes=3))
    assert may_start(lab) == [runs[2].id, runs[3].id]
    await lab.services.clusters.update(lab.ws, "cpu-cluster", ClusterPatch(max_nodes=0))
    assert may_start(lab) == []
    assert "max_nodes is 0" in (lab.get(runs[3]).status_reason or "")


async def test_a_queue_is_that_of_one_workspace(lab: Lab) -> None:
    from trainshed.contract.api import WorkspaceAsk

    await made(lab)
    other = await lab.services.workspaces.get_or_create(WorkspaceAsk("other", "s", "g", create=True), THE_USER)
    with pytest.raises(UnknownTarget, match=r"exist: local\."):
        lab.services.clusters.get(other.id, "cpu-cluster")
    await lab.services.clusters.create(other.id, ClusterAsk("cpu-cluster", ClusterSettings("STANDARD_D1", 1)))
    runs = await queued(lab, 3)
    for run in runs[:2]:
        await lab.agent(run)
    assert Queues(lab.services).may_start(other.id, "cpu-cluster", set()) == []
    assert lab.services.clusters.get(other.id, "cpu-cluster").waiting == 0
    assert lab.services.clusters.queues() == [(lab.ws, "cpu-cluster")]


async def test_the_queue_after_a_restart(lab: Lab) -> None:
    await made(lab)
    runs = await queued(lab, 4)
    await lab.agent(runs[0])
    lab = await lab.reopened()
    try:
        assert lab.services.clusters.holding(lab.ws, "cpu-cluster") == [runs[0].id]
        assert may_start(lab) == [runs[1].id]
    finally:
        lab.services.close()


async def test_delete_cancels_who_waits_and_ends_with_who_runs(lab: Lab) -> None:
    await made(lab)
    runs = await queued(lab, 4)
    agents = [await lab.agent(run) for run in runs[:2]]
    assert (await lab.services.clusters.delete(lab.ws, "cpu-cluster", "the user")).state == "Deleting"
    assert [lab.get(run).status for run in runs] == [S.QUEUED, S.QUEUED, S.CANCELED, S.CANCELED]
    assert "cpu-cluster was deleted" in (lab.get(runs[3]).status_reason or "")
    for attempt in (queued(lab), made(lab), lab.services.clusters.update(lab.ws, "cpu-cluster", ClusterPatch())):
        with pytest.raises(TargetLeaving, match="2 of its runs"):
            await attempt
    await lab.services.clusters.finish_deleting()
    assert lab.services.clusters.get(lab.ws, "cpu-cluster").state == "Deleting"
    for agent in agents:
        await agent.say(S.PREPARING, S.RUNNING, S.COMPLETED)
    await lab.services.clusters.finish_deleting()
    with pytest.raises(UnknownTarget):
        lab.services.clusters.get(lab.ws, "cpu-cluster")
    assert lab.services.targets.kind(lab.ws, "cpu-cluster") == "AmlCompute", "late agents still need their back-end"
    await made(lab, max_nodes=7, vm_size="STANDARD_D13_V2")
    assert lab.services.clusters.get(lab.ws, "cpu-cluster").settings.max_nodes == 7


async def test_an_idle_cluster_is_gone_at_once(lab: Lab) -> None:
    await made(lab)
    assert (await lab.services.clusters.delete(lab.ws, "cpu-cluster", "the user")).state == "Deleted"
    assert lab.services.clusters.page(lab.ws).clusters == ()
    with pytest.raises(UnknownTarget, match="ComputeTargetNotFound"):
        await lab.services.clusters.delete(lab.ws, "cpu-cluster", "the user")


async def test_a_name_that_is_taken(lab: Lab) -> None:
    await made(lab)
    before = lab.services.clusters.get(lab.ws, "cpu-cluster")
    await made(lab, max_nodes=5, vm_size="standard_d2_v2")
    after = lab.services.clusters.get(lab.ws, "cpu-cluster")
    assert (after.settings.max_nodes, after.created_at) == (5, before.created_at)
    with pytest.raises(TargetExists, match="of vm_size standard_d2_v2"):
        await made(lab, vm_size="STANDARD_NC6")


@pytest.mark.parametrize("name", ["", "a", "-a", "a-", "1a", "a b", "ü1", "a" * 33, "local", "AmlCompute", "a/b"])
async def test_names_that_are_not_allowed(lab: Lab, name: str) -> None:
    with pytest.raises(BadTargetName):
        await made(lab, name)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_nodes": -1},
        {"min_nodes": 3},
        {"min_nodes": -1},
        {"idle_s": -1},
        {"vm_priority": "cheap"},
        {"vm_size": ""},
        {"vm_size": "a b"},
        {"vm_size": "STANDARD_FOO"},
    ],
)
async def test_settings_that_are_not_allowed(lab: Lab, settings: Any) -> None:
    with pytest.raises(BadComputeSetting):
        await made(lab, **settings)


async def test_unknown_things(lab: Lab) -> None:
    await made(lab)
    with pytest.raises(
        UnknownTarget, match=r"exist: cpu-cluster, local.*mean 'cpu-cluster'.*compute create cpu-clutser"
    ):
        await queued(lab, target="cpu-clutser")
    with pytest.raises(WorkspaceNotFound):
        lab.services.clusters.page("nowhere")


async def test_the_kind_of_its_target_and_a_missing_gpu_are_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from trainshed.server.services import hardware

    await made(lab)
    await made(lab, "gpu-cluster", vm_size="STANDARD_NC6")
    (plain,) = await queued(lab)
    assert plain.properties["_azureml.ComputeTargetType"] == "amlcompute" and not plain.warnings
    if hardware.has_gpu():
        return
    (run,) = await queued(lab, target="gpu-cluster")
    assert "STANDARD_NC6 of gpu-cluster asks for a GPU" in run.properties["trainshed.gpu"]
    assert run.warnings == (run.properties["trainshed.gpu"],)
    asked = RunSpec(CommandSpec("train.py"), properties={"trainshed.use_gpu": "True"})
    assert (await lab.record(spec=asked)).warnings[0].startswith("use_gpu=True asks for a GPU")
    sized = RunSpec(CommandSpec("train.py"), properties={"trainshed.use_gpu": "vm_size STANDARD_NC6"})
    assert (await lab.record(spec=sized)).warnings[0].startswith("vm_size STANDARD_NC6 asks for a GPU")
