"""What the pages of data show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainshed.server.portal.framing import Link


@dataclass(frozen=True)
class DatasetLine:
    """A version of a registered dataset."""

    name: str
    version: int
    href: str
    created_at: datetime
    kind: str
    paths: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    description: str


@dataclass(frozen=True)
class StoreLine:
    """A datastore. ``folder`` empty: no folder stands in for it; ``settings``: the file where one can be named."""

    name: str
    type: str
    folder: str
    settings: str
    is_default: bool


@dataclass(frozen=True)
class DataPage:
    """The newest version of each dataset, and the datastores."""

    title: str
    datasets: tuple[DatasetLine, ...]
    stores: tuple[StoreLine, ...]


@dataclass(frozen=True)
class UseLine:
    """A run that was given a dataset, as its input ``name``."""

    run_id: str
    href: str
    status: str
    name: str
    mode: str


@dataclass(frozen=True)
class DatasetPage:
    """A dataset. ``name`` empty: it is not registered; ``steps``: what is done to its files, in words."""

    title: str
    id: str
    name: str
    version: int
    description: str
    created_at: datetime
    kind: str
    paths: tuple[str, ...]
    steps: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    versions: tuple[Link, ...]
    uses: tuple[UseLine, ...]
    list_href: str
    code: str
