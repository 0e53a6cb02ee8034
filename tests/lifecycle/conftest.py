"""A home that leaves nothing behind, and a hand on its server."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from tests.lifecycle.desk import Desk
from trainshed.client import embedded


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """A home of this test with nothing in it yet; its server and forkers are gone at the end."""
    yield Desk(home)
    embedded.stop(home)
