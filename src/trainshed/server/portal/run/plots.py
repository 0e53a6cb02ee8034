"""Curves and bars as SVG coordinates, for plots that no script draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The inside of a plot, in SVG units.
WIDTH, HEIGHT = 320, 200
_MOST_POINTS = 400


@dataclass(frozen=True)
class Axes:
    """What a plot spans."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def corners(self) -> tuple[str, str, str, str]:
        """Left, right, bottom, top as text."""
        return (f"{self.left:.4g}", f"{self.right:.4g}", f"{self.bottom:.4g}", f"{self.top:.4g}")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """A point's place, from the upper left corner."""
        across = (x - self.left) / ((self.right - self.left) or 1.0)
        up = (y - self.bottom) / ((self.top - self.bottom) or 1.0)
        return round(across * WIDTH, 1), round((1 - up) * HEIGHT, 1)


@dataclass(frozen=True)
class Trace:
    """A curve: ``points`` of an SVG polyline."""

    name: str
    points: str
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar; ``text`` says what it stands for."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True)
class Plot:
    """A plot with its labels."""

    title: str
    x_label: str
    y_label: str
    axes: Axes
    traces: tuple[Trace, ...] = ()
    bars: tuple[Bar, ...] = ()


def axes(xs: Sequence[float], ys: Sequence[float]) -> Axes:
    """What holds all of these."""
    return Axes(min(xs), max(xs), min(ys), max(ys))


def path(points: Sequence[tuple[float, float]], shape: Axes) -> str:
    """A polyline through the points; of very many, through evenly chosen ones."""
    step = max(1, -(-len(points) // _MOST_POINTS))
    chosen = [*points[::step], *points[-1:]] if step > 1 else points
    return " ".join("{},{}".format(*shape.at(x, y)) for x, y in chosen)


def bars(edges: Sequence[float], counts: Sequence[float], shape: Axes) -> tuple[Bar, ...]:
    """A bar between each two neighbouring edges."""
    found = []
    for left, right, count in zip(edges, edges[1:], counts):
        x, y = shape.at(left, count)
        end, floor = shape.at(right, 0.0)
        text = f"{left:.4g} to {right:.4g}: {count:.6g}"
        found.append(Bar(x, y, round(max(0.5, end - x - 1), 1), round(max(0.0, floor - y), 1), text))
    return tuple(found)
