"""Runs of the notebook on a real server: found, described, filled, ended."""

from __future__ import annotations

import copy
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace, get_run
from azureml.core.run import RUNNING_STATES
from azureml.core.runconfig import RunConfiguration
from azureml.core.script_run import ScriptRun
from azureml.exceptions import AzureMLException, UserErrorException
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)


def begun(experiment: Experiment, **more: Any) -> Run:
    return experiment.start_logging(outputs=False, snapshot_directory=None, **more)


def config(folder: Path, script: str) -> ScriptRunConfig:
    (folder / "proj").mkdir(exist_ok=True)
    (folder / "proj" / "train.py").write_text(script)
    run_config = RunConfiguration()
    run_config.environment.python.user_managed_dependencies = True
    return ScriptRunConfig(str(folder / "proj"), script="train.py", run_config=run_config)


def test_lists_are_iterators_over_any_number_of_pages(experiment: Experiment) -> None:
    runs = [begun(experiment) for _ in range(120)]
    found = experiment.get_runs()
    assert next(found).id == runs[-1].id
    assert [run.id for run in experiment.get_runs()] == [run.id for run in reversed(runs)]
    assert [run.number for run in experiment.get_runs()] == list(range(120, 0, -1))
    for run in runs:
        run.complete()
    assert not list(Run.list(experiment, status="Running"))
    assert len(list(Run.list(experiment, status="Completed"))) == 120


def test_found_again(experiment: Experiment) -> None:
    run = begun(experiment, display_name="mine")
    workspace = experiment.workspace
    assert run.status in RUNNING_STATES
    for again in (
        Run(experiment, run.id),
        Run.get(workspace, run.id),
        workspace.get_run(run.id),
        get_run(experiment, run.id),
    ):
        assert again == run and type(again) is Run and again.experiment == experiment
        assert again.name == again.display_name == "mine"
    other = Experiment(workspace, experiment.name + "-other")
    for wrong in (lambda: Run(other, run.id), lambda: get_run(other, run.id), lambda: Run(experiment, "none")):
        with pytest.raises(AzureMLException, match="There is no run"):
            wrong()
    run.complete()


def test_repr_makes_no_request_and_is_v1s(experiment: Experiment) -> None:
    run = begun(experiment)
    words = f"Run(Experiment: {experiment.name}, Id: {run.id}, Type: None, Status: Running)"
    assert repr(run) == str(run) == words
    run.complete()
    assert repr(run).endswith("Status: Completed)")
    assert repr(experiment) == f"Experiment(Name: {experiment.name}, Workspace: {experiment.workspace.name})"
    for thing in (run, experiment, experiment.workspace):
        assert "<table" in thing._repr_html_()


def test_name_and_description_can_be_changed(experiment: Experiment) -> None:
    run = begun(experiment)
    run.display_name, run.description = "new name", "words"
    again = Run(experiment, run.id)
    assert (again.display_name, again.description) == ("new name", "words")
    run.complete()


def test_details_of_a_run_that_failed(experiment: Experiment) -> None:
    run = begun(experiment)
    run.fail(ValueError("of mine"), error_code="E1")
    found = run.get_details()
    assert found["status"] == "Failed" and found["error"]["error"]["code"] == "E1"
    assert found["error"]["error"]["message"] == "ValueError: of mine"
    assert json.dumps(found)
    assert run.get_detailed_status()["status"] == "Failed"


def test_ended_is_ended(experiment: Experiment) -> None:
    run = begun(experiment)
    run.complete()
    run.cancel()
    assert run.get_status() == "Completed"
    run.fail("late")
    assert run.get_status() == "Completed" and not run.get_details().get("error")
    with pytest.raises(AzureMLException, match="cannot become"):
        run.start()


def test_exit_with_zero_in_a_block_is_no_failure(experiment: Experiment) -> None:
    for code, status in ((0, "Completed"), (None, "Completed"), (3, "Failed")):
        with pytest.raises(SystemExit):
            with begun(experiment) as run:
                raise SystemExit(code)
        assert run.get_status() == status


def test_streams_and_replaced_contents(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    run.upload_file("outputs/text.txt", io.StringIO("grüße"))
    run.upload_file("outputs/bytes.bin", io.BytesIO(b"\x00\xff"))
    (tmp_path / "file").write_bytes(b"from a stream")
    with open(tmp_path / "file", "rb") as file:
        run.upload_file("outputs/file.bin", file)
    run.upload_file("outputs/same.bin", tmp_path / "file")
    for name, content in (("text.txt", "grüße".encode()), ("bytes.bin", b"\x00\xff"), ("same.bin", b"from a stream")):
        run.download_file(f"outputs/{name}", str(tmp_path / "down" / name))
        assert (tmp_path / "down" / name).read_bytes() == content
    with pytest.raises(AzureMLException, match=r"outputs/file\.bin"):
        run.upload_file("outputs/file.bin", io.BytesIO(b"other"))
    run.complete()


def test_one_name_twice_is_refused(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    (tmp_path / "a").write_text("a")
    with pytest.raises(UserErrorException, match="twice"):
        run.upload_files(["outputs/a", "./outputs//a"], ["a", "a"])
    with pytest.raises(UserErrorException, match="2 names"):
        run.upload_files(["outputs/a", "outputs/b"], ["a"])
    assert run.get_file_names() == []
    run.complete()


def test_where_downloads_go(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    for name in ("outputs/a.txt", "outputs/deep/b.txt", "logs/c.txt"):
        run.upload_file(name, io.StringIO(name))
    (tmp_path / "folder").mkdir()
    run.download_file("outputs/a.txt")
    run.download_file("outputs/a.txt", "folder")
    run.download_file("outputs/a.txt", "new/")
    run.download_file("outputs/a.txt", "new/other.txt")
    run.download_files("outputs/", "all")
    run.download_files("outputs/", "short", append_prefix=False)
    run.download_files(output_paths=["1", "2", "3"], output_directory="named")
    wanted = {
        "a.txt": "outputs/a.txt",
        "folder/a.txt": "outputs/a.txt",
        "new/a.txt": "outputs/a.txt",
        "new/other.txt": "outputs/a.txt",
        "all/outputs/a.txt": "outputs/a.txt",
        "all/outputs/deep/b.txt": "outputs/deep/b.txt",
        "short/a.txt": "outputs/a.txt",
        "short/deep/b.txt": "outputs/deep/b.txt",
        "named/1": "logs/c.txt",
        "named/2": "outputs/a.txt",
        "named/3": "outputs/deep/b.txt",
    }
    here = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert here == wanted
    with pytest.raises(UserErrorException, match="1 paths were given for 3 files"):
        run.download_files(output_paths=["1"])
    run.complete()


def test_a_download_over_a_folder_or_of_nothing_leaves_nothing(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    run.upload_file("a", io.StringIO("a"))
    with pytest.raises(UserErrorException):
        run.download_file("b", "made/b")
    assert not list(tmp_path.iterdir())
    run.complete()


def test_a_snapshot_comes_back_as_it_was(experiment: Experiment, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("pass")
    (tmp_path / "run.sh").write_text("#!/bin/sh")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "empty.txt").write_text("")
    (tmp_path / ".amlignore").write_text("*.secret\n")
    (tmp_path / "a.secret").write_text("not sent")
    run = experiment.start_logging(outputs=False)
    (tmp_path / "code.py").write_text("changed later")
    with zipfile.ZipFile(run.restore_snapshot(path=str(tmp_path / "back"))) as archive:
        names = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        assert archive.read("code.py") == b"pass" and archive.read("deep/empty.txt") == b""
    assert {"code.py", "run.sh", "deep/empty.txt"} <= set(names) and "a.secret" not in names
    assert names["run.sh"] & 0o111 and not names["code.py"] & 0o111
    run.complete()


def test_outputs_are_what_came_after_the_start(experiment: Experiment, tmp_path: Path) -> None:
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "of_before.txt").write_text("old")
    (tmp_path / "outputs" / "changed.txt").write_text("old")
    run = experiment.start_logging(snapshot_directory=None)
    (tmp_path / "outputs" / "changed.txt").write_text("new words")
    (tmp_path / "outputs" / "made.txt").write_text("made")
    run.complete()
    assert run.get_file_names() == ["outputs/changed.txt", "outputs/made.txt"]


def test_children_and_what_contradicts_itself(experiment: Experiment) -> None:
    run = begun(experiment)
    for wrong in (
        {},
        {"tag_key": "k"},
        {"tag_values": ["1"]},
        {"count": 2, "tag_key": "k", "tag_values": ["1"]},
        {"count": -1},
    ):
        with pytest.raises(UserErrorException, match="create_children"):
            run.create_children(**wrong)
    assert not list(run.get_children())
    child = run.child_run("a", run_id="a-child-of-" + experiment.name)
    grandchild = child.child_run()
    assert child.parent == run and grandchild.parent == child and run.parent is None
    assert [one.id for one in run.get_children()] == [child.id]
    assert [one.id for one in run.get_children(recursive=True)] == [grandchild.id, child.id]
    assert [one.id for one in child.get_children(recursive=True)] == [grandchild.id]
    for one in (grandchild, child, run):
        one.complete()


def test_metrics_of_a_run_and_of_those_below(experiment: Experiment) -> None:
    with begun(experiment) as run:
        run.log("a", 1)
        with run.child_run() as child:
            child.log("b", float("nan"))
            child.log("c", 0.5)
    found = run.get_metrics(recursive=True)
    assert set(found) == {run.id, child.id} and found[run.id] == {"a": 1} and found[child.id]["c"] == 0.5
    assert run.get_metrics(name="a") == {"a": 1} and run.get_metrics(name="none") == {}


def test_a_submitted_run_is_a_script_run(experiment: Experiment, tmp_path: Path) -> None:
    wanted = config(tmp_path, "print('hi')")
    wanted.run_config.environment.environment_variables = {"MINE": "1"}
    run = experiment.submit(wanted, tags={"a": 1})
    environment = run.get_environment()
    assert environment.python.user_managed_dependencies and environment.environment_variables == {"MINE": "1"}
    assert type(run) is ScriptRun and run.type == "azureml.scriptrun"
    details = run.wait_for_completion()
    assert details["runId"] == run.id and run.get_tags() == {"a": "1"}
    paths = run.get_all_logs()
    assert paths and all(path.startswith(run.id + "/") and Path(path).is_file() for path in paths)
    assert all("hi" in text for name, text in run.get_details_with_logs()["logFiles"].items() if "70_" in name)
    removed = wait_until(run.clean, 60, "the node to be done with the run")
    assert any(path.endswith("/train.py") for path in removed) and run.clean() == []
    assert run.get_file_names()


def test_an_unknown_configuration_is_named(experiment: Experiment) -> None:
    with pytest.raises(UserErrorException, match="dict"):
        experiment.submit({"script": "train.py"})
    assert experiment.name not in experiment.workspace.experiments


def test_workspaces(experiment: Experiment, tmp_path: Path) -> None:
    made = Workspace.create("mine", subscription_id="s1", resource_group="g1", location="westeurope")
    assert (made.name, made.subscription_id, made.resource_group, made.location) == ("mine", "s1", "g1", "westeurope")
    with pytest.raises(AzureMLException, match="already"):
        Workspace.create("mine", subscription_id="s1", resource_group="g1")
    assert Workspace.create("mine", subscription_id="s1", resource_group="g1", exist_ok=True) == made
    assert Workspace.get("mine") == made == Workspace("s1", "g1", "mine")
    twin = Workspace.create("mine", subscription_id="s1", resource_group="g2")
    assert twin != made
    assert Workspace.list("s1") == {"mine": [made, twin]}
    assert Workspace.list("s1", resource_group="g2") == {"mine": [twin]}
    with pytest.raises(AzureMLException, match="Several"):
        Workspace.get("mine")
    with pytest.raises(AzureMLException, match="mine"):
        Workspace.get("yours")
    made.write_config(str(tmp_path))
    assert Workspace.from_config() == made
    assert made.compute_targets["local"].type and made.get_details()["name"] == "mine"
    assert made._auth_object.get_authentication_header()["Authorization"].startswith("Bearer ")


def test_a_config_json_brings_its_workspace(experiment: Experiment, tmp_path: Path) -> None:
    data = {"subscription_id": "from-azure", "resource_group": "rg", "workspace_name": "ws-" + experiment.name[:20]}
    (tmp_path / "config.json").write_text(json.dumps(data, indent=3))
    before = (tmp_path / "config.json").read_bytes()
    workspace = Workspace.from_config()
    assert workspace.name == data["workspace_name"] and workspace.subscription_id == "from-azure"
    assert (tmp_path / "config.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


def test_a_run_can_be_copied_and_pickled(experiment: Experiment) -> None:
    run = begun(experiment)
    run.log("a", 1)
    twin = pickle.loads(pickle.dumps(run))
    assert twin == run and repr(twin) == repr(run)
    copy.copy(run).log("a", 2)
    twin.log("b", 3)
    twin.flush()
    run.complete()
    assert run.get_metrics() == {"a": [1, 2], "b": 3}


def test_two_objects_of_one_run_keep_the_order_of_its_points(experiment: Experiment) -> None:
    run = begun(experiment)
    again = Run(experiment, run.id)
    for i in range(0, 1000, 2):
        run.log("a", i)
        again.log("a", i + 1)
    run.complete()
    again.log("a", 1000)
    again.flush()
    assert run.get_metrics() == {"a": list(range(1001))}


def test_hundreds_of_open_runs(experiment: Experiment) -> None:
    """Each that is completed gives its file back."""
    runs = [begun(experiment) for _ in range(60)]
    before = len(list(Path("/proc/self/fd").iterdir()))
    for run in runs:
        run.log("a", 1)
        run.complete()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
    assert all(run.get_metrics() == {"a": 1} for run in runs)
