"""A home with services in it, and a lab that plays user, control loop and agent against them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import AsyncIterator, Iterator

import pytest

from tests.server.lab import Lab
from trainshed.contract.layout import HomeLayout


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def layout() -> Iterator[HomeLayout]:
    """An empty home without a server; short, as a socket may lie in it."""
    path = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    yield HomeLayout(path)
    shutil.rmtree(path)


@pytest.fixture
async def lab(layout: HomeLayout) -> AsyncIterator[Lab]:
    """Open services with one workspace and the target ``local``."""
    lab = await Lab.open(layout)
    yield lab
    lab.services.close()
