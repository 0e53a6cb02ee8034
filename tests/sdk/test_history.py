"""What is kept about runs and experiments after they ended, and beside their numbers, on a real server."""

from __future__ import annotations

import json
import zipfile
from datetime import timezone
from pathlib import Path
from typing import Any, List

import pytest

from azureml.core import Experiment, Run, Workspace
from azureml.core.experiment import ViewType
from azureml.exceptions import AzureMLException, UserErrorException
from tests.sdk.test_metric_kinds import DATA, whole

pytestmark = pytest.mark.timeout(120)


def begun(experiment: Experiment, **more: Any) -> Run:
    return experiment.start_logging(outputs=False, snapshot_directory=None, **more)


def downloaded(run: Run, address: str, folder: Path) -> bytes:
    """The file whose address a metric holds."""
    front = f"aml://artifactId/ExperimentRun/dcid.{run.id}/"
    assert address.startswith(front)
    name = address[len(front) :]
    run.download_file(name, str(folder / "got"))
    return (folder / "got").read_bytes()


class Plot:
    """What log_image asks of matplotlib's pyplot or of a Figure."""

    def savefig(self, target: Any, format: str) -> None:
        target.write(b"\x89PNG of a test")


def test_a_plot_becomes_a_file_whose_address_is_the_metric(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    run.log_image("Accuracy vs Loss", plot=Plot())
    address = run.get_metrics()["Accuracy vs Loss"]
    assert downloaded(run, address, tmp_path) == b"\x89PNG of a test"
    (name,) = run.get_file_names()
    stem, _, epoch = name[: -len(".png")].rpartition("_")
    assert stem == "Accuracy vs Loss" and epoch.isdigit() and name.endswith(".png")
    run.complete()


def test_pictures_from_files_logged_again_and_after_the_end(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    run.complete()
    picture = tmp_path / "a.jpg"
    for content in (b"one", b"two", b"three"):
        picture.write_bytes(content)
        Run(experiment, run.id).log_image("picture", path=str(picture))
    with picture.open("rb") as stream:
        run.log_image("streamed", path=stream)
    metrics = run.get_metrics()
    assert [downloaded(run, address, tmp_path) for address in metrics["picture"]] == [b"one", b"two", b"three"]
    assert all(address.endswith(".jpg") for address in metrics["picture"])
    assert downloaded(run, metrics["streamed"], tmp_path) == b"three"


def test_bad_pictures_are_told_and_leave_nothing(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    for arguments, words in (
        ({}, "either path= or plot="),
        ({"path": "a.png", "plot": Plot()}, "either path= or plot="),
        ({"plot": 3}, "not int"),
        ({"path": str(tmp_path / "none.png")}, "does not exist"),
    ):
        with pytest.raises(UserErrorException, match=words):
            run.log_image("picture", **arguments)
    assert run.get_metrics() == {} and run.get_file_names() == []
    run.complete()


def test_the_json_kinds(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    for kind in DATA:
        getattr(run, "log_" + kind)(kind, whole(kind, DATA[kind]))
    metrics = run.get_metrics()
    assert list(metrics) == list(DATA)
    for kind, address in metrics.items():
        assert json.loads(downloaded(run, address, tmp_path)) == whole(kind, DATA[kind])
    run.log_residuals("residuals", json.dumps(whole("residuals", DATA["residuals"])), "again")
    assert len(set(run.get_metrics(name="residuals")["residuals"])) == 2
    with pytest.raises(UserErrorException, match="schema_type"):
        run.log_predictions("p", whole("residuals", DATA["residuals"]))
    assert "p" not in run.get_metrics()
    run.complete()


def test_a_snapshot_taken_from_the_notebook(experiment: Experiment, tmp_path: Path) -> None:
    run = begun(experiment)
    assert run.get_snapshot_id() is None
    (tmp_path / "proj").mkdir()
    (tmp_path / "proj" / "a.py").write_text("a = 1")
    first = run.take_snapshot(str(tmp_path / "proj"))
    assert run.get_snapshot_id() == Run(experiment, run.id).get_snapshot_id() == first
    second = run.take_snapshot(tmp_path / "proj" / "a.py")
    assert second == first  # the same content: a folder with nothing but that file
    with zipfile.ZipFile(run.restore_snapshot(path=str(tmp_path / "back"))) as archive:
        assert archive.namelist() == ["a.py"] and archive.read("a.py") == b"a = 1"
    with pytest.raises(UserErrorException, match="does not exist"):
        run.take_snapshot(str(tmp_path / "none"))
    run.complete()


def named(found: List[Experiment]) -> List[str]:
    return [one.name for one in found]


def test_experiments_are_tagged_and_archived(experiment: Experiment) -> None:
    workspace, name = experiment.workspace, experiment.name
    assert experiment.tags == {} and experiment.archived_time is None
    experiment.tag("favourite")
    experiment.set_tags({"rank": 1})
    assert experiment.tags == {"favourite": None, "rank": "1"}
    assert named(Experiment.list(workspace, tags={"rank": "1"})) == [name]
    assert named(Experiment.list(workspace, tags="favourite")) == [name] and name in workspace.experiments
    experiment.remove_tags(["favourite"])
    again = workspace.experiments[name]
    assert again == experiment and again.tags == {"rank": "1"}
    experiment.archive()
    assert experiment.archived_time is not None and experiment.archived_time.tzinfo == timezone.utc
    assert name not in workspace.experiments and Experiment.list(workspace, name) == []
    assert named(Experiment.list(workspace, name, ViewType.ArchivedOnly)) == [name]
    assert again.archived_time is None
    again.refresh()
    assert again.archived_time == experiment.archived_time
    experiment.reactivate()
    assert name in workspace.experiments and experiment.archived_time is None


def test_a_new_name_and_runs_that_follow(experiment: Experiment) -> None:
    run = begun(experiment)
    run.complete()
    old = experiment.name
    experiment.archive()
    experiment.reactivate(new_name=old + "-new")
    assert experiment.name == old + "-new" and [one.id for one in experiment.get_runs()] == [run.id]
    assert Run.get(experiment.workspace, run.id).experiment.name == experiment.name
    assert list(Experiment(experiment.workspace, old).get_runs()) == []
    with pytest.raises(UserErrorException, match="has 1 runs"):
        Experiment.delete(experiment.workspace, experiment.id)
    empty = Experiment(experiment.workspace, old)
    empty.tag("a")
    Experiment.delete(experiment.workspace, empty.id)
    with pytest.raises(AzureMLException, match="has no experiment"):
        empty.refresh()


def test_an_archived_experiment_comes_back_with_a_run(experiment: Experiment) -> None:
    begun(experiment).complete()
    experiment.archive()
    begun(experiment).complete()
    assert experiment.name in experiment.workspace.experiments


def test_a_project_folder_of_old_names_its_experiment(experiment: Experiment, tmp_path: Path) -> None:
    workspace = experiment.workspace
    scope = (
        f"/subscriptions/{workspace.subscription_id}/resourceGroups/{workspace.resource_group}/providers"
        f"/Microsoft.MachineLearningServices/workspaces/{workspace.name}/projects/{experiment.name}"
    )
    folder = tmp_path / "aml_config"
    folder.mkdir()
    (folder / "project.json").write_text(json.dumps({"Id": "0f7c", "Scope": scope}))
    assert Experiment.from_directory(str(tmp_path)) == experiment
    assert Workspace.from_config(str(tmp_path)) == workspace
    (folder / "project.json").write_text(json.dumps({"Id": "0f7c", "Scope": scope.rpartition("/projects")[0]}))
    with pytest.raises(UserErrorException, match="names a workspace only"):
        Experiment.from_directory(str(tmp_path))


def test_runs_of_a_target_need_one_of_a_workspace() -> None:
    with pytest.raises(UserErrorException, match=r"ws\.compute_targets"):
        Run.list_by_compute("local")


def test_the_reference_page() -> None:
    assert Run.get_docs_url().endswith("azureml.core.run.run") and "experiment" in Experiment.get_docs_url()
