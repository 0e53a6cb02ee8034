"""A series drawn small, and logged values as text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: The box of a sparkline, in SVG units.
WIDTH, HEIGHT = 120, 24

_VALUE_LIMIT = 200


@dataclass(frozen=True)
class Sparkline:
    """A series drawn small: ``points`` of an SVG polyline in a box of 120 by 24, with what the box spans."""

    points: str
    low: str
    high: str


def value_text(value: Any) -> str:
    """A logged value as text: numbers with six digits, long texts cut."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return cut(", ".join(f"{name}: {value_text(item)}" for name, item in value.items()))
    return cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def cut(text: str) -> str:
    """Long texts end in an ellipsis."""
    return text if len(text) <= _VALUE_LIMIT else text[: _VALUE_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def sparkline(stretches: Sequence[tuple[float, float]]) -> Sparkline | None:
    """A polyline through the lowest and highest of each stretch; None for fewer than two finite ones."""
    spans = [span for span in stretches if all(map(math.isfinite, span))]
    if len(spans) < 2:
        return None
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    points = []
    for number, span in enumerate(spans):
        x = number * WIDTH / (len(spans) - 1)
        points += [f"{x:.1f},{_y(value, low, high):.1f}" for value in dict.fromkeys(span)]
    return Sparkline(" ".join(points), value_text(float(low)), value_text(float(high)))


def _y(value: float, low: float, high: float) -> float:
    """From the top of the box, one unit of room at both edges; a flat course lies in the middle."""
    # Halved first: the distance of two floats may be more than a float holds.
    distance = high / 2 - low / 2
    share = (value / 2 - low / 2) / distance if distance > 0 else 0.5
    return 1 + (1 - share) * (HEIGHT - 2)
