"""v1's JSON kinds of metrics, drawn: confusion matrix, accuracy table (ROC and precision-recall curves), residuals,
predictions.

What a script wrote is not trusted to have the form that the SDK checked: anything else is :class:`NotDrawn`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trainshed.server.portal.run.plots import Axes, Bar, Plot, Trace, axes, bars, path

#: A larger document is not drawn, in bytes; classes that a matrix and curves are drawn for.
MOST_BYTES, MOST_CLASSES, MOST_CURVES = 8 * 2**20, 60, 12
_HEAT_LEVELS = 9
_ADDRESS = re.compile(r"aml://artifactId/ExperimentRun/dcid\.([^/]+)/(.+)", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """``level``: 0 to 9, how dark within its row."""

    text: str
    level: int


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix: a row for each true class."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: str = "matrix"


@dataclass(frozen=True)
class Plots:
    """Curves or bars."""

    plots: tuple[Plot, ...]
    kind: str = "plots"


@dataclass(frozen=True)
class NotDrawn:
    """Why."""

    why: str
    kind: str = "none"


Drawing = Matrix | Plots | NotDrawn


def file_of(value: Any, run_id: str) -> str | None:
    """The run's file that a metric's value names, if it is such an address."""
    match = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    return match.group(2) if match and match.group(1) == run_id else None


def file_named(value: Any) -> str | None:
    """The file that such an address names, of whatever run."""
    match = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    return match.group(2) if match else None


def drawn(data: bytes) -> Drawing | None:
    """The drawing of a document; None: it is no document of these kinds."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        return None
    kind = whole.get("schema_type") if isinstance(whole, dict) else None
    draw = _DRAW.get(kind) if isinstance(kind, str) else None
    if draw is None:
        return None
    try:
        return draw(whole["data"])
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
        return NotDrawn(f"It does not have the form of {kind}: {type(error).__name__}.")


def _matrix(data: Mapping[str, Any]) -> Drawing:
    labels = tuple(map(str, data["class_labels"]))
    if len(labels) > MOST_CLASSES:
        return NotDrawn(f"{len(labels)} classes are too many for a matrix on a page.")
    rows = [[_finite(value) for value in row] for row in data["matrix"]]
    if len(rows) != len(labels) or any(len(row) != len(labels) for row in rows):
        raise ValueError("matrix")
    return Matrix(labels, tuple(tuple(_cell(value, row) for value in row) for row in rows))


def _cell(value: float, row: Sequence[float]) -> Cell:
    most = max(row)
    return Cell(f"{value:.6g}", round(_HEAT_LEVELS * max(0.0, value) / most) if most > 0 else 0)


def _accuracy(data: Mapping[str, Any]) -> Drawing:
    labels = list(map(str, data["class_labels"]))
    tables = [[tuple(map(_finite, row)) for row in table] for table in data["probability_tables"]]
    if len(tables) != len(labels) or not tables:
        raise ValueError("probability_tables")
    named = list(zip(labels, tables))[:MOST_CURVES]
    if len(tables) > 1 and len({len(table) for table in tables}) == 1:
        named.insert(0, ("all classes", _summed(tables)))
    unit = Axes(0.0, 1.0, 0.0, 1.0)
    roc = [Trace(label, path(_roc(table), unit), f"area {_area(_roc(table)):.4f}") for label, table in named]
    recall = [Trace(label, path(_precision_recall(table), unit)) for label, table in named]
    return Plots(
        (
            Plot("ROC", "false positive rate", "true positive rate", unit, tuple(roc)),
            Plot("Precision-recall", "recall", "precision", unit, tuple(recall)),
        )
    )


def _summed(tables: Sequence[Sequence[tuple[float, ...]]]) -> list[tuple[float, ...]]:
    return [tuple(map(sum, zip(*rows))) for rows in zip(*tables)]


def _roc(table: Sequence[tuple[float, ...]]) -> list[tuple[float, float]]:
    points = [(_share(fp, fp + tn), _share(tp, tp + fn)) for tp, fp, tn, fn in table]
    return sorted({(0.0, 0.0), (1.0, 1.0), *points})


def _precision_recall(table: Sequence[tuple[float, ...]]) -> list[tuple[float, float]]:
    return sorted({(_share(tp, tp + fn), tp / (tp + fp)) for tp, fp, _, fn in table if tp + fp > 0})


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _area(points: Sequence[tuple[float, float]]) -> float:
    return sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in zip(points, points[1:]))


def _residuals(data: Mapping[str, Any]) -> Drawing:
    edges, counts = list(map(_finite, data["bin_edges"])), list(map(_finite, data["bin_counts"]))
    # v1 counts what lies below the first and above the last edge, too.
    if len(counts) == len(edges) + 1:
        step = edges[1] - edges[0] if len(edges) > 1 else 1.0
        edges = [edges[0] - step, *edges, edges[-1] + step]
    if len(counts) != len(edges) - 1:
        raise ValueError("bin_counts")
    shape = axes([edges[0], edges[-1]], [0.0, *counts])
    return Plots((Plot("Residuals", "residual", "count", shape, (), bars(edges, counts, shape)),))


def _predictions(data: Mapping[str, Any]) -> Drawing:
    averages, errors = list(map(_finite, data["bin_averages"])), list(map(_finite, data["bin_errors"]))
    counts, edges = list(map(_finite, data["bin_counts"])), list(map(_finite, data["bin_edges"]))
    if len({len(averages), len(errors), len(counts)}) != 1 or len(edges) < 2:
        raise ValueError("bins")
    # As many edges as bins, or one more: a bin's value stands over its middle.
    middles = [(a + b) / 2 for a, b in zip(edges, edges[1:])] if len(edges) > len(averages) else edges
    pairs = list(zip(middles, averages, errors))
    ends = [edges[0], edges[-1]]
    shape = axes(ends, [*ends, *(a - e for _, a, e in pairs), *(a + e for _, a, e in pairs)])
    traces = (
        Trace("predicted", path([(x, a) for x, a, _ in pairs], shape)),
        Trace("predicted + error", path([(x, a + e) for x, a, e in pairs], shape)),
        Trace("predicted - error", path([(x, a - e) for x, a, e in pairs], shape)),
        Trace("ideal", path([(end, end) for end in ends], shape)),
    )
    plots = [Plot("Predicted and true", "true value", "predicted value", shape, traces)]
    if len(edges) == len(counts) + 1:
        below = axes(ends, [0.0, *counts])
        plots.append(Plot("How many", "true value", "count", below, (), bars(edges, counts, below)))
    return Plots(tuple(plots))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("number")
    return number


_DRAW = {
    "confusion_matrix": _matrix,
    "accuracy_table": _accuracy,
    "residuals": _residuals,
    "predictions": _predictions,
}

__all__ = ["Bar", "Cell", "Drawing", "Matrix", "NotDrawn", "Plots", "drawn", "file_of"]
