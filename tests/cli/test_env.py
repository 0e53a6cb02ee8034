"""`trainshed env`."""

from __future__ import annotations

from typing import List

import pytest

from azureml.core import Environment, Workspace
from tests.cli.conftest import Shelf, trainshed


@pytest.fixture(scope="module")
def registered(shelf: Shelf) -> None:
    """mine:1 and mine:2."""
    workspace = Workspace.from_config()
    environment = Environment("mine")
    asked = environment.python.conda_dependencies
    assert asked is not None
    asked.add_pip_package("six")
    environment.register(workspace)
    asked.add_conda_package("python-dateutil")
    asked.set_python_version("3.11")
    environment.register(workspace)
    Environment.label(workspace, "mine", "2", ["good"])


def test_a_workspace_without_one(shelf: Shelf) -> None:
    typed = trainshed("env", "list")
    assert (typed.code, typed.out) == (0, "") and "next: " in typed.err
    curated = trainshed("env", "list", "--curated").lines
    assert len(curated) > 10 and all(line.startswith("AzureML-") and line.endswith("curated") for line in curated)


def test_list_versions_show(shelf: Shelf, registered: None) -> None:
    def rows(*words: str) -> List[List[str]]:
        return [line.split("\t") for line in trainshed("env", *words).lines]

    assert [row[:2] for row in rows("list")] == [["mine", "2"]]
    assert rows("list")[0][3:] == ["3.11", "python-dateutil, azureml-defaults, six", "good"]
    assert [row[:2] for row in rows("versions", "mine")] == [["mine", "2"], ["mine", "1"]]
    shown = trainshed("env", "show", "mine").out
    for words in ("version      2", "python       3.11", "conda\n  python-dateutil", "pip\n  azureml-defaults\n  six"):
        assert words in shown, shown
    first = trainshed("env", "show", "mine:1", "--json").json["environment"]
    assert first["version"] == "1" and "python-dateutil" not in str(first)
    assert [one["version"] for one in trainshed("env", "versions", "mine", "--json").json["environments"]] == [2, 1]
    assert "scikit-learn" in trainshed("env", "show", "AzureML-Tutorial").out


def test_what_is_not_there(shelf: Shelf, registered: None) -> None:
    for words in (("show", "yours"), ("build", "yours"), ("versions", "yours"), ("show", "mine:9")):
        typed = trainshed("env", *words)
        assert typed.code == 3 and "next: trainshed env list --curated" in typed.err, typed.err
    for words in (("show",), ("list", "--target", "local"), ("show", "mine", "--curated"), ("burn", "mine")):
        assert trainshed("env", *words).code == 2
