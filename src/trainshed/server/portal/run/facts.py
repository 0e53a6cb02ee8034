"""Names with values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """A name with its value, both as text."""

    name: str
    value: str


def pairs(values: Mapping[str, str | None]) -> tuple[Fact, ...]:
    """Names with their values, in their order."""
    return tuple(Fact(name, value or "") for name, value in values.items())
