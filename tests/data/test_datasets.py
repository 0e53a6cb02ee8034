"""File datasets as a user has them: made, read, narrowed, registered, found."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any, Iterator, List

import pytest

from azureml.core import Dataset, Datastore, Workspace
from azureml.data import FileDataset
from azureml.data.datapath import DataPath
from azureml.exceptions import UserErrorException
from tests.support.web import Page, Web
from trainshed.contract.data_errors import (
    DataInTheWay,
    DatasetExecutionError,
    DatasetExists,
    DatasetNotFound,
    DatasetValidationError,
    DatastoreWithoutFolder,
    DataTroubled,
    NoFiles,
)
from trainshed.contract.errors import BadValue, ComesLater, UrlUnreachable
from trainshed.contract.layout import HomeLayout

ANIMALS = ("dog/year-2018/1.jpg", "dog/year-2019/10.jpg", "dog/year-2019/2.jpg", "cat/1.jpg", "cat/notes.txt")


@pytest.fixture
def animals(ws: Workspace, tmp_path: Path) -> Datastore:
    """The default datastore with `animals/` in it, and the same in ./animals."""
    for name in ANIMALS:
        path = tmp_path / "animals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    store = ws.get_default_datastore()
    store.upload("animals", "animals", overwrite=True, show_progress=False)
    return store


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        server.pages["/d/a.csv"] = Page(b"aaa")
        server.pages["/d/b.csv"] = Page(b"bbb")
        yield server


def entries(folder: str) -> List[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def address(web: Web, name: str) -> str:
    return "http://127.0.0.1:%d/d/%s" % (web.port, name)


def test_paths_of_every_form(animals: Datastore) -> None:
    dogs = ["/year-2018/1.jpg", "/year-2019/2.jpg", "/year-2019/10.jpg"]
    forms = [
        (animals, "animals/dog"),
        [(animals, "animals/dog/")],
        (animals, "/animals/dog/**"),
        (animals, "animals/dog/year-*/*.jpg"),
        DataPath(animals, "animals/dog"),
        [DataPath(animals, "animals/dog")],
        animals.path("animals/dog"),
        "animals/dog",
        "./animals/dog/",
        Path("animals/dog"),
        "animals/dog/*/*.jpg",
        ["animals/dog/**/*.jpg"],
    ]
    for form in forms:
        dataset = Dataset.File.from_files(path=form)
        assert isinstance(dataset, FileDataset)
        assert dataset.to_path() == dogs, form
    assert Dataset.File.from_files("animals/cat/1.jpg").to_path() == ["/1.jpg"]
    both = Dataset.File.from_files([(animals, "animals/dog/year-2018"), (animals, "animals/cat/*.jpg")])
    assert both.to_path() == ["/dog/year-2018/1.jpg", "/cat/1.jpg"]


def test_what_matches_nothing_is_told_with_what_there_is(animals: Datastore) -> None:
    with pytest.raises(NoFiles, match="Did you mean 'animals'") as caught:
        Dataset.File.from_files((animals, "animal/dog"))
    assert isinstance(caught.value, DatasetValidationError)
    assert isinstance(caught.value, UserErrorException)
    with pytest.raises(NoFiles, match=r"animals/cat/\*\.png.*workspaceblobstore"):
        Dataset.File.from_files((animals, "animals/cat/*.png"))
    with pytest.raises(NoFiles, match="nowhere"):
        Dataset.File.from_files("nowhere/at/all")


def test_files_that_are_gone_never_read_as_none(ws: Workspace, tmp_path: Path) -> None:
    store = ws.get_default_datastore()
    for folder in ("gone", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.txt").write_text("1")
    store.upload("gone", "gone", overwrite=True, show_progress=False)
    local = Dataset.File.from_files(["gone", "there"])
    stored = Dataset.File.from_files((store, "gone")).register(ws, "gone", create_new_version=True)
    rmtree(tmp_path / "gone")
    rmtree(Path(store._folder, "gone"))
    for dataset in (local, local.take(1), stored, Dataset.get_by_name(ws, "gone")):
        for read in (dataset.to_path, partial(dataset.download, "copies"), dataset.mount("mounted").start):
            with pytest.raises(NoFiles):
                read()
    assert not (tmp_path / "copies").exists()
    assert not (tmp_path / "mounted").exists()
    assert local.download("copies", ignore_not_found=True) == [str(tmp_path / "copies" / "there" / "1.txt")]
    assert stored.download("none", ignore_not_found=True) == []
    assert Dataset.File.from_files("there").skip(1).to_path() == []
    with pytest.raises(NoFiles, match="folder %s does not exist" % (tmp_path / "gone")):
        local.to_path()
    with pytest.raises(NoFiles, match="later"):
        Dataset.File.from_files((store, "later"), validate=False).to_path()
    with pytest.raises(NoFiles, match=r"1\.txt is no folder"):
        Dataset.File.from_files("there/1.txt/x")


def test_bad_paths(ws: Workspace, animals: Datastore) -> None:
    for bad in (None, 3, "", [], ("workspaceblobstore", "x"), (animals, 3), (animals, "../x"), {"a": 1}):
        with pytest.raises(BadValue):
            Dataset.File.from_files(bad)
    for url in ("wasbs://c@a.blob.core.windows.net/x", "https:///x", "https://host/*.csv"):
        with pytest.raises(BadValue, match="path"):
            Dataset.File.from_files(url)
    theirs = Datastore.register_azure_blob_container(ws, "in_azure", "c", "acc")
    with pytest.raises(DatastoreWithoutFolder):
        Dataset.File.from_files((theirs, "x"))
    with pytest.raises(ComesLater, match="partition_format"):
        Dataset.File.from_files("animals", partition_format="{x}")
    with pytest.raises(ComesLater, match=r"Dataset\.Tabular\.from_delimited_files"):
        Dataset.Tabular.from_delimited_files("x.csv")


def test_narrowing_is_lazy_and_leaves_the_dataset_as_it_is(animals: Datastore) -> None:
    whole = Dataset.File.from_files((animals, "animals"))
    names = whole.to_path()
    assert len(names) == 5
    assert whole.skip(1).take(2).to_path() == names[1:3]
    assert whole.to_path() == names
    first, second = whole.random_split(percentage=0.5, seed=7)
    assert sorted(first.to_path() + second.to_path()) == sorted(names)
    assert first.to_path() == whole.random_split(0.5, seed=7)[0].to_path()
    assert whole.take_sample(probability=1.0).to_path() == names
    unseeded = whole.take_sample(0.5)
    assert unseeded.to_path() == unseeded.to_path()
    for bad in (
        lambda: whole.take(-1),
        lambda: whole.skip(1.5),
        lambda: whole.take_sample(1.1),
        lambda: whole.take(True),
    ):
        with pytest.raises(BadValue):
            bad()
    with pytest.raises(BadValue):
        whole.random_split("half")


def test_download(animals: Datastore, tmp_path: Path) -> None:
    dataset = Dataset.File.from_files((animals, "animals/dog"))
    paths = dataset.download(target_path="got", overwrite=False)
    assert paths == [str(tmp_path / "got" / name[1:]) for name in dataset.to_path()]
    assert Path(paths[0]).read_text() == "dog/year-2018/1.jpg"
    Path(paths[0]).unlink()
    Path(paths[1]).write_text("mine")
    with pytest.raises(DataInTheWay, match="overwrite=True"):
        dataset.download("got")
    assert not Path(paths[0]).exists()
    dataset.download("got", overwrite=True)
    assert Path(paths[1]).read_text() == "dog/year-2019/2.jpg"
    anywhere = dataset.take(1).download()
    assert Path(anywhere[0]).is_absolute()
    assert Path(anywhere[0]).read_text() == "dog/year-2018/1.jpg"


def test_mount_and_unmount(animals: Datastore, tmp_path: Path) -> None:
    dataset = Dataset.File.from_files((animals, "animals/dog")).take(2)
    with dataset.mount("here") as mounted:
        assert mounted.mount_point == str(tmp_path / "here")
        assert (tmp_path / "here/year-2019/2.jpg").read_text() == "dog/year-2019/2.jpg"
        assert entries("here") == ["year-2018", "year-2019"]
    assert not Path("here").exists()
    context = dataset.mount()
    context.start()
    point = context.mount_point
    assert Path(point, "year-2018/1.jpg").exists()
    context.stop()
    assert not Path(point).exists()
    Path("full").mkdir()
    Path("full/mine.txt").write_text("stays")
    with pytest.raises(DataInTheWay):
        dataset.mount("full").start()
    assert entries("full") == ["mine.txt"]


def test_urls_are_read_late_and_once(ws: Workspace, house: Path, web: Web, tmp_path: Path) -> None:
    dataset = Dataset.File.from_files([address(web, "a.csv"), address(web, "b.csv")])
    assert dataset.to_path() == ["/a.csv", "/b.csv"]
    assert web.asked == []
    paths = dataset.download("got")
    assert [Path(path).read_bytes() for path in paths] == [b"aaa", b"bbb"]
    assert HomeLayout(house).cached_url(address(web, "a.csv")).read_bytes() == b"aaa"
    assert dataset.data_changed_time is None
    with dataset.take(1).mount() as mounted:
        assert entries(mounted.mount_point) == ["a.csv"]


def test_an_unreachable_url_is_told_with_the_line_to_write(ws: Workspace, settings: Any, tmp_path: Path) -> None:
    with Web() as web:
        gone = address(web, "x.csv")
    dataset = Dataset.File.from_files(gone)
    with pytest.raises(UrlUnreachable, match=r"data\.json") as caught:
        dataset.download("got")
    assert gone in caught.value.message
    (tmp_path / "x.csv").write_text("instead")
    prefix = gone[: -len("x.csv")]
    settings("urls", prefix, tmp_path)
    assert Path(dataset.download("got")[0]).read_text() == "instead"


def test_register_and_find(ws: Workspace, animals: Datastore) -> None:
    made = Dataset.File.from_files((animals, "animals/dog"))
    assert (made.id, made.name, made.version, made.tags) == (None, None, None, None)
    dogs = made.register(workspace=ws, name="dogs", description="good ones", tags={"a": "b"})
    assert (dogs.name, dogs.version, dogs.description, dogs.tags) == ("dogs", 1, "good ones", {"a": "b"})
    assert made.register(ws, "dogs").version == 1
    more = Dataset.File.from_files((animals, "animals"))
    with pytest.raises(DatasetExists, match="create_new_version=True"):
        more.register(ws, "dogs")
    second = more.register(ws, "dogs", create_new_version=True)
    assert second.version == 2
    found = Dataset.get_by_name(ws, "dogs")
    assert (found.id, found.to_path()) == (second.id, more.to_path())
    assert Dataset.get_by_name(ws, name="dogs", version=1).id == dogs.id
    assert Dataset.get_by_name(ws, "dogs", version="latest").version == 2
    assert Dataset.get_by_id(ws, dogs.id).name == "dogs"
    assert Dataset.get(ws, "dogs").id == Dataset.get(ws, id=second.id).id == second.id
    assert "dogs" in [one.name for one in Dataset.list(ws)]
    assert Dataset.get_all(ws)["dogs"].version == ws.datasets["dogs"].version == 2
    narrowed = found.take(1)
    assert (narrowed.id, narrowed.to_path()) == (None, found.to_path()[:1])
    assert '"name": "dogs"' in repr(found)
    assert "('workspaceblobstore', 'animals')" in str(found)
    changed = found.data_changed_time
    assert changed is not None
    assert timedelta() <= datetime.now(timezone.utc) - changed < timedelta(hours=1)


def test_a_registration_is_changed_and_taken_back(ws: Workspace, animals: Datastore) -> None:
    cats = Dataset.File.from_files((animals, "animals/cat")).register(ws, "cats", tags={"a": "1", "b": "2"})
    assert cats.update(description="new", tags={"c": "3"}).tags == {"c": "3"}
    assert cats.add_tags({"d": "4"}).tags == {"c": "3", "d": "4"}
    assert cats.remove_tags(["c"]).tags == {"d": "4"}
    assert (cats.description, Dataset.get_by_name(ws, "cats").tags) == ("new", {"d": "4"})
    cats.unregister_all_versions()
    assert cats.name is None
    with pytest.raises(DatasetNotFound):
        Dataset.get_by_name(ws, "cats")
    with pytest.raises(BadValue, match="not registered"):
        cats.unregister_all_versions()


def test_an_unknown_dataset_lists_those_there_are(ws: Workspace, animals: Datastore) -> None:
    Dataset.File.from_files((animals, "animals")).register(ws, "animals")
    with pytest.raises(DatasetNotFound) as caught:
        Dataset.get_by_name(ws, "animal")
    for word in ("'animal'", "Did you mean 'animals'", "Dataset.File.from_files"):
        assert word in caught.value.message
    for bad in ("newest", -1, 1.5):
        with pytest.raises(BadValue):
            Dataset.get_by_name(ws, "animals", version=bad)


def test_upload_directory(ws: Workspace, animals: Datastore) -> None:
    whole = Dataset.File.upload_directory("animals", (animals, "updir"), overwrite=True, show_progress=False)
    assert len(whole.to_path()) == 5
    images = Dataset.File.upload_directory("animals", DataPath(animals, "updir2"), "cat/*.jpg", show_progress=False)
    assert images.to_path() == ["/cat/1.jpg"]
    with pytest.raises(NoFiles):
        Dataset.File.upload_directory("animals", (animals, "updir3"), pattern="*.png", show_progress=False)
    with pytest.raises(BadValue):
        Dataset.File.upload_directory("animals", "updir")


def test_names_and_modes_of_inputs(animals: Datastore) -> None:
    dataset = Dataset.File.from_files((animals, "animals"))
    given = dataset.as_named_input("mnist")
    assert (given.name, given.mode, given.dataset) == ("mnist", "direct", dataset)
    assert (given.as_mount("/tmp/x").mode, given.as_mount("/tmp/x").path_on_compute) == ("mount", "/tmp/x")
    assert given.as_download().mode == "download"
    assert dataset.as_mount().mode == "mount"
    assert dataset.as_mount().name != dataset.as_mount().name
    for bad in ("1a", "a-b", "", None, "a b", "é"):
        with pytest.raises(BadValue, match="input name"):
            dataset.as_named_input(bad)
    with pytest.raises(BadValue, match="name"):
        given.name = "a b"


def test_trouble_with_the_disk_is_told_as_an_error_of_ours(animals: Datastore, tmp_path: Path) -> None:
    dataset = Dataset.File.from_files("animals/cat")
    Path("file").write_text("")
    with pytest.raises(DataTroubled, match="file") as caught:
        dataset.download("file/below")
    assert isinstance(caught.value, DatasetExecutionError)
    with pytest.raises(DataTroubled):
        dataset.mount("file/below").start()
    with pytest.raises(DataTroubled):
        animals.download("file/below", prefix="animals", show_progress=False)
    Path("animals/cat/gone.txt").symlink_to(tmp_path / "nothing")
    assert "/gone.txt" not in dataset.to_path()
