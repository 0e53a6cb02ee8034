"""What is not there is an error of v1's class, whose words name it, as docs/moving-from-azure.md says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Tuple

import pytest
from msrest.exceptions import HttpOperationError

from azureml import exceptions as e
from azureml.core import Dataset, Datastore, Environment, Experiment, Model, Run, RunConfiguration, Workspace
from azureml.core.compute import ComputeTarget
from azureml.data.dataset_error_handling import DatasetValidationError

pytestmark = pytest.mark.timeout(120)

PAGE = Path(__file__).parents[2] / "docs" / "moving-from-azure.md"
U = e.UserErrorException


def page_rows() -> Iterator[Tuple[str, str]]:
    """Classes and first words of each row of the page's table."""
    table = PAGE.read_text().partition("## What a missing thing raises")[2]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 3 and "`" in cells[1]:
            yield cells[1], cells[2].rstrip(". ")


@pytest.fixture(scope="module")
def run(house: Path) -> Iterator[Run]:
    found = Experiment(Workspace.from_config(), "has-next-to-nothing")
    run = found.start_logging(outputs=False, snapshot_directory=None)
    yield run
    run.complete()


CASES: Dict[str, Tuple[Tuple[Any, ...], Callable[[Workspace, Run], object], str]] = {
    "workspace": ((e.WorkspaceException,), lambda ws, run: Workspace("s", "g", "x"), "There is no workspace 'x'"),
    "experiment": ((U,), lambda ws, run: Experiment(ws, "x").refresh(), "has no experiment 'x'. Known: "),
    "run": ((U,), lambda ws, run: Run(run.experiment, "x"), "There is no run 'x' in "),
    "file": ((U,), lambda ws, run: run.download_file("x"), "has no file 'x'. Its files: "),
    "snapshot": ((e.SnapshotException,), lambda ws, run: run.restore_snapshot("x"), "The server has no snapshot 'x'"),
    "target": (
        (e.ComputeTargetException,),
        lambda ws, run: ComputeTarget(workspace=ws, name="x"),
        "ComputeTargetNotFound: there is no compute target 'x'. Those that exist: ",
    ),
    "datastore": (
        (HttpOperationError, U),
        lambda ws, run: Datastore.get(ws, "x"),
        "Could not find datastore 'x' in this workspace",
    ),
    "dataset": (
        (U,), lambda ws, run: Dataset.get_by_name(ws, "x"), "There is no dataset 'x' in this workspace. Registered: "
    ),
    "path": (
        (DatasetValidationError, U),
        lambda ws, run: Dataset.File.from_files((ws.get_default_datastore(), "x")),
        "matches no file",
    ),
    "model": (
        (e.ModelNotFoundException, e.WebserviceException),
        lambda ws, run: Model(ws, "x"),
        "ModelNotFound: Model with name x not found in provided workspace",
    ),
    "model file": (
        (e.ModelPathNotFoundException, U),
        lambda ws, run: run.register_model("x"),
        "Could not locate the provided model_path x in the set of files uploaded to the run",
    ),
    "secret": (
        (U,), lambda ws, run: ws.get_default_keyvault().get_secret("x"), "SecretNotFound: workspace "
    ),
    "environment": (
        (U,), lambda ws, run: Environment.get(ws, "x"), "Workspace has no environment 'x'. Those that exist: "
    ),
    "run configuration": (
        (e.RunConfigurationException, U),
        lambda ws, run: RunConfiguration.load(".", "x"),
        "There is no run configuration 'x' under ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_its_class_and_words(what: str, run: Run) -> None:
    kinds, call, words = CASES[what]
    with pytest.raises(kinds[0]) as error:
        call(run.experiment.workspace, run)
    assert isinstance(error.value, (e.AzureMLException, *kinds)) and words in error.value.message
    for kind in kinds:
        assert isinstance(error.value, kind)
    rows = [text for classes, text in page_rows() if all("`%s`" % kind.__name__ in classes for kind in kinds)]
    assert any(words.rstrip(": ")[:24] in text for text in rows), rows


@pytest.mark.parametrize("given", [None, "ws"])
def test_what_is_no_workspace_is_told(given: Any) -> None:
    for where, call in (
        ("Experiment", lambda: Experiment(given, "my")),
        ("Environment.get", lambda: Environment.get(given, "x")),
        ("Environment.list", lambda: Environment.list(given)),
        ("Environment.register", lambda: Environment("x").register(given)),
    ):
        with pytest.raises(U) as error:
            call()
        assert error.value.message == f"{where}, workspace {given!r}: give a Workspace, such as Workspace.from_config()"
