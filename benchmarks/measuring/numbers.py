"""From samples to the numbers that are reported."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Sequence


@dataclass(frozen=True)
class Summary:
    """``p95``: nearest rank, so that it is a value that was really measured."""

    count: int
    median: float
    p95: float


def summarize(samples: Sequence[float], *, more_is_better: bool = False) -> Summary:
    """Median and the value that 95 % of the samples are at least as good as. ValueError without samples."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples, reverse=more_is_better)
    return Summary(len(ordered), statistics.median(ordered), ordered[math.ceil(0.95 * len(ordered)) - 1])
