"""Names and words that nothing can have are refused at once, with those that can."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest

from azureml.core import Dataset, Environment, Experiment, Run, Workspace
from azureml.exceptions import UserErrorException

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def workspace(house: Path) -> Iterator[Workspace]:
    yield Workspace.from_config()


@pytest.mark.parametrize("name", ["", " x", "x ", "a/b", "..", "-a", "a\n", "x" * 256, 5, None])
def test_a_workspace(workspace: Workspace, name: Any) -> None:
    with pytest.raises(UserErrorException, match="workspace name"):
        Workspace.create(name, exist_ok=True)
    with pytest.raises(UserErrorException, match="workspace resource_group"):
        Workspace.create("fine", resource_group="a/b", exist_ok=True)


@pytest.mark.parametrize("name", ["", " ", " x", "x ", "a/b", "..", "-a", "a\n", "x" * 256, 5, None, "a:b"])
def test_a_dataset(workspace: Workspace, tmp_path: Path, name: Any) -> None:
    (tmp_path / "file").touch()
    dataset = Dataset.File.from_files(str(tmp_path / "file"))
    with pytest.raises(UserErrorException, match="dataset name"):
        dataset.register(workspace, name)


def test_a_workspace_may_still_have_its_tutorials_name(workspace: Workspace) -> None:
    made = Workspace.create("<my_workspace_name>", resource_group="<myresourcegroup>", exist_ok=True)
    assert made.name == "<my_workspace_name>"


def test_datasets_may_have_names_of_all_languages_and_blanks(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    dataset = Dataset.File.from_files(str(tmp_path / "file"))
    for name in ("mnist dataset", "\u00dcbung-1.2 (neu)", "a", "x" * 255):
        assert dataset.register(workspace, name).name == name
    with pytest.raises(UserErrorException, match="register, workspace 'ws'"):
        dataset.register("ws", "name")  # type: ignore[arg-type]


def test_a_status(workspace: Workspace) -> None:
    experiment = Experiment(workspace, "statuses")
    with pytest.raises(UserErrorException, match=r"status 'Bogus': use one of NotStarted, Queued,.* Canceled"):
        Run.list(experiment, status="Bogus")
    with pytest.raises(UserErrorException, match="Did you mean 'Completed'"):
        Run.list(experiment, status="complete")
    assert list(Run.list(experiment, status="Completed")) == []


def test_who_builds_gives_a_workspace() -> None:
    with pytest.raises(UserErrorException, match=r"Environment.build, workspace 'nope': give a Workspace"):
        Environment("x").build("nope")  # type: ignore[arg-type]
