"""Run history as scripts and notebooks of v1 use it: what they log, find again, and write to runs that have ended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from tests.integration.submitting import Desk, by_name, content, user_managed, wait_for_file

pytestmark = pytest.mark.timeout(180)

EVERY_KIND = """
import json, sys
from azureml.core import Run
run = Run.get_context()
class Plot:
    def savefig(self, target, format):
        target.write(b'a picture of rank 0')
run.log_image('Accuracy vs Loss', plot=Plot())
open('b.jpg', 'wb').write(b'from a file')
run.log_image('from a file', path='b.jpg')
run.log_residuals('residuals', {'schema_type': 'residuals', 'schema_version': 'v1',
                                'data': {'bin_edges': [0, 1], 'bin_counts': [2, 3]}})
run.log('loss', 0.5)
run.experiment.tag('from', 'the script')
print(sorted(run.get_metrics()))
with run.child_run('child') as child:
    child.log('inner', 1)
run.parent
"""


def test_a_script_logs_pictures_and_documents(desk: Desk, tmp_path: Path) -> None:
    run = desk.completed(EVERY_KIND)
    metrics = run.get_metrics()
    assert list(metrics) == ["Accuracy vs Loss", "from a file", "residuals", "loss"]
    front = f"aml://artifactId/ExperimentRun/dcid.{run.id}/"
    picture, file, document = (metrics[name][len(front) :] for name in list(metrics)[:3])
    assert content(run, picture, tmp_path) == b"a picture of rank 0" and picture.endswith(".png")
    assert content(run, file, tmp_path) == b"from a file" and file.endswith(".jpg")
    assert json.loads(content(run, document, tmp_path))["data"] == {"bin_edges": [0, 1], "bin_counts": [2, 3]}
    assert desk.workspace.experiments[desk.experiment.name].tags == {"from": "the script"}
    (child,) = run.get_children()
    assert child.get_metrics() == {"inner": 1} and run.get_metrics(recursive=True)[child.id] == {"inner": 1}


def test_a_run_that_has_ended_stays_writable(desk: Desk, tmp_path: Path) -> None:
    submitted = desk.completed("print('done')")
    run = Run(desk.experiment, submitted.id)
    run.tag("My Favorite Run")
    run.tag("Competition Rank", 1)  # type: ignore[arg-type]
    assert run.get_tags() == {"My Favorite Run": None, "Competition Rank": "1"}
    (tmp_path / "report.txt").write_text("written afterwards")
    run.upload_file("report.txt", str(tmp_path / "report.txt"))
    run.upload_folder("more", str(tmp_path / "project1"))
    run.log("judged", 3)
    run.log_image("after", path=str(tmp_path / "report.txt"))
    run.display_name, run.description = "best", "of all"
    run.add_properties({"checked": "yes"})
    again = Run.get(desk.workspace, submitted.id)
    assert again.get_metrics()["judged"] == 3 and "after" in again.get_metrics()
    assert content(again, "report.txt", tmp_path) == b"written afterwards"
    assert by_name(again.get_file_names(), "more/") == ["more/train.py"]
    assert (again.display_name, again.description) == ("best", "of all")
    assert again.get_properties()["checked"] == "yes" and again.get_status() == "Completed"


def test_details_have_v1s_form(desk: Desk) -> None:
    run = desk.submit("import sys; print(sys.argv)", ["--alpha", 0.5, "--flag", "--n", 3])
    details = run.wait_for_completion()
    assert details == run.get_details()
    definition = details["runDefinition"]
    assert definition["arguments"] == ["--alpha", "0.5", "--flag", "--n", "3"]
    assert definition["script"] == "train.py" and definition["target"] == "local"
    assert definition["environment"]["python"]["userManagedDependencies"] is True
    assert details["startTimeUtc"].endswith("Z") and details["endTimeUtc"] >= details["startTimeUtc"]
    assert set(details) >= {"runId", "target", "status", "warnings", "properties", "inputDatasets", "logFiles"}
    assert details["properties"]["ContentSnapshotId"] == run.get_snapshot_id()
    assert repr(run) == (
        f"Run(Experiment: {desk.experiment.name}, Id: {run.id}, Type: azureml.scriptrun, Status: Completed)"
    )


def test_waiting_is_silent(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    run = desk.submit("print('loud')")
    capfd.readouterr()
    run.wait_for_completion()
    assert capfd.readouterr() == ("", "")


def test_lists_are_narrowed(desk: Desk) -> None:
    first = desk.experiment.start_logging(outputs=False, snapshot_directory=None)
    second = desk.completed("print(1)")
    first.set_tags({"kind": "a", "rank": 1})
    first.add_properties({"origin": "here"})
    below = first.submit_child(desk.config("print(2)"), tags={"kind": "child"})
    below.wait_for_completion()
    first.complete()

    def ids(**narrowed: object) -> list[str]:
        return [run.id for run in Run.list(desk.experiment, **narrowed)]  # type: ignore[arg-type]

    assert ids() == [second.id, first.id]
    assert ids(tags="kind") == ids(tags={"kind": "a", "rank": "1"}) == ids(properties={"origin": "here"}) == [first.id]
    assert ids(type="azureml.scriptrun") == [second.id] and ids(status="Failed") == []
    assert ids(include_children=True) == [below.id, second.id, first.id]
    assert [run.id for run in desk.experiment.get_runs(tags={"kind": "child"}, include_children=True)] == [below.id]
    assert [run.id for run in first.get_children(type="azureml.scriptrun", status="Completed")] == [below.id]
    assert next(first.get_children(_rehydrate_runs=False)).id == below.id and below.parent == first
    assert list(first.get_children(tags={"kind": "none"})) == []


def test_runs_of_a_target(desk: Desk) -> None:
    configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    cluster = ComputeTarget.create(desk.workspace, "history-cluster", configuration)
    cluster.wait_for_completion(show_output=False)
    desk.completed("print('on this computer')")
    config = desk.config("print('on the cluster')")
    config.run_config.target = "history-cluster"
    run = desk.experiment.submit(config, tags={"kind": "a"})
    run.wait_for_completion()
    assert [one.id for one in Run.list_by_compute(cluster)] == [run.id]
    assert [one.id for one in Run.list_by_compute(cluster, tags={"kind": "a"}, status="Completed")] == [run.id]
    assert list(Run.list_by_compute(cluster, status="Failed")) == []
    cluster.delete()


def test_the_logging_tutorial(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls of v1's notebook about logging, in its order."""
    folder = desk.folder / "notebook"
    folder.mkdir()
    monkeypatch.chdir(folder)
    run = desk.experiment.start_logging()
    run.log(name="category", value="Red")
    run.log_list(name="fibonacci", value=(2 * one for one in (0, 1, 1, 2, 3)))
    for number in range(20):
        run.log(name="sigmoid", value=number / 20)
        run.log_row(name="cosine", angle=number / 2, cos=number / 3)
    run.log_table(name="sine", value={"angle": [0, 1], "sine": [0.0, 0.8]})
    with open("outputs/mine.txt", "w") as file:
        file.write("an output\n")
    run.upload_file(name="outputs/mine.txt", path_or_stream="outputs/mine.txt")
    run.complete()
    fetched = Run(desk.experiment, run.id)
    metrics = fetched.get_metrics()
    assert list(metrics) == ["category", "fibonacci", "sigmoid", "cosine", "sine"]
    assert metrics["category"] == "Red" and metrics["fibonacci"] == [0, 2, 2, 4, 6]
    assert len(metrics["sigmoid"]) == len(metrics["cosine"]["cos"]) == 20
    assert metrics["sine"] == {"angle": [0, 1], "sine": [0.0, 0.8]}
    assert fetched.get_metrics(name="category") == {"category": "Red"}
    assert fetched.get_file_names() == ["outputs/mine.txt"]


def test_the_first_experiment_tutorial(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten runs of a notebook, and the search for the best, as v1's first tutorial does it."""
    folder = desk.folder / "notebook"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for number in range(1, 11):
        run = desk.experiment.start_logging()
        run.log("alpha_value", number / 10)
        Path("outputs", f"model_{number}.pkl").write_text(str(number))
        run.log("rmse", 50 + number)
        run.upload_file(name=f"model_{number}.pkl", path_or_stream=f"outputs/model_{number}.pkl")
        run.complete()
    found = {run.get_details()["runId"]: run.get_metrics()["rmse"] for run in desk.experiment.get_runs()}
    assert len(found) == 10
    best = Run(experiment=desk.experiment, run_id=min(found, key=found.__getitem__))
    best.download_file(name="model_1.pkl")
    assert Path("model_1.pkl").read_text() == "1"
    assert best.get_file_names() == ["model_1.pkl", "outputs/model_1.pkl"]


def test_the_ide_tutorial(desk: Desk) -> None:
    """Plain scripts: make a workspace, write its file, find it again, run a script of two lines."""
    made = Workspace.create(
        name="day1", subscription_id="sub", resource_group="group", create_resource_group=True, location="westeurope"
    )
    made.write_config(path=".azureml")
    workspace = Workspace.from_config()
    assert (workspace, workspace.location) == (made, "westeurope")
    wait_for_file(desk.folder / ".azureml" / "config.json")
    folder = desk.project("print('hello world!')")
    config = ScriptRunConfig(source_directory=str(folder), script="train.py", run_config=user_managed())
    run = Experiment(workspace=workspace, name="day1-experiment-hello").submit(config)
    assert run.get_portal_url().startswith("http://127.0.0.1:")
    run.wait_for_completion()
    assert b"hello world!" in content(run, "azureml-logs/70_driver_log.txt", desk.folder)
