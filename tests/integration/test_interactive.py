"""Runs of the notebook: start_logging, its ends, its outputs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from azureml.core import Experiment, Run, Workspace
from azureml.exceptions import UserErrorException
from tests.integration.submitting import Desk, by_name, content, driver_log, wait_for_end, write
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)


def test_from_start_to_complete(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    assert run.get_status() == "Running"
    for i in range(10):
        run.log("loss", 1 / (i + 1))
    run.complete()
    assert run.get_status() == "Completed"
    assert run.get_metrics() == {"loss": [1 / (i + 1) for i in range(10)]}
    assert Path.cwd() == desk.folder and not list(desk.folder.iterdir())


def test_a_block_completes_it(desk: Desk) -> None:
    with desk.experiment.start_logging(snapshot_directory=None) as run:
        run.log("a", 1)
    assert run.get_status() == "Completed" and run.get_metrics() == {"a": 1}


def test_an_error_in_the_block_fails_it(desk: Desk) -> None:
    with pytest.raises(ValueError):
        with desk.experiment.start_logging(snapshot_directory=None) as run:
            raise ValueError("of the user")
    assert run.get_status() == "Failed"
    assert "of the user" in str(run.get_details()["error"])


def test_fail_names_the_error(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    run.fail(error_details="diverged", error_code="E42")
    assert run.get_status() == "Failed"
    assert "diverged" in str(run.get_details()["error"])


def test_cancel_and_at_once_the_new_status(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    run.cancel()
    assert run.get_status() == "Canceled"


@pytest.mark.parametrize("first", ["cancel", "complete", "fail"])
def test_what_comes_after_its_end_changes_nothing(desk: Desk, first: str, caplog: pytest.LogCaptureFixture) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    getattr(run, first)()
    ended = run.get_status()
    for later in ("cancel", "complete", "fail", "cancel"):
        getattr(run, later)()
        assert run.get_status() == ended
    said = [record.message for record in caplog.records if f"stays {ended}" in record.message]
    assert len(said) == (2 if first == "cancel" else 1) and run.id in said[0]


def test_outputs_are_uploaded_at_its_end(desk: Desk) -> None:
    with desk.experiment.start_logging(snapshot_directory=None) as run:
        folder = Path(run._get_outputs_datapath())
        write(folder / "model.txt", "a model")
        write(folder / "deep" / "b.txt", "b")
    assert by_name(run.get_file_names(), "outputs/") == ["outputs/deep/b.txt", "outputs/model.txt"]
    assert content(run, "outputs/model.txt", desk.folder) == b"a model"


def test_outputs_of_a_folder_named_by_the_user(desk: Desk) -> None:
    with desk.experiment.start_logging(outputs="results", snapshot_directory=None) as run:
        write(desk.folder / "results" / "model.txt", "a model")
    assert by_name(run.get_file_names(), "outputs/") == ["outputs/model.txt"]


@pytest.mark.parametrize("outputs", ["a file", "a file/below", 5])
def test_outputs_that_can_be_no_folder_make_no_run(desk: Desk, outputs: Any) -> None:
    write(desk.folder / "a file", "")
    runs = len(list(desk.experiment.get_runs(include_children=True)))
    parent = desk.experiment.start_logging(snapshot_directory=None, outputs=False)
    for start in (lambda: desk.experiment.start_logging(outputs), lambda: parent.child_run(outputs=outputs)):
        with pytest.raises(UserErrorException, match="outputs"):
            start()
    assert len(list(desk.experiment.get_runs(include_children=True))) == runs + 1
    parent.complete()


def test_no_default_outputs_where_nothing_can_be_written(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    write(desk.folder / "outputs", "a file of the user's")
    with desk.experiment.start_logging(snapshot_directory=None) as run:
        run.log("a", 1)
    assert run.get_status() == "Completed" and run.get_file_names() == []
    assert "keeps no files" in caplog.text


def test_files_that_cannot_be_sent(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """They keep nobody from failing or canceling a run; complete() says so and can be called again."""
    for end, status in (("fail", "Failed"), ("cancel", "Canceled"), ("complete", "Running")):
        run = desk.experiment.start_logging(snapshot_directory=None)
        write(desk.folder / "outputs" / "new\nline", end)
        if end == "complete":
            with pytest.raises(UserErrorException, match="control character"):
                run.complete()
        else:
            getattr(run, end)()
            assert "were not sent" in caplog.text
        assert run.get_status() == status
        caplog.clear()
    (desk.folder / "outputs" / "new\nline").rename(desk.folder / "outputs" / "one")
    run.complete()
    assert run.get_status() == "Completed" and run.get_file_names() == ["outputs/one"]


def test_the_snapshot_of_the_present_folder(desk: Desk) -> None:
    write(desk.folder / "analysis.py", "print('x')")
    run = desk.experiment.start_logging()
    run.complete()
    assert run.get_snapshot_id()
    assert content_of_snapshot(run, desk.folder) == {"analysis.py": b"print('x')"}


def content_of_snapshot(run: Run, folder: Path) -> dict[str, bytes]:
    import zipfile

    path = Path(run.restore_snapshot(path=str(folder / "snapshot")))
    if path.is_dir():
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_notebook_sees_its_own_points_at_once(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None, outputs=False)
    for count in range(2, 20):
        run.log("mine", count)
        found = run.get_metrics()["mine"]
        assert found == (2 if count == 2 else list(range(2, count + 1)))
    run.complete()
    assert run.get_metrics()["mine"] == list(range(2, 20))


def test_points_of_a_notebook_are_seen_without_a_flush(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    run.log("live", 1)
    other = Run(Experiment(desk.workspace, desk.experiment.name), run.id)
    wait_until(lambda: other.get_metrics() == {"live": 1}, 60, "the point, seen by another reader")
    run.complete()


NOTEBOOK = """
    import os, sys
    from azureml.core import Workspace, Experiment
    run = Experiment(Workspace.from_config(), 'gone').start_logging(snapshot_directory=None)
    for i in range(5000): run.log('point', i)
    print(run.id, flush=True)
    {ending}
"""


@pytest.mark.parametrize("ending", ["pass", "sys.exit(0)", "run.flush(); os._exit(0)"])
def test_points_of_a_notebook_that_went_away(desk: Desk, ending: str) -> None:
    script = write(desk.folder / "notebook.py", NOTEBOOK.format(ending=ending))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60, check=True)
    run = Run(Experiment(Workspace.from_config(), "gone"), done.stdout.split()[-1])
    assert run.get_metrics()["point"] == list(range(5000))


def test_import_prints_nothing(desk: Desk) -> None:
    command = [sys.executable, "-c", "import azureml.core"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "" and done.stderr == ""


def test_notices_go_to_stderr(desk: Desk) -> None:
    command = [sys.executable, "-c", "from azureml.core import Workspace; Workspace.from_config()"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == ""
    assert str(desk.home) in done.stderr or "workspace" in done.stderr.lower()


def test_context_outside_of_a_run(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    from azureml.core.run import _OfflineRun
    from azureml.exceptions import RunEnvironmentException

    run = Run.get_context()
    assert type(run) is _OfflineRun
    assert run.id.startswith("OfflineRun_")
    assert not hasattr(run, "experiment") and not hasattr(run, "parent") and not hasattr(run, "input_datasets")
    run.log("loss", 0.5)
    assert "loss" in capfd.readouterr().out
    run.complete()
    with pytest.raises(RunEnvironmentException):
        Run.get_context(allow_offline=False)


def test_the_context_of_a_script(desk: Desk) -> None:
    run = desk.completed(
        """
        import os, time
        from azureml.core import Run, Workspace
        run = Run.get_context(allow_offline=False)
        assert run.id == os.environ['AZUREML_RUN_ID'], run.id
        assert Run.get_context().id == run.id
        assert type(run) is Run, type(run)
        assert Workspace.from_config().name == run.experiment.workspace.name
        assert run.experiment.name == os.environ['AZUREML_ARM_PROJECT_NAME']
        assert run.get_status() == 'Running', run.get_status()
        assert run.experiment.workspace.get_details()
        other = next(run.experiment.get_runs())
        assert other.id == run.id
        header = run.experiment.workspace._auth_object.get_authentication_header()
        assert header['Authorization'].startswith('Bearer ')
        """
    )
    assert run.get_status() == "Completed"


def test_a_real_azureml_core_beside_ours_is_told_of_once(desk: Desk) -> None:
    """Ours answers. The folder has the real one's shape: an `azureml`, and the package by which it is known."""
    place = desk.folder / "site"
    write(place / "azureml" / "__init__.py", "raise SystemExit('the real one')")
    write(place / "azureml" / "_base_sdk_common" / "__init__.py", "")
    config = desk.config(
        """
        import subprocess, sys
        from azureml.core import Run
        Run.get_context().log('a', 1)
        Run.get_context()
        subprocess.run([sys.executable, '-c', 'from azureml.core import Run; Run.get_context()'], check=True)
        """
    )
    config.run_config.environment.environment_variables = {"PYTHONPATH": str(place)}
    run = desk.experiment.submit(config)
    assert wait_for_end(run) == "Completed"
    assert run.get_metrics() == {"a": 1}
    said = "Trainshed answers `import azureml` in this run; the azureml-core in %s is not used.\n"
    assert driver_log(run) == said % place


def test_complete_fail_and_cancel_inside_a_script_set_no_status(desk: Desk) -> None:
    calls = ("run.complete()", "run.fail('no')", "run.cancel()")
    runs = [
        desk.submit(f"from azureml.core import Run\nrun = Run.get_context()\n{call}\nrun.log('after', 1)\n")
        for call in calls
    ]
    for run in runs:
        assert wait_for_end(run) == "Completed"
        assert run.get_metrics() == {"after": 1}


def test_a_run_token_reaches_no_foreign_run(desk: Desk) -> None:
    other = desk.experiment.start_logging(snapshot_directory=None)
    run = desk.completed(
        """
        import sys
        from azureml.core import Run
        from azureml.exceptions import AzureMLException
        run = Run.get_context()
        other = Run(run.experiment, sys.argv[1])
        for attempt in (lambda: other.tag('spoilt', 'yes'), lambda: other.fail('spoilt')):
            try:
                attempt()
                print('it was allowed')
            except AzureMLException as error:
                print('refused', error.message)
        """,
        [other.id],
    )
    assert driver_log(run).count("refused") == 2, driver_log(run)
    assert other.get_status() == "Running" and other.get_tags() == {}
    other.complete()
