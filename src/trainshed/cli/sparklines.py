"""A series of numbers as one line of small bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"
#: For terminals that can show no others.
ASCII_BARS = "_.,-=+*#"


def sparkline(values: Sequence[float], width: int, bars: str = BARS) -> str:
    """At most ``width`` bars from the smallest to the largest value; each stands for as many values as the others, and
    shows their mean. What is no finite number leaves a gap.
    """
    means = [_mean(part) for part in _parts(values, width)]
    known = [mean for mean in means if mean is not None]
    if not known:
        return ""
    low, span = min(known), max(known) - min(known)
    return "".join(" " if mean is None else _bar(mean, low, span, bars) for mean in means)


def _bar(value: float, low: float, span: float, bars: str) -> str:
    if not 0 < span < math.inf:
        return bars[len(bars) // 2 - 1]
    return bars[min(len(bars) - 1, int((value - low) / span * len(bars)))]


def _parts(values: Sequence[float], width: int) -> list[Sequence[float]]:
    count = min(len(values), width)
    return [values[number * len(values) // count : (number + 1) * len(values) // count] for number in range(count)]


def _mean(values: Sequence[float]) -> float | None:
    finite = [value for value in values if math.isfinite(value)]
    return sum(value / len(finite) for value in finite) if finite else None


def condensed(values: Sequence[float], most: int) -> list[float]:
    """At most so many values in place of all: means of equal parts, and at the end the very last value."""
    if len(values) <= most:
        return list(values)
    means = [_mean(part) for part in _parts(values, most - 1)]
    return [*(math.nan if mean is None else mean for mean in means), values[-1]]


def bars_for(encoding: str | None) -> str:
    """Those that a stream of this encoding can show."""
    try:
        BARS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII_BARS
    return BARS


def numbers(values: object) -> list[float]:
    """The values of a metric as numbers; empty for one that holds texts, rows or tables."""
    found = []
    for value in values if isinstance(values, (list, tuple)) else [values]:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return []
        found.append(float(value))
    return found
