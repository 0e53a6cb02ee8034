"""Which metrics share a chart: ``loss``, ``val_loss`` and ``train/loss``; ``gpu_0`` and ``gpu_1``."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Lines that one chart can hold and still be read.
MOST_LINES = 8

_SPLIT = re.compile(r"[\s_./:-]+")
_SETS = frozenset({"train", "training", "trn", "val", "valid", "validation", "test", "testing", "eval", "dev"})


def family(name: str) -> str:
    """The name without the words for a data set and without numbers; the name itself if nothing is left."""
    parts = [part for part in _SPLIT.split(name.lower()) if part and part not in _SETS and not part.isdigit()]
    return " ".join(parts) or name


def families(names: Iterable[str]) -> list[list[str]]:
    """The names by families, in the order in which the first of each comes; at most MOST_LINES together."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(family(name), []).append(name)
    return [
        group[start : start + MOST_LINES] for group in groups.values() for start in range(0, len(group), MOST_LINES)
    ]
