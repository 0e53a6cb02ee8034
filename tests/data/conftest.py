"""A workspace on a server that the tests of one module share, and an empty folder to sit in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, Iterator

import pytest

from azureml.core import Workspace
from tests.sdk.conftest import house as house


@pytest.fixture
def ws(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The default workspace, seen from an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Workspace.from_config()


@pytest.fixture
def settings(house: Path) -> Iterator[Callable[[str, str, object], None]]:
    """Writes one line of `data.json`: `settings("urls", prefix, folder)`; it is gone after the test."""
    file = house / "data.json"

    def write(section: str, name: str, folder: object) -> None:
        file.write_text(json.dumps({section: {name: str(folder)}}))

    yield write
    file.unlink(missing_ok=True)
