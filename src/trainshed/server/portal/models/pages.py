"""What the pages of models show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainshed.server.portal.framing import Choice, Link


@dataclass(frozen=True)
class ModelLine:
    """A version in a list. ``versions_href``: all of its name. ``run_href`` empty: it came from no run."""

    name: str
    version: int
    href: str
    versions_href: str
    created_at: datetime
    size: str
    framework: str
    run_id: str
    run_href: str
    tags: tuple[tuple[str, str], ...]
    description: str = ""


@dataclass(frozen=True)
class ModelsPage:
    """The newest version of each name, newest first, or all versions of one ``name``.

    ``narrowed``: a filter is set, so that none found does not mean none there.
    """

    title: str
    name: str
    here: str
    path: str
    workspace: str
    models: tuple[ModelLine, ...]
    frameworks: tuple[Choice, ...]
    tag: str
    narrowed: bool
    all_href: str
    list_href: str
    older: str = ""


@dataclass(frozen=True)
class ModelFileLine:
    """A file of a model. ``href`` downloads it."""

    path: str
    size: str
    href: str


@dataclass(frozen=True)
class ModelFact:
    """A name with its value; ``href``: where it leads to, if anywhere."""

    name: str
    value: str
    href: str = ""


@dataclass(frozen=True)
class ModelPage:
    """One version. ``lineage``: the run and the datasets that it was made from; ``versions``: its siblings."""

    title: str
    name: str
    version: int
    description: str
    created_at: datetime
    facts: tuple[ModelFact, ...]
    lineage: tuple[ModelFact, ...]
    tags: tuple[tuple[str, str], ...]
    properties: tuple[ModelFact, ...]
    files: tuple[ModelFileLine, ...]
    versions: tuple[Link, ...]
    zip_href: str
    versions_href: str
    list_href: str
    code: str
