"""A workspace on a server that the tests of one module share, and an empty folder to sit in."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from azureml.core import Experiment, Workspace
from tests.conftest import close_home


@pytest.fixture(scope="module")
def house() -> Iterator[Path]:
    """A home for the tests of one module. A test that kills its server takes `home` instead."""
    path = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(path))
        # Started here, its processes carry the session's mark and not the first test's.
        patch.chdir(path)
        Workspace.from_config()
        yield path
        close_home(path)


@pytest.fixture
def experiment(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Experiment:
    """An experiment named by the test."""
    monkeypatch.chdir(tmp_path)
    assert os.environ["TRAINSHED_HOME"] == str(house)
    name = "".join(char if char.isalnum() else "-" for char in request.node.name)
    return Experiment(Workspace.from_config(), name)
