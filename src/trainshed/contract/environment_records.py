"""What server and SDK tell each other about registered environments and private wheels."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Mapping, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.frozen import dataclass, field
from trainshed.contract.packages.curated import PREFIXES

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._-]{0,254}")


@dataclass(frozen=True)
class EnvironmentRecord:
    """A version of a registered environment.

    Args:
        version: counted from 1.
        definition: v1's serialised Environment, without name and version.
        latest: the newest version of that name.
        labels: given to this version by ``Environment.label``.
    """

    name: str
    version: int
    definition: Mapping[str, Any]
    created_at: datetime
    latest: int
    labels: Tuple[str, ...] = ()


@dataclass(frozen=True)
class EnvironmentAsk:
    """Register a definition under a name. The newest version's own definition again makes no new version."""

    name: str
    definition: Mapping[str, Any]


@dataclass(frozen=True)
class EnvironmentPage:
    """Environments, by name."""

    environments: Tuple[EnvironmentRecord, ...] = ()


@dataclass(frozen=True)
class LabelAsk:
    """Give labels to a version; another version of the same name loses them."""

    version: int
    labels: Tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class WheelAsk:
    """Record a wheel whose content the store has. ``exist_ok``: one of that name may be there."""

    file_name: str
    sha256: str
    exist_ok: bool = False


@dataclass(frozen=True)
class WheelRecord:
    """A private wheel of a workspace."""

    file_name: str
    sha256: str


def check_environment_name(name: Any) -> str:
    """The name, or BadValue: 1 to 255 letters, digits, blanks, ``_``, ``-``, ``.``; not one of the curated ones."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        why = "1 to 255 letters, digits, blanks, '_', '-' and '.', a letter, digit or '_' first"
        raise BadValue(what="Environment name %r" % (name,), why=why)
    if name.lower().startswith(PREFIXES):
        raise BadValue(
            what="Environment name %r" % name,
            why="names that begin with 'AzureML' or 'Microsoft' are taken by the curated environments; "
            "give your own by clone('another-name')",
        )
    return name
