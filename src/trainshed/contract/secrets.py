"""Secrets on the wire. Values are left out of every ``repr``, so that no log line and no traceback shows one."""

from __future__ import annotations

import re
from typing import Mapping, Optional, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.frozen import dataclass, field

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
#: Azure Key Vault's limit.
MAX_VALUE_BYTES = 25 * 1024


def check_secret_name(name: object) -> str:
    """Return ``name`` if Azure Key Vault would take it: 1 to 127 letters, digits and ``-``; else BadValue."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadValue(what="secret name %r" % (name,), why="it must be 1 to 127 letters, digits or '-'")
    return name


@dataclass(frozen=True)
class SecretView:
    """A secret without its value."""

    name: str
    content_type: Optional[str] = None


@dataclass(frozen=True)
class SecretsPatch:
    """Body of ``POST /workspaces/{ws}/secrets``: all of it happens, or none. To remove one that is not there is no
    error.
    """

    set: Mapping[str, str] = field(default_factory=dict, repr=False)
    remove: Tuple[str, ...] = ()
    content_type: Optional[str] = None


@dataclass(frozen=True)
class SecretPage:
    """Answer of ``GET /workspaces/{ws}/secrets``: names, no values."""

    secrets: Tuple[SecretView, ...]


@dataclass(frozen=True)
class SecretsAsk:
    """Body of ``POST /workspaces/{ws}/secrets/values``."""

    names: Tuple[str, ...]


@dataclass(frozen=True)
class SecretsAnswer:
    """Its answer: the values of those that are there."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    content_types: Mapping[str, str] = field(default_factory=dict)
