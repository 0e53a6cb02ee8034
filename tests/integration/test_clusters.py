"""AmlCompute as v1's notebooks use it: find or create, runs in a queue, status, update, delete."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import List

import pytest

from azureml.core import ComputeTarget, Run, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute
from azureml.core.compute_target import ComputeTargetException
from azureml.exceptions import AzureMLException
from tests.integration.submitting import Desk, driver_log, user_managed, wait_for_end, wait_for_status
from tests.support.chaos import kill_all
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(180)

WAITS = """
    import os, sys, time
    print(os.environ["AZUREML_TARGET_TYPE"], flush=True)
    while not os.path.exists(sys.argv[1]): time.sleep(0.02)
"""


def cluster(desk: Desk, name: str, max_nodes: int = 2) -> AmlCompute:
    """The idiom of the notebooks."""
    try:
        found = ComputeTarget(workspace=desk.workspace, name=name)
    except ComputeTargetException as error:
        assert "ComputeTargetNotFound" in error.message
        configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=max_nodes)
        found = ComputeTarget.create(desk.workspace, name, configuration)
        found.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
    assert type(found) is AmlCompute
    return found


def submitted(desk: Desk, target: AmlCompute, go: Path, count: int) -> List[Run]:
    configuration = user_managed()
    configuration.target = target
    source = ScriptRunConfig(str(desk.project(WAITS)), "train.py", [str(go)], run_config=configuration)
    return [desk.experiment.submit(source) for _ in range(count)]


def test_runs_wait_for_their_place_and_say_why(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    target = cluster(desk, "two-nodes")
    assert capsys.readouterr().out.startswith("Succeeded\nAmlCompute wait for completion finished\n")
    go = desk.folder / "go"
    runs = submitted(desk, target, go, 4)
    for run in runs[:2]:
        wait_for_status(run, "Running")
    details = runs[3].get_details()
    assert (details["status"], details["target"]) == ("Queued", "two-nodes")
    assert details["statusReason"] == "waits for a node of two-nodes: 2 of 2 busy, 1 before it"
    status = target.get_status().serialize()
    assert status["currentNodeCount"] == 2 and status["nodeStateCounts"]["runningNodeCount"] == 2
    assert status["scaleSettings"] == {
        "minNodeCount": 0,
        "maxNodeCount": 2,
        "nodeIdleTimeBeforeScaleDown": "PT120S",
    }
    assert [node["runId"] for node in target.list_nodes()] == [run.id for run in runs[:2]]
    assert [run.id for run in target.get_active_runs()] == [run.id for run in reversed(runs)]
    assert [run.id for run in target.get_active_runs(status="Queued")] == [runs[3].id, runs[2].id]
    runs[2].cancel()
    assert wait_for_end(runs[2]) == "Canceled"
    go.touch()
    for run in (runs[0], runs[1], runs[3]):
        assert wait_for_end(run) == "Completed"
    assert driver_log(runs[3]) == "amlcompute\n"
    assert runs[3].get_properties()["_azureml.ComputeTargetType"] == "amlcompute"
    assert list(target.get_active_runs()) == []
    target.delete()


def test_who_follows_a_run_that_waits_is_told_why_on_the_side(
    desk: Desk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    target = cluster(desk, "onen", max_nodes=1)
    go = desk.folder / "go"
    runs = submitted(desk, target, go, 3)
    wait_for_status(runs[0], "Running")
    follower = threading.Thread(target=lambda: runs[2].wait_for_completion(show_output=True), daemon=True)
    follower.start()

    def said(words: str) -> bool:
        return f"Run {runs[2].id} waits for a node of onen: 1 of 1 busy, {words} before it" in caplog.messages

    wait_until(lambda: said("1"), what="the reason to be said")
    runs[1].cancel()
    wait_until(lambda: said("none"), what="the next reason to be said")
    go.touch()
    follower.join(60)
    assert not follower.is_alive()
    told = [message for message in caplog.messages if "waits for a node" in message]
    assert len(told) == len(set(told)) == 2
    assert "waits for a node" not in capsys.readouterr().out
    target.delete()


def test_more_places_are_taken_at_once(desk: Desk) -> None:
    target = cluster(desk, "grows", max_nodes=1)
    go = desk.folder / "go"
    runs = submitted(desk, target, go, 3)
    wait_for_status(runs[0], "Running")
    assert runs[1].get_status() == runs[2].get_status() == "Queued"
    target.update(max_nodes=3)
    assert target.scale_settings.maximum_node_count == 3
    for run in runs:
        wait_for_status(run, "Running")
    target.update(max_nodes=0)
    go.touch()
    assert [wait_for_end(run) for run in runs] == ["Completed"] * 3
    target.delete()


def test_the_queue_outlives_the_server(lone_desk: Desk) -> None:
    target = cluster(lone_desk, "cpu-cluster", max_nodes=1)
    go = lone_desk.folder / "go"
    runs = submitted(lone_desk, target, go, 3)
    wait_for_status(runs[0], "Running")
    kill_all(lone_desk.house.named("server"))
    assert runs[2].get_status() == "Queued"
    assert runs[0].get_status() == "Running"
    go.touch()
    assert [wait_for_end(run) for run in runs] == ["Completed"] * 3
    assert driver_log(runs[2]) == "amlcompute\n"


def test_deleted_while_runs_hold_and_wait(desk: Desk) -> None:
    target = cluster(desk, "leaves", max_nodes=1)
    go = desk.folder / "go"
    runs = submitted(desk, target, go, 3)
    wait_for_status(runs[0], "Running")
    target.delete()
    assert target.provisioning_state == "Deleting"
    assert [run.get_status() for run in runs] == ["Running", "Canceled", "Canceled"]
    assert runs[2].get_details()["statusReason"] == "its compute target %s was deleted" % target.name
    with pytest.raises(ComputeTargetException, match="being deleted"):
        submitted(desk, target, go, 1)
    go.touch()
    target.wait_for_completion(is_delete_operation=True)
    assert target.provisioning_state == "Deleted"
    assert wait_for_end(runs[0]) == "Completed"
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound"):
        ComputeTarget(desk.workspace, "leaves")
    wait_until(lambda: not desk.house.shims(), what="the shim to leave")


def test_what_a_workspace_lists(desk: Desk) -> None:
    workspace = Workspace.create(
        "with-defaults", default_cpu_compute_target=Workspace.DEFAULT_CPU_CLUSTER_CONFIGURATION
    )
    (found,) = ComputeTarget.list(workspace)
    assert found.name == Workspace.DEFAULT_CPU_CLUSTER_NAME == "cpu-cluster"
    assert workspace.get_default_compute_target("CPU").name == "cpu-cluster"
    assert workspace.get_default_compute_target("GPU") is None
    listed = {name: (one.type, one.provisioning_state) for name, one in workspace.compute_targets.items()}
    assert listed == {"local": ("local", "Succeeded"), "cpu-cluster": ("AmlCompute", "Succeeded")}
    assert found.vm_size == "STANDARD_DS2_V2" and found.scale_settings.maximum_node_count == 2
    assert AmlCompute.deserialize(workspace, found.serialize()).id == found.id
    assert "cpu-cluster" in repr(found)


def test_a_target_by_its_name(desk: Desk) -> None:
    target = cluster(desk, "by-name")
    go = desk.folder / "go"
    go.touch()
    source = ScriptRunConfig(str(desk.project(WAITS)), "train.py", [str(go)], run_config=user_managed())
    source.run_config.target = "by-name"
    run = desk.experiment.submit(source)
    assert wait_for_end(run) == "Completed"
    assert driver_log(run) == "amlcompute\n"
    assert run.get_properties()["_azureml.ComputeTargetType"] == "amlcompute"
    source.run_config.target = "by-nmae"
    with pytest.raises(ComputeTargetException, match=r"Did you mean 'by-name'.*ComputeTarget\.create"):
        desk.experiment.submit(source)
    target.delete()


def test_bad_input_is_told_before_anything_is_made(desk: Desk) -> None:
    make = AmlCompute.provisioning_configuration
    for words, arguments in (
        ("max_nodes: it is required", {}),
        ("vm_priority", {"max_nodes": 1, "vm_priority": "cheap"}),
        ("min_nodes 3: it is above max_nodes", {"min_nodes": 3, "max_nodes": 1}),
        ("max_nodes 'many'", {"max_nodes": "many"}),
        ("max_nodes -1: give a number of at least 1", {"max_nodes": -1}),
        ("max_nodes 0: give a number of at least 1", {"max_nodes": 0}),
        ("admin_user_password or admin_user_ssh_key", {"max_nodes": 1, "admin_username": "me"}),
        ("subnet_name is missing", {"max_nodes": 1, "vnet_name": "v", "vnet_resourcegroup_name": "r"}),
        ("remote_login_port_public_access", {"max_nodes": 1, "remote_login_port_public_access": "Maybe"}),
        ("identity_id", {"max_nodes": 1, "identity_type": "UserAssigned"}),
        ("tags", {"max_nodes": 1, "tags": ["a"]}),
    ):
        with pytest.raises(ComputeTargetException, match=words):
            make(**arguments)  # type: ignore[arg-type]
    with pytest.raises(ComputeTargetException, match="reserved"):
        ComputeTarget.create(desk.workspace, "local", make(max_nodes=1))
    with pytest.raises(ComputeTargetException, match="2 to 32 letters"):
        ComputeTarget.create(desk.workspace, "no good", make(max_nodes=1))
    with pytest.raises(AzureMLException, match="provisioning_configuration"):
        ComputeTarget.create(desk.workspace, "good", {"max_nodes": 1})
    target = cluster(desk, "sized")
    with pytest.raises(ComputeTargetException, match="already, of vm_size STANDARD_D2_V2"):
        ComputeTarget.create(desk.workspace, "sized", make(vm_size="STANDARD_NC6", max_nodes=1))
    with pytest.raises(ComputeTargetException, match="at most 2"):
        target.wait_for_completion(min_node_count=3)
    with pytest.raises(ComputeTargetException, match="delete"):
        target.detach()
    assert make(vm_size="STANDARD_D2_V2", min_nodes="0", max_nodes="4").scale_settings.maximum_node_count == "4"  # type: ignore[arg-type]
    target.delete()


def test_sizes_are_a_list_with_v1s_keys(desk: Desk) -> None:
    sizes = AmlCompute.supported_vmsizes(workspace=desk.workspace)
    assert all(set(size) == {"name", "vCPUs", "gpus", "memoryGB", "maxResourceVolumeMB"} for size in sizes)
    assert {"Standard_D2_v2", "Standard_NC6"} <= {size["name"] for size in sizes}
    sizes.clear()
    assert AmlCompute.supported_vmsizes(desk.workspace)
