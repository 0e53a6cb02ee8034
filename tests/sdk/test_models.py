"""Registered models on a real server: from runs, from this computer, found, changed, brought here."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, List

import pytest

from azureml.core import Experiment, Model, Run, Workspace
from azureml.core.model import MODELS_DIR
from azureml.core.model import Model as ModelAgain
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.exceptions import (
    AzureMLException,
    ModelNotFoundException,
    ModelPathNotFoundException,
    UserErrorException,
    WebserviceException,
)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def run(experiment: Experiment, tmp_path: Path) -> Run:
    """A finished run with a file model and a folder model."""
    run = experiment.start_logging(outputs=False, snapshot_directory=None)
    for name, text in (
        ("outputs/ridge.pkl", "ridge"),
        ("outputs/net/model.json", "{}"),
        ("outputs/net/variables/index", "0"),
        ("outputs/network.txt", "not of the folder"),
        ("named-as-the-model", "root"),
    ):
        (tmp_path / "source").write_text(text)
        run.upload_file(name, str(tmp_path / "source"))
    run.complete()
    return run


def own(experiment: Experiment, kind: str = "m") -> str:
    """A model name that no other test of the module has."""
    return "%s-%s" % (kind, experiment.name)


# --- registered from a run


def test_a_file_of_a_run_becomes_versions(run: Run, experiment: Experiment) -> None:
    name = own(experiment)
    before = datetime.now(timezone.utc)
    first = run.register_model(model_name=name, model_path="outputs/ridge.pkl")
    second = run.register_model(name, "outputs/ridge.pkl")
    assert [(m.name, m.version, m.id) for m in (first, second)] == [(name, 1, name + ":1"), (name, 2, name + ":2")]
    assert before <= first.created_time <= datetime.now(timezone.utc)
    assert (first.run_id, first.experiment_name) == (run.id, experiment.name)
    assert first.run == run and first.workspace == experiment.workspace
    assert first.url and first.mime_type == "application/json" and first.unpack is False
    assert first.created_by == {"userName": "user"}
    assert repr(first).startswith("Model(workspace=Workspace.create(name=") and "id=%s:1, version=1" % name in repr(
        first
    )
    assert ModelAgain is Model


def test_every_argument_is_kept(run: Run, experiment: Experiment) -> None:
    made = run.register_model(
        model_name=own(experiment),
        model_path="outputs/ridge.pkl",
        tags={"area": "diabetes", "count": 3},
        properties={"alpha": 0.4},
        model_framework=Model.Framework.SCIKITLEARN,
        model_framework_version="1.5",
        description="ridge regression",
        datasets=[],
        sample_input_dataset=None,
        sample_output_dataset=None,
        resource_configuration=ResourceConfiguration(cpu=1, memory_in_gb=0.5),
    )
    for model in (made, Model(experiment.workspace, made.name)):
        assert model.tags == {"area": "diabetes", "count": "3"} and model.properties == {"alpha": "0.4"}
        assert (model.model_framework, model.model_framework_version) == ("ScikitLearn", "1.5")
        assert model.description == "ridge regression"
        assert model.resource_configuration is not None
        assert model.resource_configuration.serialize() == {"cpu": 1.0, "memoryInGB": 0.5, "gpu": None}


@pytest.mark.parametrize("path", ["outputs/net", "./outputs/net", "outputs/net/", "outputs//net", "outputs\\net"])
def test_a_folder_of_a_run(run: Run, experiment: Experiment, tmp_path: Path, path: str) -> None:
    model = run.register_model(own(experiment), path)
    where = model.download(str(tmp_path / "here"))
    assert where == str(tmp_path / "here" / "net")
    assert sorted(str(p.relative_to(where)) for p in Path(where).rglob("*") if p.is_file()) == [
        "model.json",
        "variables/index",
    ]


def test_all_outputs_as_one_model(run: Run, experiment: Experiment, tmp_path: Path) -> None:
    where = run.register_model(own(experiment), "outputs/").download(str(tmp_path / "here"))
    assert where.endswith("/outputs") and (Path(where) / "ridge.pkl").read_text() == "ridge"


def test_without_a_path_the_file_is_named_as_the_model(run: Run, experiment: Experiment, tmp_path: Path) -> None:
    model = run.register_model("named-as-the-model", None)
    assert Path(model.download(str(tmp_path / "here"))).read_text() == "root"


def test_a_file_that_the_run_lacks(run: Run, experiment: Experiment) -> None:
    name = own(experiment)
    with pytest.raises(ModelPathNotFoundException) as caught:
        run.register_model("ridge")
    for words in ("Could not locate the provided model_path ridge", *run.get_file_names()):
        assert words in caught.value.message
    assert "model_path='outputs/ridge.pkl'" in caught.value.message
    for path in ("outputs/rid", "outputs/net/model", "outputs/ridge.pkl/x"):
        with pytest.raises(ModelPathNotFoundException):
            run.register_model(name, path)
    for path in ("../outputs", "/outputs/ridge.pkl", ""):
        with pytest.raises(UserErrorException):
            run.register_model(name, path)
    assert not Model.list(experiment.workspace, name)


def test_a_run_without_files_says_how_to_make_some(experiment: Experiment) -> None:
    with experiment.start_logging(outputs=False, snapshot_directory=None) as run:
        with pytest.raises(ModelPathNotFoundException, match=r"uploaded to the run: \[\].*outputs/model.pkl"):
            run.register_model("m", "outputs/model.pkl")


@pytest.mark.parametrize("name", ["", "-a", "a/b", "a b", "a" * 256, "\u00e9", None, 7])
def test_a_name_that_cannot_be(run: Run, name: Any) -> None:
    with pytest.raises(WebserviceException, match="1 to 255"):
        run.register_model(name, "outputs/ridge.pkl")
    with pytest.raises(WebserviceException, match="1 to 255"):
        Model.register(run.experiment.workspace, __file__, name)


def test_a_notebook_run_registers_what_it_has_just_written(experiment: Experiment, tmp_path: Path) -> None:
    run = experiment.start_logging(snapshot_directory=None)
    (tmp_path / "outputs" / "fresh.pkl").write_text("fresh")
    model = run.register_model(own(experiment), "outputs/fresh.pkl")
    (tmp_path / "outputs" / "fresh.pkl").write_text("later")
    run.complete()
    assert Path(model.download(str(tmp_path / "here"))).read_text() == "fresh"
    assert model.run_id == run.id


def test_many_at_once_get_versions_of_their_own(run: Run, experiment: Experiment) -> None:
    name = own(experiment)
    versions: List[int] = []

    def register() -> None:
        versions.append(run.register_model(name, "outputs/ridge.pkl").version)

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 9))


def test_datasets_are_its_lineage(run: Run, experiment: Experiment, tmp_path: Path) -> None:
    from azureml.core import Dataset
    from azureml.core.model import Dataset as DatasetAgain

    ws, name = experiment.workspace, own(experiment)
    (tmp_path / "digits.csv").write_text("1")
    unnamed = Dataset.File.from_files(str(tmp_path / "digits.csv"))
    named = unnamed.register(ws, own(experiment, "digits"))
    model = run.register_model(
        name,
        "outputs/ridge.pkl",
        datasets=[("training data", named), ("test data", unnamed)],
        sample_input_dataset=named,
        sample_output_dataset=named.as_named_input("x"),
    )
    again = Model(ws, name)
    for found in (model, again):
        (training,), (test,) = found.datasets["training data"], found.datasets["test data"]
        assert training.id == named.id and training.name == named.name and test.to_path() == ["/digits.csv"]
        assert found.sample_input_dataset.id == found.sample_output_dataset.id == named.id
    assert [m.id for m in Model.list(ws, dataset_id=named.id)] == [model.id]
    model.add_dataset_references([("validation", named), ("training data", named)])
    assert [(purpose, len(used)) for purpose, used in model.datasets.items()] == [
        ("training data", 1),
        ("test data", 1),
        ("validation", 1),
    ]
    other = Model.register(ws, str(tmp_path / "digits.csv"), name)
    assert other.datasets == {} and other.sample_input_dataset is None
    other.update(sample_input_dataset=named)
    assert Model(ws, name).sample_input_dataset.name == named.name
    for wrong in (["x"], [("a", 7)], 7):
        with pytest.raises(UserErrorException):
            run.register_model(name, "outputs/ridge.pkl", datasets=wrong)
    with pytest.raises(UserErrorException, match="unknown here"):
        run.register_model(name, "outputs/ridge.pkl", datasets=[("a", "no-such-id")])
    assert DatasetAgain is Dataset and Model(ws, name).version == 2


# --- registered from here


def test_a_local_file_and_a_local_folder(experiment: Experiment, tmp_path: Path) -> None:
    ws, name = experiment.workspace, own(experiment)
    folder = tmp_path / "saved model"
    (folder / "assets").mkdir(parents=True)
    (folder / "saved.pb").write_text("pb")
    (folder / "assets" / "v\u00f6cab.txt").write_text("words")
    one = Model.register(workspace=ws, model_path=str(folder / "saved.pb"), model_name=name, tags={"kind": "file"})
    two = Model.register(ws, folder, name)
    three = Model.register(ws, "saved model", name, child_paths=["assets", "saved.pb"])
    assert [m.version for m in (one, two, three)] == [1, 2, 3]
    assert one.run is None and one.run_id is None and one.experiment_name is None
    assert Path(one.download(str(tmp_path / "1"))).read_text() == "pb"
    for model in (two, three):
        where = Path(model.download(str(tmp_path / str(model.version))))
        assert where.name == "saved model" and (where / "assets" / "v\u00f6cab.txt").read_text() == "words"
    four = Model.register(ws, folder, name, child_paths=["saved.pb"])
    assert [path.name for path in Path(four.download(str(tmp_path / "4"))).iterdir()] == ["saved.pb"]


def test_what_is_not_here_cannot_be_registered(experiment: Experiment, tmp_path: Path) -> None:
    ws, name = experiment.workspace, own(experiment)
    (tmp_path / "empty").mkdir()
    for path, words in (("none.pkl", "cannot be found: .*/none.pkl"), ("empty", "without files")):
        with pytest.raises(WebserviceException, match=words):
            Model.register(ws, path, name)
    with pytest.raises(WebserviceException, match="child_paths"):
        Model.register(ws, "none", name, child_paths=["x"])
    with pytest.raises(UserErrorException, match="path"):
        Model.register(ws, 7, name)
    assert not Model.list(ws, name)


# --- found


def test_a_model_that_is_not_there(run: Run, experiment: Experiment) -> None:
    ws, name = experiment.workspace, own(experiment, "sklearn")
    run.register_model(name, "outputs/ridge.pkl")
    with pytest.raises(WebserviceException) as caught:
        Model(ws, name + "x")
    message = caught.value.message
    assert message.startswith("ModelNotFound: Model with name %sx not found in provided workspace" % name)
    assert "Did you mean %s" % name in message and "register_model" in message
    assert isinstance(caught.value, ModelNotFoundException)
    for given in ({"name": name, "version": 7}, {"id": name + ":7"}):
        with pytest.raises(WebserviceException, match=r"version 7 not found.*Versions of .*: 1\."):
            Model(ws, **given)
    with pytest.raises(WebserviceException, match="tag a=b"):
        Model(ws, name, tags={"a": "b"})
    for wrong in ({}, {"id": "no-colon"}, {"name": "a", "id": "b:1"}, {"name": name, "version": "one"}):
        with pytest.raises(UserErrorException):
            Model(ws, **wrong)


def test_the_constructor_narrows(run: Run, experiment: Experiment) -> None:
    ws, name = experiment.workspace, own(experiment)
    run.register_model(name, "outputs/ridge.pkl", tags={"a": "1", "b": None}, model_framework="Onnx")
    run.register_model(name, "outputs/ridge.pkl", tags={"a": "2"}, properties={"p": "q"})
    assert Model(ws, name).version == 2 and Model(ws, id=name + ":1").version == 1
    assert Model(ws, name, version=1) == Model(ws, name, version="1") == Model(ws, name, id=name + ":1")
    assert Model(ws, name, tags=["b"]).version == 1
    assert Model(ws, name, tags=[["a", "1"]]).version == Model(ws, name, tags=["b", ("a", 1)]).version == 1
    assert Model(ws, name, properties={"p": "q"}).version == 2
    assert Model(ws, name, model_framework="Onnx").version == 1
    assert Model(ws, name, run_id=run.id).version == 2
    assert len({Model(ws, name), Model(ws, name, version=2)}) == 1


def test_lists_are_newest_first(run: Run, experiment: Experiment) -> None:
    ws, names = experiment.workspace, [own(experiment, kind) for kind in "ab"]
    for name in (*names, *names, names[0]):
        run.register_model(name, "outputs/ridge.pkl", tags={"name": name})
    found = [m.id for m in Model.list(ws, run_id=run.id)]
    a, b = names
    assert found == [a + ":3", b + ":2", a + ":2", b + ":1", a + ":1"]
    assert [m.id for m in Model.list(ws, run_id=run.id, page_count=2)] == found
    assert [m.id for m in Model.list(ws, name=a)] == [a + ":3", a + ":2", a + ":1"]
    assert [m.id for m in Model.list(ws, run_id=run.id, latest=True)] == [a + ":3", b + ":2"]
    assert [m.id for m in Model.list(ws, tags=[["name", b]], latest=True)] == [b + ":2"]
    Model(ws, a, version=1).add_tags({"stage": "production"})
    Model(ws, a, version=2).add_tags({"stage": "production"})
    assert [m.id for m in Model.list(ws, a, tags={"stage": "production"}, latest=True)] == [a + ":2"]
    assert Model.list(ws, dataset_id="none") == [] == Model.list(ws, model_framework="none", name=a)
    models = ws.models
    assert models[a].version == 3 and models[b].version == 2


# --- changed


def test_tags_change_and_properties_stay(run: Run, experiment: Experiment) -> None:
    model = run.register_model(own(experiment), "outputs/ridge.pkl", tags={"a": "1"}, properties={"p": "1"})
    model.add_tags({"b": 2})
    model.remove_tags(["a", "not there"])
    model.add_properties({"q": "2"})
    model.add_properties({"p": "1"})
    again = Model(experiment.workspace, model.name)
    assert model.tags == again.tags == {"b": "2"} and again.properties == {"p": "1", "q": "2"}
    with pytest.raises(WebserviceException, match=r"'p'.*cannot be changed"):
        model.update_tags_properties(add_tags={"c": "3"}, add_properties={"p": "2"})
    assert Model(experiment.workspace, model.name).tags == {"b": "2"}
    model.update(tags={"only": "this"}, description="new words", resource_configuration=ResourceConfiguration(gpu=1))
    again = Model(experiment.workspace, model.name)
    assert again.tags == {"only": "this"} and again.description == "new words"
    assert again.resource_configuration is not None and again.resource_configuration.gpu == 1
    model.update(tags={})
    assert model.tags == {} and model.description == "new words"
    assert [tag for tag in ("only",) if tag in again.tags]  # a copy in hand stays as it was


def test_a_deleted_version_is_gone_and_its_number_is_not_given_again(run: Run, experiment: Experiment) -> None:
    ws, name = experiment.workspace, own(experiment)
    run.register_model(name, "outputs/ridge.pkl")
    last = run.register_model(name, "outputs/ridge.pkl", tags={"a": "b"}, properties={"p": "q"})
    last.delete()
    assert Model(ws, name).version == 1
    with pytest.raises(WebserviceException, match="version 2 not found"):
        last.add_tags({"a": "b"})
    with pytest.raises(WebserviceException, match="version 2 not found"):
        last.delete()
    assert run.register_model(name, "outputs/ridge.pkl").version == 3


def test_a_model_survives_json(run: Run, experiment: Experiment) -> None:
    model = run.register_model(
        own(experiment), "outputs/net", tags={"a": None}, resource_configuration=ResourceConfiguration(cpu=0.1)
    )
    payload = json.loads(json.dumps(model.serialize()))
    assert payload["id"] == model.id and payload["runId"] == run.id and payload["url"] == model.url
    again = Model.deserialize(experiment.workspace, payload)
    assert again == model and again.serialize() == model.serialize()
    assert again.download().endswith("net")
    with pytest.raises(UserErrorException, match="serialize"):
        Model.deserialize(experiment.workspace, {"name": "a"})


def test_resource_configurations() -> None:
    made = ResourceConfiguration(cpu=0.5, memory_in_gb=2, gpu=1)
    again = ResourceConfiguration.deserialize(made.serialize())
    assert again is not None and again.__dict__ == made.__dict__
    assert ResourceConfiguration.deserialize(None) is None
    with pytest.raises(UserErrorException, match="cpu"):
        ResourceConfiguration(cpu="two")  # type: ignore[arg-type]


# --- brought here


def test_download_replaces_only_when_told(run: Run, experiment: Experiment, tmp_path: Path) -> None:
    model = run.register_model(own(experiment), "outputs/ridge.pkl")
    assert model.download() == "./ridge.pkl"
    (tmp_path / "ridge.pkl").write_text("mine")
    with pytest.raises(WebserviceException, match=r"exist_ok.*ridge\.pkl"):
        model.download()
    assert (tmp_path / "ridge.pkl").read_text() == "mine"
    assert Path(model.download(exist_ok=True)).read_text() == "ridge"
    assert Path(model.download(".", exists_ok=True)).read_text() == "ridge"
    folder = run.register_model(own(experiment, "net"), "outputs/net")
    (tmp_path / "deep" / "net" / "variables").mkdir(parents=True)
    (tmp_path / "deep" / "net" / "variables" / "index").write_text("mine")
    with pytest.raises(WebserviceException, match="index"):
        folder.download(target_dir="deep")
    assert not (tmp_path / "deep" / "net" / "model.json").exists()
    assert not list(tmp_path.rglob("*.part"))


def test_model_path_outside_of_a_run(run: Run, experiment: Experiment, tmp_path: Path) -> None:
    ws, name = experiment.workspace, own(experiment)
    run.register_model(name, "outputs/ridge.pkl")
    with pytest.raises(ModelNotFoundException, match=r"azureml-models/.*_workspace=ws"):
        Model.get_model_path(name)
    path = Model.get_model_path(name, _workspace=ws)
    assert path == f"{MODELS_DIR}/{name}/1/ridge.pkl" and Path(path).read_text() == "ridge"
    assert Model.get_model_path(name) == Model.get_model_path(name, version=1) == path
    run.register_model(name, "outputs/net")
    assert Model.get_model_path(name, _workspace=ws) == f"{MODELS_DIR}/{name}/2/net"
    assert Model.get_model_path(name) == f"{MODELS_DIR}/{name}/2/net"
    assert Model.get_model_path(name, 1, ws) == path
    assert sorted(path.name for path in Path(MODELS_DIR, name).iterdir()) == ["1", "2"]
    with pytest.raises(ModelNotFoundException, match="version 9"):
        Model.get_model_path(name, 9, ws)
    with pytest.raises(ModelNotFoundException, match="none-such"):
        Model.get_model_path("none-such", _workspace=ws)


def test_model_path_offline(experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """v1's layout in the current folder is enough; no server is asked."""
    monkeypatch.setenv("TRAINSHED_HOME", "/nonexistent/nobody-asks")
    for version in ("9", "10", ".11.part"):
        (tmp_path / MODELS_DIR / "net" / version).mkdir(parents=True)
        (tmp_path / MODELS_DIR / "net" / version / "model.h5").write_text(version)
    assert Model.get_model_path("net") == f"{MODELS_DIR}/net/10/model.h5"
    (tmp_path / MODELS_DIR / "net" / "10" / "more.txt").write_text("")
    assert Model.get_model_path("net") == f"{MODELS_DIR}/net/10"
    (tmp_path / "beside.pkl").write_text("")
    assert Model.get_model_path("beside.pkl") == "beside.pkl"
    with pytest.raises(ModelNotFoundException):
        Model.get_model_path("net", version=3)


def test_workspaces_keep_their_models_apart(run: Run, experiment: Experiment) -> None:
    other = Workspace.create("other-" + experiment.name)
    name = own(experiment)
    run.register_model(name, "outputs/ridge.pkl")
    with pytest.raises(WebserviceException, match="no models yet"):
        Model(other, name)
    assert other.models == {}


def test_names_that_come_later_say_so() -> None:
    for name in ("InferenceConfig", "ModelPackage"):
        with pytest.raises(ImportError, match="compatibility"):
            exec("from azureml.core.model import " + name)


def test_methods_that_come_later_say_so(run: Run, experiment: Experiment) -> None:
    model = run.register_model(own(experiment), "outputs/ridge.pkl")
    for owner in (Model, model):
        for name in ("deploy", "package", "profile"):
            assert not hasattr(owner, name)
            with pytest.raises(UserErrorException, match=r"Model\.%s is not offered.*later release" % name):
                getattr(owner, name)
        with pytest.raises(AttributeError, match="nonsense"):
            owner.nonsense  # noqa: B018
    with pytest.raises(UserErrorException, match="download"):
        model.get_sas_urls()


def test_a_content_that_lies_broken_in_the_store_is_not_taken_for_the_model(
    run: Run, experiment: Experiment, house: Path, tmp_path: Path
) -> None:
    from hashlib import sha256

    from trainshed.contract.layout import HomeLayout

    (tmp_path / "weights").write_text("whole")
    model = Model.register(experiment.workspace, tmp_path / "weights", own(experiment))
    content = HomeLayout(house).content(sha256(b"whole").hexdigest())
    content.chmod(0o600)
    content.write_text("other")
    with pytest.raises(AzureMLException, match="another hash"):
        model.download("here")
    assert not list((tmp_path / "here").iterdir())
    content.unlink()
    with pytest.raises(AzureMLException):
        model.download("here")
    assert not list((tmp_path / "here").iterdir())
