"""Datastores and datasets: registered, found, taken back; and the runs that were given them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.server.lab import Lab
from trainshed.contract.data_errors import (
    DatasetExists,
    DatasetNotFound,
    DatastoreExists,
    DatastoreFixed,
    DatastoreNotFound,
)
from trainshed.contract.data_records import DatasetAsk, DatasetDefinition, DatasetPatch, DatastoreAsk
from trainshed.contract.errors import BadValue, WorkspaceNotFound
from trainshed.contract.exceptions import HttpOperationError
from trainshed.contract.spec import CommandSpec, DataInput, DataOutput, DataPath, DataStep, RunSpec

pytestmark = pytest.mark.anyio

BLOB = DatastoreAsk("my_blob", "AzureBlob", {"container_name": "c", "account_name": "a"})
ONE = DatasetDefinition(paths=(DataPath("folder", "", "mnist", "workspaceblobstore"),))
TWO = replace(ONE, steps=(DataStep("take", 2),))


async def test_every_workspace_has_two_datastores_with_folders(lab: Lab) -> None:
    page = (await lab.services.datastores.page(lab.ws)).datastores
    assert [(store.name, store.type, store.own, store.is_default) for store in page] == [
        ("workspaceblobstore", "AzureBlob", True, True),
        ("workspacefilestore", "AzureFile", True, False),
    ]
    assert all(Path(store.folder or "").is_dir() for store in page)
    with pytest.raises(WorkspaceNotFound):
        await lab.services.datastores.page("elsewhere")


async def test_registering_a_datastore_keeps_words_only(lab: Lab) -> None:
    made = await lab.services.datastores.register(lab.ws, BLOB)
    assert (made.folder, dict(made.properties)) == (None, dict(BLOB.properties))
    assert await lab.services.datastores.register(lab.ws, BLOB) == made
    other = replace(BLOB, properties={**BLOB.properties, "container_name": "d"})
    with pytest.raises(DatastoreExists, match="container_name 'c', not 'd'"):
        await lab.services.datastores.register(lab.ws, other)
    assert (await lab.services.datastores.register(lab.ws, replace(other, overwrite=True))).properties[
        "container_name"
    ] == "d"


async def test_a_folder_stands_in_as_soon_as_the_settings_name_it(lab: Lab, tmp_path: Path) -> None:
    await lab.services.datastores.register(lab.ws, BLOB)
    settings = lab.services.ground.layout.data_settings
    settings.write_text(json.dumps({"datastores": {"my_blob": "/data/b", "workspaceblobstore": "/data/w"}}))
    folders = {store.name: store.folder for store in (await lab.services.datastores.page(lab.ws)).datastores}
    assert (folders["my_blob"], folders["workspaceblobstore"]) == ("/data/b", "/data/w")
    settings.write_text("{")
    with pytest.raises(BadValue, match=r"data\.json"):
        await lab.services.datastores.page(lab.ws)


async def test_the_default_datastore_changes_and_comes_back(lab: Lab) -> None:
    await lab.services.datastores.register(lab.ws, BLOB)
    assert (await lab.services.datastores.set_default(lab.ws, "my_blob")).is_default
    lab = await lab.reopened()
    assert (await lab.services.datastores.get(lab.ws, "my_blob")).is_default
    await lab.services.datastores.remove(lab.ws, "my_blob")
    assert (await lab.services.datastores.get(lab.ws, "workspaceblobstore")).is_default


async def test_bad_datastores(lab: Lab) -> None:
    with pytest.raises(DatastoreNotFound, match="Did you mean 'workspaceblobstore'") as caught:
        await lab.services.datastores.get(lab.ws, "workspaceblobstor")
    assert isinstance(caught.value, HttpOperationError)
    assert caught.value.response.status_code == 404
    with pytest.raises(DatastoreNotFound):
        await lab.services.datastores.set_default(lab.ws, "none")
    with pytest.raises(DatastoreFixed):
        await lab.services.datastores.remove(lab.ws, "workspacefilestore")
    with pytest.raises(DatastoreFixed):
        await lab.services.datastores.register(lab.ws, replace(BLOB, name="workspaceblobstore"))
    for bad in (replace(BLOB, name="a/b"), replace(BLOB, name=""), replace(BLOB, type="S3")):
        with pytest.raises(BadValue):
            await lab.services.datastores.register(lab.ws, bad)


async def test_versions_of_a_dataset(lab: Lab) -> None:
    sets = lab.services.datasets
    first = await sets.keep(lab.ws, DatasetAsk(ONE, "mnist", "digits", {"a": "1"}))
    assert (first.version, first.latest, first.description) == (1, True, "digits")
    same = await sets.keep(lab.ws, DatasetAsk(ONE, "mnist", tags={"b": "2"}))
    assert (same.id, same.version, dict(same.tags)) == (first.id, 1, {"a": "1", "b": "2"})
    with pytest.raises(DatasetExists, match="create_new_version=True"):
        await sets.keep(lab.ws, DatasetAsk(TWO, "mnist"))
    second = await sets.keep(lab.ws, DatasetAsk(TWO, "mnist", create_new_version=True))
    assert (second.version, second.definition) == (2, TWO)
    assert (await sets.by_name(lab.ws, "mnist")).id == second.id
    older = await sets.by_name(lab.ws, "mnist", 1)
    assert (older.id, older.latest) == (first.id, False)
    again = await sets.keep(lab.ws, DatasetAsk(ONE, "mnist", create_new_version=True))
    assert again.id == first.id
    await sets.keep(lab.ws, DatasetAsk(ONE, "a name with blanks (and more)"))
    with pytest.raises(BadValue, match="dataset name"):
        await sets.keep(lab.ws, DatasetAsk(ONE, "a/b"))
    assert [one.version for one in (await sets.page(lab.ws)).datasets] == [1, 2]
    assert [one.version for one in (await sets.page(lab.ws, "mnist")).datasets] == [2, 1]


async def test_what_is_not_registered_has_one_id_for_one_definition(lab: Lab) -> None:
    sets = lab.services.datasets
    kept = await sets.keep(lab.ws, DatasetAsk(ONE))
    assert (kept.name, kept.version, kept.latest) == (None, None, False)
    assert (await sets.keep(lab.ws, DatasetAsk(ONE))).id == kept.id
    assert (await sets.keep(lab.ws, DatasetAsk(TWO))).id != kept.id
    assert (await sets.get(lab.ws, kept.id)).definition == ONE
    with pytest.raises(BadValue):
        await sets.patch(lab.ws, kept.id, DatasetPatch(description="x"))


async def test_a_registration_is_changed_and_taken_back(lab: Lab) -> None:
    sets = lab.services.datasets
    made = await sets.keep(lab.ws, DatasetAsk(ONE, "mnist", tags={"a": "1"}))
    patched = await sets.patch(lab.ws, made.id, DatasetPatch("new", {"b": "2"}, ("a",)))
    assert (patched.description, dict(patched.tags)) == ("new", {"b": "2"})
    assert [one.id for one in (await sets.unregister(lab.ws, "mnist")).datasets] == [made.id]
    assert (await sets.get(lab.ws, made.id)).name is None
    with pytest.raises(DatasetNotFound):
        await sets.unregister(lab.ws, "mnist")
    assert (await sets.keep(lab.ws, DatasetAsk(TWO, "mnist"))).version == 1


async def test_unknown_datasets_are_told_with_what_there_is(lab: Lab) -> None:
    sets = lab.services.datasets
    with pytest.raises(DatasetNotFound, match="Registered: none"):
        await sets.by_name(lab.ws, "mnist")
    await sets.keep(lab.ws, DatasetAsk(ONE, "mnist"))
    with pytest.raises(DatasetNotFound, match=r"Did you mean 'mnist'.*from_files") as caught:
        await sets.by_name(lab.ws, "minst")
    assert "minst" in caught.value.message
    with pytest.raises(DatasetNotFound, match=r"version 7 .its versions: 1"):
        await sets.by_name(lab.ws, "mnist", 7)
    with pytest.raises(DatasetNotFound, match="with id"):
        await sets.get(lab.ws, "nothing")
    for bad in ("", " ", "a\nb", "x" * 256):
        with pytest.raises(BadValue):
            await sets.keep(lab.ws, DatasetAsk(ONE, bad))


async def test_runs_remember_their_datasets(lab: Lab) -> None:
    sets = lab.services.datasets
    made = await sets.keep(lab.ws, DatasetAsk(ONE, "mnist"))
    given = DataInput("train", "mount", ONE.paths, reference={"dataset_id": made.id})
    inputs = (given, replace(given, name="other", reference={"dataset_id": "of another workspace"}), replace(given))
    spec = RunSpec(command=CommandSpec("train.py"), inputs=inputs)
    older = await lab.record(spec=spec)
    newer = await lab.record(spec=replace(spec, inputs=(replace(given, mode="download"),)))
    await sets.unregister(lab.ws, "mnist")
    uses = (await sets.uses(lab.ws, made.id)).uses
    assert [(use.run_id, use.name, use.mode) for use in uses] == [
        (newer.id, "train", "download"),
        (older.id, "train", "mount"),
    ]
    with pytest.raises(DatasetNotFound):
        await sets.uses(lab.ws, "nothing")


async def test_an_output_knows_the_id_of_its_run(lab: Lab) -> None:
    target = DataPath("folder", "/d", "dataset/{run-id}/res", "workspaceblobstore")
    spec = RunSpec(command=CommandSpec("train.py"), outputs=(DataOutput("res", target), DataOutput("none")))
    run = await lab.record(spec=spec)
    kept = (await lab.services.runs.details(lab.ws, run.id)).spec
    assert kept is not None
    assert [one.target and one.target.pattern for one in kept.outputs] == ["dataset/%s/res" % run.id, None]
