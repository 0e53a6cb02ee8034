"""A house for a module's tests, a folder to submit from, and the check that nothing is left when a test ends."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from azureml.core import Experiment, Workspace
from tests.conftest import close_home
from tests.integration.submitting import Desk
from tests.support.chaos import House, kill_all
from tests.support.chaos_remains import assert_nothing_left


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose server the tests of one module share. A test that kills it takes `home` instead."""
    path = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(path))
        patch.chdir(tmp_path_factory.mktemp("nowhere"))
        Workspace.from_config()
        yield path
        close_home(path)


@pytest.fixture
def desk(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    """Where a user sits: an empty folder, the workspace, an experiment of its own."""
    yield from _seated(house, tmp_path, monkeypatch, request)


@pytest.fixture
def lone_desk(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    """The same with a home that no other test uses."""
    yield from _seated(home, tmp_path, monkeypatch, request)


def _seated(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    monkeypatch.chdir(folder)
    assert os.environ["TRAINSHED_HOME"] == str(home)
    workspace = Workspace.from_config()
    name = "".join(char if char.isalnum() else "-" for char in request.node.name)
    yield Desk(home, folder, workspace, Experiment(workspace, name))
    try:
        assert_nothing_left(home)
    finally:
        # What one test left behind shall not fail those after it.
        kill_all([*House(home).shims(), *House(home).agents()])
