"""Models and secrets from within a script, with the run's token; and right after a run's end."""

from __future__ import annotations

from pathlib import Path

import pytest

from azureml.core import Model
from tests.integration.submitting import Desk, driver_log, wait_for_log
from tests.support.folders import contents_below

pytestmark = pytest.mark.timeout(180)


def test_outputs_are_models_right_after_the_end(desk: Desk) -> None:
    run = desk.completed(
        """
        import os
        os.makedirs("outputs/net", exist_ok=True)
        for number in range(40):
            with open("outputs/ridge_%02d.pkl" % number, "w") as file:
                file.write(str(number))
        open("outputs/net/empty.txt", "w").close()
        with open("outputs/net/weights.bin", "wb") as file:
            file.write(os.urandom(300000))
        """
    )
    models = [run.register_model("ridge", "./outputs/ridge_%02d.pkl" % number) for number in (0, 39)]
    assert [model.id for model in models] == ["ridge:1", "ridge:2"]
    assert Path(models[1].download(str(desk.folder / "a"))).read_text() == "39"
    where = Path(run.register_model("net", "outputs/net").download(str(desk.folder / "b")))
    assert (where / "empty.txt").stat().st_size == 0 and (where / "weights.bin").stat().st_size == 300000
    log = run.register_model("log", "azureml-logs/70_driver_log.txt")
    assert Path(log.download(str(desk.folder / "c"))).read_bytes() == driver_log(run).encode()


def test_a_script_registers_what_it_has_just_written(desk: Desk) -> None:
    """No upload and no wait before it; and it finds models by name, in a fresh folder."""
    run = desk.completed(
        """
        import os
        from azureml.core import Model, Run
        run = Run.get_context()
        with open("outputs/model.pkl", "w") as file:
            file.write("weights 1")
        first = run.register_model("in-script", "outputs/model.pkl", tags={"by": "script"})
        with open("outputs/model.pkl", "w") as file:
            file.write("weights 2")
        second = run.register_model("in-script", os.path.abspath("outputs/model.pkl"))
        third = Model.register(run.experiment.workspace, "train.py", "in-script")
        print("made", first.id, second.id, third.id, first.run_id == third.run_id == run.id)
        ws = run.experiment.workspace
        print("path", Model.get_model_path("in-script", version=1), Model(ws, "in-script").version)
        print("read", *(open(Model.get_model_path("in-script", number)).read() for number in (1, 2)))
        second.add_tags({"late": "tag"})
        try:
            second.delete()
        except Exception as error:
            print("deleting:", error.message)
        """
    )
    log = driver_log(run)
    assert "made in-script:1 in-script:2 in-script:3 True" in log
    assert "path azureml-models/in-script/1/model.pkl 3" in log
    assert "read weights 1 weights 2" in log
    assert "deleting: Not allowed" in log
    found = Model(desk.workspace, "in-script", version=2)
    assert found.tags == {"late": "tag"} and found.created_by["userName"] == f"run {run.id}"
    assert [model.version for model in Model.list(desk.workspace, run_id=run.id)] == [3, 2, 1]


def test_a_file_that_is_open_is_registered_when_it_rests(desk: Desk) -> None:
    run = desk.submit(
        """
        import os, time
        from azureml.core import Run
        file = open("outputs/checkpoint.bin", "wb", buffering=0)
        file.write(b"x" * 1000)
        print("written", flush=True)
        while not os.path.exists(os.environ["GO"]):
            time.sleep(0.05)
        file.write(b"y" * 10)
        """.replace('os.environ["GO"]', repr(str(desk.folder / "go")))
    )
    wait_for_log(run, "written")
    from tests.support.waiting import wait_until

    wait_until(lambda: "outputs/checkpoint.bin" in run.get_file_names(), 60, "the file")
    try:
        model = run.register_model("checkpoint", "outputs/checkpoint.bin")
    finally:
        (desk.folder / "go").touch()
    run.wait_for_completion()
    assert Path(model.download(str(desk.folder / "a"))).read_bytes() == b"x" * 1000
    again = run.register_model("checkpoint", "outputs/checkpoint.bin")
    assert Path(again.download(str(desk.folder / "b"))).read_bytes() == b"x" * 1000 + b"y" * 10


def test_a_script_reads_secrets_and_no_more(desk: Desk) -> None:
    vault = desk.workspace.get_default_keyvault()
    vault.set_secrets({"db-password": "s3cret-of-the-vault", "other": "o"})
    run = desk.completed(
        """
        import hashlib
        from azureml.core import Run
        run = Run.get_context()
        value = run.get_secret("db-password")
        print("hash", hashlib.sha256(value.encode()).hexdigest())
        print("several", sorted(run.get_secrets(["db-password", "none"])), run.get_secrets(["none"]))
        vault = run.experiment.workspace.get_default_keyvault()
        assert vault.get_secret(name="other") == "o"
        for what in (vault.list_secrets, lambda: vault.set_secret("new", "x"), lambda: vault.delete_secret("other")):
            try:
                what()
            except Exception as error:
                print("refused:", type(error).__name__)
        """
    )
    import hashlib

    log = driver_log(run)
    assert "hash " + hashlib.sha256(b"s3cret-of-the-vault").hexdigest() in log
    assert "several ['db-password', 'none'] {'none': None}" in log
    assert log.count("refused: NotAllowed") == 3
    assert vault.list_secrets() == [{"name": "db-password"}, {"name": "other"}]
    # Nowhere but sealed: no log, no spec, no node folder.
    for path, data in contents_below(desk.home):
        assert b"s3cret-of-the-vault" not in data, path
