"""Data from a notebook into a script and back: datasets, references, outputs, through all the processes there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Iterator, List

import pytest

from azureml.core import Dataset, Run
from azureml.data import FileDataset, OutputFileDatasetConfig
from tests.integration.submitting import Desk
from tests.support.web import Page, Web

#: Says what it was given, in `outputs/told.json`.
TELL = """
import json, os, sys
from azureml.core import Run
run = Run.get_context()
told = {"arguments": sys.argv[1:], "given": {}, "files": {}}
for name in list(run.input_datasets):
    given = run.input_datasets[name]
    told["given"][name] = given if isinstance(given, str) else [type(given).__name__, given.id, given.to_path()]
for path in sys.argv[1:]:
    if os.path.isdir(path):
        told["files"][path] = sorted(
            os.path.relpath(os.path.join(folder, name), path) for folder, _, names in os.walk(path, followlinks=True)
            for name in names
        )
    elif os.path.isfile(path):
        told["files"][path] = open(path).read()
told["variables"] = {name: os.environ.get(name) for name in ("mnist", "MNIST", "AZUREML_DATAREFERENCE_mnist")}
json.dump(told, open("outputs/told.json", "w"))
"""


def told(run: Run) -> Any:
    run.download_file("outputs/told.json", "told.json")
    return json.loads(Path("told.json").read_text())


@pytest.fixture
def store(desk: Desk) -> Any:
    """The default datastore with four files in `<test>/`, which is `store.folder`."""
    found = desk.workspace.get_default_datastore()
    found.folder = desk.experiment.name
    for name in ("train/1.gz", "train/2.gz", "train/10.gz", "test/1.gz"):
        path = desk.folder / "mnist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    found.upload("mnist", found.folder, overwrite=True, show_progress=False)
    return found


def test_a_mounted_dataset(desk: Desk, store: Any) -> None:
    ds = Dataset.File.from_files((store, store.folder)).register(desk.workspace, desk.experiment.name)
    run = desk.completed(TELL, ["--data-folder", ds.as_named_input("mnist").as_mount(), "--regularization", 0.8])
    seen = told(run)
    flag, folder, *rest = seen["arguments"]
    assert (flag, rest) == ("--data-folder", ["--regularization", "0.8"])
    assert seen["files"][folder] == ["test/1.gz", "train/1.gz", "train/10.gz", "train/2.gz"]
    assert seen["given"] == {"mnist": folder}
    assert seen["variables"] == {"mnist": folder, "MNIST": folder, "AZUREML_DATAREFERENCE_mnist": folder}
    (given,) = run.get_details()["inputDatasets"]
    assert isinstance(given["dataset"], FileDataset)
    assert (given["dataset"].id, given["dataset"].version, given["dataset"].to_path()) == (ds.id, 1, ds.to_path())
    details = given["consumptionDetails"]
    assert (details["inputName"], details["mechanism"], details["type"]) == ("mnist", "Mount", "RunInput")
    assert run.input_datasets["mnist"].id == run.input_datasets[ds.name].id == ds.id
    uses = desk.workspace._api.data.dataset_runs(desk.workspace._workspace_id, ds.id).uses
    assert [(use.run_id, use.name, use.mode, use.status.value) for use in uses] == [
        (run.id, "mnist", "mount", "Completed")
    ]


def test_downloads_choices_and_what_is_only_named(desk: Desk, store: Any) -> None:
    ds = Dataset.File.from_files((store, store.folder + "/train/*.gz"))
    local = Dataset.File.from_files("mnist/test")
    single = Dataset.File.from_files((store, store.folder + "/test/1.gz"))
    low, high = ds.random_split(0.5, seed=3)
    arguments: List[Any] = [
        ds.as_named_input("copied").as_download("here/it/is"),
        ds.take(2).as_named_input("two").as_mount(),
        low.as_named_input("low").as_mount(),
        high.as_named_input("high").as_download(),
        local.as_named_input("local").as_mount(),
        single.as_named_input("single").as_mount(),
        ds.as_named_input("named"),
    ]
    seen = told(desk.completed(TELL, arguments))
    copied, two, a, b, here, one, name = seen["arguments"]
    files = seen["files"]
    assert copied.endswith("/here/it/is")
    assert files[copied] == ["1.gz", "10.gz", "2.gz"]
    assert files[two] == ["1.gz", "2.gz"]
    assert sorted(files.get(a, []) + files.get(b, [])) == ["1.gz", "10.gz", "2.gz"]
    assert [files.get(a, []), files.get(b, [])] == [sorted(path[1:] for path in part.to_path()) for part in (low, high)]
    assert files[here] == ["1.gz"]
    assert files[one] == "test/1.gz"
    assert name == ds.id
    assert seen["given"]["named"] == ["FileDataset", ds.id, ["/1.gz", "/2.gz", "/10.gz"]]
    assert seen["given"]["single"] == one


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        server.pages["/open/mnist/train.gz"] = Page(b"train")
        server.pages["/open/mnist/test.gz"] = Page(b"test")
        yield server


def test_urls_are_fetched_once_for_all(desk: Desk, web: Web) -> None:
    base = "http://127.0.0.1:%d/open/mnist/" % web.port
    ds = Dataset.File.from_files([base + "train.gz", base + "test.gz"])
    for _ in range(2):
        seen = told(desk.completed(TELL, [ds.as_named_input("mnist").as_mount()]))
        assert seen["files"][seen["arguments"][0]] == ["test.gz", "train.gz"]
    assert [Path(path).read_bytes() for path in ds.download("got")] == [b"train", b"test"]
    script = """
        from azureml.core import Run
        from trainshed.sdk.data.places import home
        (path,) = Run.get_context().input_datasets["named"].take(1).download("here")
        print("home", home().root, open(path).read())
    """
    run = desk.completed(script, [ds.as_named_input("named")])
    run.download_file("azureml-logs/70_driver_log.txt", "log.txt")
    assert "home %s train" % desk.home in Path("log.txt").read_text()
    cache = desk.home / "cache/urls/http" / ("127.0.0.1_%d" % web.port) / "open/mnist"
    assert sorted(path.name for path in cache.iterdir()) == ["test.gz", "train.gz"]


def test_references_and_outputs(desk: Desk, store: Any) -> None:
    script = """
        import os, sys
        given, copied, made, work, result = sys.argv[1:]
        assert os.path.isdir(given) and os.path.isdir(copied), sys.argv
        assert os.environ["AZUREML_DATAREFERENCE_given"] == given
        for folder in (made, work, result):
            os.makedirs(folder + "/deep", exist_ok=True)
            with open(folder + "/deep/x.txt", "w") as file:
                file.write(folder)
    """
    run = desk.completed(
        script,
        [
            store.path(store.folder, data_reference_name="given").as_mount(),
            store.path(store.folder + "/train").as_download(),
            store.path(store.folder + "/made").as_upload("made/here"),
            store.path(store.folder + "/work").as_mount(),
            OutputFileDatasetConfig("result"),
        ],
    )
    store.download("got", prefix=store.folder, show_progress=False)
    store.download("got", prefix="dataset/" + run.id, show_progress=False)
    base = Path("got", store.folder)
    assert (base / "made/deep/x.txt").read_text().endswith("made/here")
    assert (base / "work/deep/x.txt").exists()
    assert Path("got/dataset", run.id, "result/deep/x.txt").exists()


def test_a_script_finds_datasets_and_adds_some(desk: Desk, store: Any) -> None:
    ds = Dataset.File.from_files((store, store.folder + "/train")).register(
        desk.workspace, desk.experiment.name + "-in"
    )
    script = """
        import sys
        from azureml.core import Dataset, Datastore, Run
        ws = Run.get_context().experiment.workspace
        found = Dataset.get_by_name(ws, sys.argv[1])
        print(found.download("copy"))
        store = Datastore.get(ws, "workspaceblobstore")
        store.upload("copy", sys.argv[2] + "/copied", show_progress=False)
        made = Dataset.File.from_files((store, sys.argv[2] + "/copied"))
        made.register(ws, sys.argv[1] + "-made", create_new_version=True)
    """
    desk.completed(script, [ds.name, store.folder])
    made = Dataset.get_by_name(desk.workspace, ds.name + "-made")
    assert made.to_path() == ds.to_path() == ["/1.gz", "/2.gz", "/10.gz"]
    assert Path(made.download("back")[0]).exists()
