"""Datastores as a user has them: found, registered, filled, read; and what is told where there is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from azureml.core import Datastore, Workspace
from azureml.data.azure_storage_datastore import AzureBlobDatastore, AzureFileDatastore
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.exceptions import AzureMLException, UserErrorException
from tests.support.folders import contents_below
from trainshed.contract.data_errors import DatastoreExists, DatastoreFixed, DatastoreWithoutFolder
from trainshed.contract.data_files import PART
from trainshed.contract.errors import BadValue, SourceMissing
from trainshed.contract.exceptions import HttpOperationError


def folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def names_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def test_the_two_that_are_always_there(ws: Workspace) -> None:
    blob = ws.get_default_datastore()
    assert isinstance(blob, AzureBlobDatastore)
    assert (blob.name, blob.datastore_type) == ("workspaceblobstore", "AzureBlob")
    assert blob.account_name + "/" + blob.container_name
    assert isinstance(Datastore(ws, "workspacefilestore"), AzureFileDatastore)
    assert Datastore(ws).name == Datastore.get_default(ws).name == "workspaceblobstore"
    assert sorted(ws.datastores)[-2:] == ["workspaceblobstore", "workspacefilestore"]
    assert json.loads(str(blob))["name"] == json.loads(repr(blob))["name"] == "workspaceblobstore"
    with pytest.raises(DatastoreFixed):
        blob.unregister()


def test_one_that_is_missing_is_told_as_v1_told_it(ws: Workspace) -> None:
    for ask in (lambda: Datastore.get(ws, "workspaceblobstor"), lambda: Datastore(ws, "workspaceblobstor")):
        with pytest.raises(HttpOperationError) as caught:
            ask()
        assert "'workspaceblobstor'" in caught.value.message
        assert "Did you mean 'workspaceblobstore'" in caught.value.message
        assert isinstance(caught.value, AzureMLException)


def test_upload_and_download(ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ws.get_default_datastore()
    source = folder(tmp_path / "data", "a.txt", "deep/er/b.txt")
    reference = store.upload(src_dir=str(source), target_path="updown", overwrite=True, show_progress=True)
    assert "Uploaded 2 files" in capsys.readouterr().out
    assert isinstance(reference, DataReference)
    assert reference.path_on_datastore == "updown"
    (source / "a.txt").write_text("new")
    store.upload(str(source), "updown", show_progress=False)
    assert store.download("got", prefix="updown", show_progress=False) == 2
    assert (tmp_path / "got/updown/a.txt").read_text() == "a.txt"
    store.upload(str(source), "updown", overwrite=True, show_progress=False)
    assert store.download("got", prefix="updown", show_progress=False) == 0
    assert (tmp_path / "got/updown/a.txt").read_text() == "a.txt"
    assert store.download("got", prefix="updown/a", overwrite=True, show_progress=False) == 1
    assert (tmp_path / "got/updown/a.txt").read_text() == "new"
    assert names_below(tmp_path / "got") == ["updown/a.txt", "updown/deep/er/b.txt"]
    assert store.download("got", prefix="nothing", show_progress=False) == 0
    assert capsys.readouterr().out == ""


def test_upload_files_names_them_below_their_root(ws: Workspace, tmp_path: Path) -> None:
    store = ws.get_default_datastore()
    source = folder(tmp_path / "data", "x/a.txt", "x/y/b.txt")
    files = [str(source / "x/a.txt"), str(source / "x/y/b.txt")]
    store.upload_files(files, target_path="files/up1", show_progress=False)
    store.upload_files(files, relative_root=str(source), target_path="files/up2", show_progress=False)
    store.upload_files(files[:1], target_path="files/up3", show_progress=False)
    store.download("got", prefix="files", show_progress=False)
    assert names_below(tmp_path / "got" / "files") == [
        "up1/a.txt",
        "up1/y/b.txt",
        "up2/x/a.txt",
        "up2/x/y/b.txt",
        "up3/a.txt",
    ]
    assert not [name for name in names_below(tmp_path) if name.endswith(PART)]


def test_bad_uploads(ws: Workspace, tmp_path: Path) -> None:
    store = ws.get_default_datastore()
    source = folder(tmp_path / "data", "a.txt")
    with pytest.raises(SourceMissing, match="nowhere"):
        store.upload("nowhere")
    with pytest.raises(SourceMissing, match="upload_files"):
        store.upload(str(source / "a.txt"))
    with pytest.raises(SourceMissing, match=r"b\.txt"):
        store.upload_files([str(source / "b.txt")])
    with pytest.raises(BadValue, match="list of paths"):
        store.upload_files(str(source / "a.txt"))
    with pytest.raises(BadValue, match="outside"):
        store.upload_files([str(source / "a.txt")], relative_root=str(tmp_path / "else"))
    with pytest.raises(BadValue, match=r"\.\."):
        store.upload(str(source), target_path="../../elsewhere")


def test_registering_asks_nobody_and_reading_needs_a_folder(
    ws: Workspace, house: Path, settings: Any, tmp_path: Path
) -> None:
    secret = "a-key-that-nobody-shall-see"
    made = Datastore.register_azure_blob_container(
        workspace=ws, datastore_name="theirs", container_name="c", account_name="acc", account_key=secret
    )
    assert (made.container_name, made.account_name, made.credential_type) == ("c", "acc", "AccountKey")
    found = Datastore.get(ws, "theirs")
    assert isinstance(found, AzureBlobDatastore)
    assert found.credential_type == "AccountKey"
    assert not found.is_sas
    databases = {path: data for path, data in contents_below(house) if path.name.startswith("trainshed.db")}
    assert databases and [path for path, data in databases.items() if secret.encode() in data] == []
    with pytest.raises(DatastoreWithoutFolder, match=r"data\.json.*\"theirs\"") as caught:
        found.download("got")
    assert isinstance(caught.value, UserErrorException)
    with pytest.raises(DatastoreExists, match="overwrite=True"):
        Datastore.register_azure_blob_container(ws, "theirs", "other", "acc")
    settings("datastores", "theirs", folder(tmp_path / "d", "x.csv"))
    assert found.download("got", show_progress=False) == 1
    found.unregister()
    with pytest.raises(HttpOperationError):
        Datastore.get(ws, "theirs")


def test_every_kind_that_v1_registers(ws: Workspace) -> None:
    made = [
        Datastore.register_azure_file_share(ws, "k_share", "share", "acc", sas_token="?sig=x"),
        Datastore.register_azure_data_lake(ws, "k_lake", "store", "tenant", "client", "hush"),
        Datastore.register_azure_data_lake_gen2(ws, "k_gen2", "fs", "acc", "tenant", "client", "hush"),
        Datastore.register_azure_sql_database(ws, "k_sql", "server", "db", username="u", password="p"),
        Datastore.register_azure_postgre_sql(ws, "k_pg", "server", "db", "u", "p", port_number=5432),
        Datastore.register_azure_my_sql(ws, "k_my", "server", "db", "u", "p"),
    ]
    for store in made:
        found = Datastore.get(ws, store.name)
        assert (type(found), found.datastore_type) == (type(store), store.datastore_type)
        assert "hush" not in str(vars(found))
        with pytest.raises(DatastoreWithoutFolder):
            print(found._folder)
        found.unregister()
    assert made[0].is_sas
    assert (made[4].port_number, made[4].user_password) == (5432, None)


def test_the_default_can_be_another(ws: Workspace) -> None:
    other = Datastore.register_azure_blob_container(ws, "favourite", "c", "acc")
    other.set_as_default()
    assert ws.get_default_datastore().name == "favourite"
    ws.set_default_datastore("workspacefilestore")
    assert Datastore.get_default(ws).name == "workspacefilestore"
    ws.set_default_datastore("workspaceblobstore")
    with pytest.raises(HttpOperationError):
        ws.set_default_datastore("nothing")
    other.unregister()


def test_references(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    assert str(store.as_mount()) == "$AZUREML_DATAREFERENCE_workspaceblobstore"
    named = store.path("a/b", data_reference_name="mine")
    assert (str(named), named.mode, named.path_on_datastore) == ("$AZUREML_DATAREFERENCE_mine", "mount", "a/b")
    other = named.path("c").as_download(path_on_compute="/tmp/x", overwrite=True)
    assert (other.path_on_datastore, other.mode, other.path_on_compute, other.overwrite) == (
        "a/b/c",
        "download",
        "/tmp/x",
        True,
    )
    assert named.mode == "mount"
    assert store.path("x").data_reference_name != store.path("x").data_reference_name
    config = named.as_upload("out").to_config()
    assert (config.data_store_name, config.mode, config.path_on_data_store, config.path_on_compute) == (
        "workspaceblobstore",
        "upload",
        "a/b",
        "out",
    )
    path = DataPath(store, "a/b", "p")
    assert (path.datastore_name, path.path_on_datastore) == ("workspaceblobstore", "a/b")
    made = path.create_data_reference("ref", DataPathComputeBinding("download", "/there", overwrite=True))
    assert (made.data_reference_name, made.mode, made.path_on_compute) == ("ref", "download", "/there")
    assert DataPath.create_from_data_reference(made).path_on_datastore == "a/b"
    assert DataPathComputeBinding.create_from_data_reference(made).create_data_reference("x", path).mode == "download"


def test_bad_references(ws: Workspace) -> None:
    store = ws.get_default_datastore()
    for make in (
        lambda: DataReference("workspaceblobstore"),
        lambda: DataReference(store, "a-b"),
        lambda: DataReference(store, "a", mode="link"),
        lambda: DataReference(store, "a", path_on_datastore="../x"),
        lambda: DataPath("workspaceblobstore", "x"),
        lambda: DataReference.create("x", DataPath()),
        lambda: DataPathComputeBinding("direct"),
    ):
        with pytest.raises(BadValue):
            make()
