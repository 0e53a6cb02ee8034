"""Models at the server: repeated requests, contents that must not be swept, what a run may do, bad requests."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from tests.server.lab import Lab
from trainshed.contract.api import FileAsk
from trainshed.contract.errors import BadValue, BlobMissing, NotAllowed, RunNotFound
from trainshed.contract.model_errors import ModelFileStillWritten, ModelNotFound, ModelPathNotFound
from trainshed.contract.models import ModelAsk, ModelDataset, ModelPatch
from trainshed.contract.names import new_id
from trainshed.contract.status import RunStatus
from trainshed.server.services import model_sources
from trainshed.server.services.callers import RUN, THE_USER, Caller
from trainshed.server.storage.model_rows import ModelFilter

pytestmark = pytest.mark.anyio
S = RunStatus


def stored(lab: Lab, path: str, data: bytes) -> FileAsk:
    """A file as the SDK on the server's machine leaves it."""
    name = new_id()
    (lab.services.ground.layout.incoming / name).write_bytes(data)
    return FileAsk(path, sha256(data).hexdigest(), len(data), incoming=name)


async def registered(lab: Lab, name: str = "m", data: bytes = b"weights", **more: Any) -> Any:
    ask = ModelAsk(new_id(), name, files=(stored(lab, "model.pkl", data),), **more)
    return await lab.services.models.register(lab.ws, ask, THE_USER)


async def test_a_repeated_request_makes_one_version(lab: Lab) -> None:
    ask = ModelAsk(new_id(), "m", files=(stored(lab, "model.pkl", b"1"),))
    first = await lab.services.models.register(lab.ws, ask, THE_USER)
    assert await lab.services.models.register(lab.ws, ask, THE_USER) == first
    assert (await registered(lab)).version == 2


async def test_a_sweep_leaves_what_a_model_refers_to(lab: Lab) -> None:
    model = await registered(lab, data=b"kept")
    twin = await registered(lab, "twin", data=b"kept")
    swept, _ = await lab.services.upkeep.sweep(-1)
    assert swept == []
    await lab.services.models.delete(lab.ws, model.name, 1)
    assert (await lab.services.upkeep.sweep(-1))[0] == []
    await lab.services.models.delete(lab.ws, twin.name, 1)
    assert (await lab.services.upkeep.sweep(-1))[0] == [sha256(b"kept").hexdigest()]


async def test_a_model_outlives_the_file_that_it_came_from(lab: Lab) -> None:
    run = await lab.record()
    await lab.services.files.add(lab.ws, run.id, [stored(lab, "outputs/a.pkl", b"first")])
    ask = ModelAsk(new_id(), "m", run_id=run.id, run_path="outputs/a.pkl")
    await lab.services.models.register(lab.ws, ask, THE_USER)
    later = stored(lab, "outputs/a.pkl", b"second")
    await lab.services.files.add(lab.ws, run.id, [FileAsk(later.path, later.sha256, later.size, later.incoming, True)])
    await lab.services.upkeep.sweep(-1)
    (file,) = (await lab.services.models.files(lab.ws, "m", 1)).files
    assert lab.services.ground.layout.content(file.sha256).read_bytes() == b"first" and file.path == "a.pkl"


async def test_models_outlive_the_server(lab: Lab) -> None:
    made = await registered(lab, tags={"a": None}, description="words")
    again = await lab.reopened()
    assert await again.services.models.newest(again.ws, ModelFilter(name="m")) == made
    assert again.services.ground.layout.content(sha256(b"weights").hexdigest()).exists()
    again.services.close()


async def test_a_run_registers_for_its_family_only(lab: Lab) -> None:
    run, stranger = await lab.record(), await lab.record()
    uid = 1
    caller = Caller(RUN, lab.ws, run.id, uid)
    models = lab.services.models
    with pytest.raises(NotAllowed):
        await models.register(lab.ws, ModelAsk(new_id(), "m", run_id=stranger.id, run_path="x"), caller)
    made = await models.register(lab.ws, ModelAsk(new_id(), "m", files=(stored(lab, "a", b"1"),)), caller)
    assert (made.run_id, made.experiment, made.created_by) == (run.id, "exp", f"run {run.id}")


@pytest.mark.parametrize("paths", [[], ["a", "b"], ["a/x", "b/x"], ["a", "a/x"], ["a/x", "a/x"], ["a", "a"]], ids=str)
async def test_files_that_make_up_no_model(lab: Lab, paths: list[str]) -> None:
    files = tuple(stored(lab, path, b"1") for path in paths)
    with pytest.raises(BadValue):
        await lab.services.models.register(lab.ws, ModelAsk(new_id(), "m", files=files), THE_USER)
    assert (await lab.services.models.page(lab.ws, ModelFilter(), 10)).models == ()


async def test_what_is_not_there_is_told_before_a_version_is_counted(lab: Lab) -> None:
    models, run = lab.services.models, await lab.record()
    missing = FileAsk("a", "0" * 64, 1)
    asks = [
        (BlobMissing, ModelAsk(new_id(), "m", files=(missing,))),
        (RunNotFound, ModelAsk(new_id(), "m", run_id="none", run_path="a")),
        (ModelPathNotFound, ModelAsk(new_id(), "m", run_id=run.id, run_path="a")),
        (BadValue, ModelAsk(new_id(), "m", files=(stored(lab, "a", b"1"),), datasets=(ModelDataset("d", "none"),))),
    ]
    for kind, ask in asks:
        with pytest.raises(kind):
            await models.register(lab.ws, ask, THE_USER)
    made = await registered(lab)
    assert made.version == 1
    with pytest.raises(BadValue, match="register it first"):
        await models.patch(lab.ws, "m", 1, ModelPatch(add_datasets=(ModelDataset("d", "none"),), set_tags={"a": "b"}))
    assert (await models.newest(lab.ws, ModelFilter())).tags == {}
    with pytest.raises(ModelNotFound):
        await models.patch(lab.ws, "m", 2, ModelPatch())


async def test_a_file_that_may_come_yet(lab: Lab) -> None:
    run = await lab.submit()
    with pytest.raises(ModelPathNotFound, match=r"It is Queued: run\.wait_for_completion\(\) waits"):
        await lab.services.models.register(lab.ws, ModelAsk(new_id(), "m", run_id=run.id, run_path="a"), THE_USER)


async def test_datasets_are_named_as_they_are_registered(lab: Lab) -> None:
    from trainshed.contract.data_records import DatasetAsk, DatasetDefinition

    data = await lab.services.datasets.keep(lab.ws, DatasetAsk(DatasetDefinition(), "mnist"))
    dataset = ModelDataset("training", data.id)
    made = await registered(lab, datasets=(dataset, dataset), sample_input_dataset_id=data.id)
    assert made.datasets == (ModelDataset("training", data.id, "mnist", 1),)
    patched = await lab.services.models.patch(
        lab.ws, "m", 1, ModelPatch(add_datasets=(dataset, ModelDataset("test", data.id)))
    )
    assert [d.purpose for d in patched.datasets] == ["training", "test"]
    found = await lab.services.models.page(lab.ws, ModelFilter(dataset_id=data.id), 10)
    assert [model.label for model in found.models] == ["m:1"]


async def test_a_growing_file_is_waited_for_and_then_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_sources, "PATIENCE_S", 0.3)
    monkeypatch.setattr(model_sources, "QUIET_S", 3600.0)
    agent = await lab.agent()
    await agent.say(S.PREPARING, S.STARTING, S.RUNNING)
    await agent.log("outputs/model.bin", b"half", kind="file")
    ask = ModelAsk(new_id(), "m", run_id=agent.run.id, run_path="outputs/model.bin")
    with pytest.raises(ModelFileStillWritten, match=r"4 bytes so far"):
        await lab.services.models.register(lab.ws, ask, THE_USER)
    monkeypatch.setattr(model_sources, "QUIET_S", 0.0)
    await lab.services.models.register(lab.ws, ask, THE_USER)
    (file,) = (await lab.services.models.files(lab.ws, "m", 1)).files
    assert file.sha256 == sha256(b"half").hexdigest()
    assert [path.name for path in lab.services.ground.layout.incoming.iterdir()] == []


async def test_pages_go_on_after_a_model_and_end(lab: Lab) -> None:
    for number in range(5):
        await registered(lab, "m%d" % (number % 2))
    models, seen, after = lab.services.models, [], None
    while True:
        page = await models.page(lab.ws, ModelFilter(), 2, after)
        seen += [model.label for model in page.models]
        after = page.next
        if after is None:
            break
    assert seen == ["m0:3", "m1:2", "m0:2", "m1:1", "m0:1"]
    with pytest.raises(BadValue, match="no such model"):
        await models.page(lab.ws, ModelFilter(), 2, "gone")


def test_the_library_for_secrets_is_not_loaded_before_there_is_one() -> None:
    import subprocess
    import sys

    code = (
        "import sys, trainshed.server.app.process, trainshed.server.services, trainshed.server.api.table;"
        "assert 'cryptography' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
