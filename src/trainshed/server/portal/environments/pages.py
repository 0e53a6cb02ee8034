"""What the pages of environments show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainshed.server.portal.framing import Link


@dataclass(frozen=True)
class EnvironmentLine:
    """The newest version of an environment. ``packages``: the first few that it asks for; ``more``: how many more."""

    name: str
    version: int
    href: str
    created_at: datetime
    packages: tuple[str, ...]
    more: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class EnvironmentsPage:
    """All registered environments."""

    title: str
    environments: tuple[EnvironmentLine, ...]


@dataclass(frozen=True)
class EnvironmentPage:
    """One version. ``definition``: all of it, as JSON for people."""

    title: str
    name: str
    version: int
    created_at: datetime
    labels: tuple[str, ...]
    packages: tuple[str, ...]
    definition: str
    versions: tuple[Link, ...]
    list_href: str
    code: str
