"""What data among a run's arguments becomes, and what is refused before anything is queued."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from azureml.core import Dataset, Datastore, Experiment, ScriptRunConfig, Workspace
from azureml.core.runconfig import (
    Data,
    DataReferenceConfiguration,
    OutputData,
    RunConfiguration,
)
from azureml.data import OutputFileDatasetConfig
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath as StorePath
from azureml.train.estimator import Estimator
from tests.integration.submitting import user_managed
from tests.support.web import Page, Web
from trainshed.contract.data_errors import DatasetNotFound, DatastoreNotFound, DatastoreWithoutFolder, NoFiles
from trainshed.contract.errors import BadValue, UrlUnreachable
from trainshed.contract.spec import DataPath, DataStep, RunSpec
from trainshed.sdk.compile import compile_run
from trainshed.sdk.compile_inputs import take_inputs
from trainshed.sdk.configuration.data import DataLocation
from trainshed.sdk.configuration.data import DataPath as PathSection
from trainshed.sdk.configuration.data import Dataset as DatasetSection


@pytest.fixture
def store(ws: Workspace, tmp_path: Path) -> Any:
    """The default datastore with `mnist/` in it."""
    (tmp_path / "d").mkdir()
    for name in ("a.gz", "b.gz"):
        (tmp_path / "d" / name).write_text(name)
    found = ws.get_default_datastore()
    found.upload("d", "mnist", overwrite=True, show_progress=False)
    (tmp_path / "train.py").write_text("")
    return found


def spec_of(ws: Workspace, arguments: Any = None, config: Any = None, **more: Any) -> RunSpec:
    given = ScriptRunConfig(".", "train.py", arguments, config or user_managed(), **more)
    return compile_run(given, workspace=ws).spec


def test_a_dataset_among_the_arguments(ws: Workspace, store: Any) -> None:
    dataset = Dataset.File.from_files((store, "mnist"))
    arguments = ["--data-folder", dataset.as_named_input("mnist").as_mount(), "--regularization", 0.8]
    spec = spec_of(ws, arguments)
    assert spec.command.arguments == ("--data-folder", "$AZUREML_DATAREFERENCE_mnist", "--regularization", "0.8")
    (given,) = spec.inputs
    assert (given.name, given.mode, given.writable, given.path_on_compute) == ("mnist", "mount", False, None)
    assert given.paths == (DataPath("folder", store._folder, "mnist", "workspaceblobstore"),)
    assert given.variables == ("AZUREML_DATAREFERENCE_mnist", "mnist", "MNIST")
    assert given.reference["dataset_id"] == dataset.id
    assert spec_of(ws, arguments).inputs == spec.inputs
    data = spec.definition["data"]["mnist"]
    assert (data["mechanism"], data["dataLocation"]["dataset"]["id"]) == ("Mount", dataset.id)
    json.dumps(dict(spec.definition))


def test_modes_steps_and_registered_names(ws: Workspace, store: Any) -> None:
    dataset = Dataset.File.from_files((store, "mnist")).register(ws, "compiled")
    spec = spec_of(
        ws,
        [
            dataset.as_named_input("one").as_download("/tmp/there"),
            dataset.as_named_input("two"),
            dataset.take(1).as_mount(),
        ],
    )
    one, two, three = spec.inputs
    assert (one.mode, one.path_on_compute, two.mode) == ("download", "/tmp/there", "direct")
    assert (one.reference["name"], one.reference["version"]) == ("compiled", 1)
    assert spec.command.arguments == ("$AZUREML_DATAREFERENCE_one", dataset.id, "$AZUREML_DATAREFERENCE_" + three.name)
    assert three.steps == (DataStep("take", count=1),)
    assert three.name.startswith("input_")
    assert three.reference["dataset_id"] != dataset.id


def test_local_folders_and_urls(ws: Workspace, store: Any, settings: Any, tmp_path: Path) -> None:
    with Web() as web:
        web.pages["/x.gz"] = Page(b"x")
        url = "http://127.0.0.1:%d/x.gz" % web.port
        spec = spec_of(ws, [Dataset.File.from_files("d").as_mount(), Dataset.File.from_files(url).as_mount()])
        assert [one.paths for one in spec.inputs] == [
            (DataPath("folder", str(tmp_path / "d")),),
            (DataPath("url", url),),
        ]
        missing = Dataset.File.from_files(url.replace("x.gz", "y.gz"))
        with pytest.raises(UrlUnreachable, match=r"404.*data\.json"):
            spec_of(ws, [missing.as_mount()])
    with pytest.raises(UrlUnreachable, match=r"x\.gz"):
        spec_of(ws, [Dataset.File.from_files(url).as_mount()])
    spec_of(ws, [Dataset.File.from_files(url).as_named_input("only_named")])
    settings("urls", url, tmp_path / "d/a.gz")
    spec_of(ws, [Dataset.File.from_files(url).as_mount()])


def test_references(ws: Workspace, store: Any) -> None:
    spec = spec_of(
        ws,
        [
            "--in",
            store.path("mnist", data_reference_name="ref").as_mount(),
            store.path("mnist", data_reference_name="copy").as_download("here"),
            store.path("out/deep", data_reference_name="up").as_upload("made"),
            store.as_mount(),
            DataReference(store, "made_now", "new/folder"),
            str(store.path("mnist", data_reference_name="text")),
        ],
    )
    assert spec.command.arguments == (
        "--in",
        "$AZUREML_DATAREFERENCE_ref",
        "$AZUREML_DATAREFERENCE_copy",
        "$AZUREML_DATAREFERENCE_up",
        "$AZUREML_DATAREFERENCE_workspaceblobstore",
        "$AZUREML_DATAREFERENCE_made_now",
        "$AZUREML_DATAREFERENCE_text",
    )
    by_name = {one.name: one for one in spec.inputs}
    assert (by_name["ref"].mode, by_name["ref"].writable, by_name["ref"].variables) == (
        "mount",
        True,
        ("AZUREML_DATAREFERENCE_ref",),
    )
    assert (by_name["copy"].mode, by_name["copy"].writable, by_name["copy"].path_on_compute) == (
        "download",
        False,
        "here",
    )
    assert Path(store._folder, "new/folder").is_dir()
    (output,) = spec.outputs
    assert output.target == DataPath("folder", store._folder, "out/deep", "workspaceblobstore")
    assert (output.name, output.path_on_compute, output.overwrite) == ("up", "made", False)
    assert spec.definition["dataReferences"]["ref"]["pathOnDataStore"] == "mnist"


def test_the_sections_of_a_run_configuration(ws: Workspace, store: Any) -> None:
    dataset = Dataset.File.from_files((store, "mnist")).register(ws, "sectioned")
    config: RunConfiguration = user_managed()
    config.data_references = {
        "ref": store.path("mnist").as_download().to_config(),
        "other": DataReferenceConfiguration("workspacefilestore", "mount", "x"),
    }
    config.data = {
        "by_id": Data(DataLocation(DatasetSection(dataset.id)), mechanism="mount", environment_variable_name="MY_DATA"),
        "by_name": Data(DataLocation(DatasetSection(None, "sectioned", "1")), mechanism="direct"),
        "by_path": Data(DataLocation(data_path=PathSection("workspaceblobstore", "mnist")), mechanism="download"),
        "given": dataset.as_named_input("given").as_mount(),
    }
    config.output_data = {"res": OutputData(DataLocation(data_path=PathSection(None, "results")))}
    spec = spec_of(ws, ["$AZUREML_DATAREFERENCE_ref"], config)
    assert [(one.name, one.mode) for one in spec.inputs] == [
        ("ref", "download"),
        ("other", "mount"),
        ("by_id", "mount"),
        ("by_name", "direct"),
        ("by_path", "download"),
        ("given", "mount"),
    ]
    assert "MY_DATA" in spec.inputs[2].variables
    assert spec.inputs[3].reference["dataset_id"] == dataset.id
    assert [one.name for one in spec.outputs] == ["res"]
    assert set(config.data) == {"by_id", "by_name", "by_path", "given"}


def test_outputs(ws: Workspace, store: Any) -> None:
    default = OutputFileDatasetConfig("res")
    placed = OutputFileDatasetConfig("placed", (store, "a/{output-name}"), source="made").as_upload(overwrite=True)
    spec = spec_of(ws, ["--to", default, placed])
    assert spec.command.arguments == ("--to", "$AZUREML_DATAREFERENCE_res", "$AZUREML_DATAREFERENCE_placed")
    first, second = spec.outputs
    assert first.target is not None
    assert second.target is not None
    assert (first.target.pattern, first.target.root) == ("dataset/{run-id}/res", store._folder)
    assert (second.target.pattern, second.path_on_compute, second.overwrite) == ("a/placed", "made", True)
    assert second.variables == ("AZUREML_DATAREFERENCE_placed", "placed", "PLACED")
    for bad in (lambda: OutputFileDatasetConfig("a b"), lambda: OutputFileDatasetConfig("a", "somewhere")):
        with pytest.raises(BadValue):
            bad()


def test_a_command_line_and_inputs_that_no_argument_names(ws: Workspace, store: Any) -> None:
    dataset = Dataset.File.from_files((store, "mnist"))
    given = ScriptRunConfig(".", command=["python", "train.py", dataset.as_named_input("m").as_mount()])
    given.run_config.environment = user_managed().environment
    assert compile_run(given, workspace=ws).spec.command.command == ("python", "train.py", "$AZUREML_DATAREFERENCE_m")
    taken = take_inputs(["--x", 1], [dataset.as_named_input("n").as_download(), store.path("mnist")], None, ws)
    assert taken.arguments == ["--x", 1]
    assert [one.mode for one in taken.inputs] == ["download", "mount"]
    with pytest.raises(BadValue, match="inputs"):
        take_inputs(None, ["mnist"], None, ws)


def test_a_name_does_not_take_what_processes_need(ws: Workspace, store: Any) -> None:
    dataset = Dataset.File.from_files((store, "mnist"))
    names = [
        one.variables for one in spec_of(ws, [dataset.as_named_input(n).as_mount() for n in ("path", "HOME")]).inputs
    ]
    assert names == [("AZUREML_DATAREFERENCE_path", "path"), ("AZUREML_DATAREFERENCE_HOME",)]


def test_what_is_not_there_is_told_before_anything_is_queued(ws: Workspace, store: Any) -> None:
    experiment = Experiment(ws, "nothing-queued")
    theirs = Datastore.register_azure_blob_container(ws, "azures", "c", "acc")
    here = Dataset.File.from_files("d")
    late = Dataset.File.from_files((store, "later"), validate=False)
    config = user_managed()
    config.data_references = {"x": DataReferenceConfiguration("missing_store")}
    named = user_managed()
    named.data = {"x": Data(DataLocation(DatasetSection(None, "missing set")))}
    empty = user_managed()
    empty.data = {"x": Data(DataLocation())}
    wrong = user_managed()
    wrong.data = {"x": 1}  # type: ignore[dict-item]
    cases: Any = [
        ([late.as_mount()], None, NoFiles),
        ([store.path("later").as_download()], None, NoFiles),
        ([theirs.path("x").as_mount()], None, DatastoreWithoutFolder),
        ([Dataset.File.from_files((theirs, "x"), validate=False).as_mount()], None, DatastoreWithoutFolder),
        (None, config, DatastoreNotFound),
        (None, named, DatasetNotFound),
        (None, empty, BadValue),
        (None, wrong, BadValue),
        ([late.as_named_input("x"), object()], None, NoFiles),
        ([here.as_named_input("x"), Dataset.File.from_files("train.py").as_named_input("x")], None, BadValue),
    ]
    for arguments, run_config, error in cases:
        with pytest.raises(error):
            experiment.submit(ScriptRunConfig(".", "train.py", arguments, run_config or user_managed()))
    assert list(experiment.get_runs()) == []


def test_a_checkpoint_must_be_there_and_is_only_read(ws: Workspace, store: Any) -> None:
    (given,) = spec_of(ws, ["--a", 1], resume_from=StorePath(store, "mnist")).inputs
    assert (given.name, given.mode, given.writable) == ("MODEL_LOCATION", "mount", False)
    experiment = Experiment(ws, "nothing-resumed")
    estimator = Estimator(".", compute_target="local", user_managed=True, resume_from=StorePath(store, "nonexist"))
    for asked in (
        estimator,
        ScriptRunConfig(".", "train.py", [], user_managed(), resume_from=StorePath(store, "nonexist")),
    ):
        with pytest.raises(NoFiles, match="nonexist"):
            experiment.submit(asked)
    assert not Path(store._folder, "nonexist").exists()
    assert list(experiment.get_runs()) == []


@pytest.mark.parametrize("place", ["train.py", "./train.py", "train.py/x", "sub/..", ".", "..", "../up", "a/../../up"])
def test_places_that_no_data_can_be_at(ws: Workspace, store: Any, place: str) -> None:
    dataset = Dataset.File.from_files((store, "mnist"))
    reference = store.path("mnist", data_reference_name="ref")
    output = OutputFileDatasetConfig("out", (store, "out"), source=place)
    for data in (
        dataset.as_mount(place),
        dataset.as_download(place),
        reference.as_download(place),
        reference.as_upload(place),
        output,
    ):
        with pytest.raises(BadValue, match="path_on_compute"):
            spec_of(ws, [data])


@pytest.mark.parametrize(("one", "two"), [("data", "data/sub"), ("a/../data", "./data"), ("/there/x", "/there")])
def test_places_within_one_another(ws: Workspace, store: Any, one: str, two: str) -> None:
    given, reference = Dataset.File.from_files((store, "mnist")), store.path("mnist")
    for data in (
        [given.as_named_input("a").as_mount(one), given.as_named_input("b").as_download(two)],
        [reference.as_download(one), OutputFileDatasetConfig("out", (store, "out"), source=two)],
    ):
        with pytest.raises(BadValue, match="may lie within the other"):
            spec_of(ws, data)
    spec_of(ws, [given.as_named_input("a").as_mount(one), given.as_named_input("b").as_mount(one + "2")])


def test_a_mount_does_not_hide_the_folder_of_the_script(ws: Workspace, store: Any, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.py").write_text("")
    dataset = Dataset.File.from_files((store, "mnist"))

    def place(data: Any) -> Any:
        given = ScriptRunConfig(".", "src/main.py", [data], user_managed())
        return compile_run(given, workspace=ws).spec.inputs[0].path_on_compute

    with pytest.raises(BadValue, match=r"src/main\.py"):
        place(dataset.as_mount("src"))
    assert place(dataset.as_download("src")) == "src"
    assert place(dataset.as_mount("src/main")) == "src/main"
    assert place(dataset.as_mount("/tmp/main.py")) == "/tmp/main.py"
