"""v1's JSON kinds of metrics: ``{"schema_type": ..., "schema_version": ..., "data": {...}}``, checked before anything
is kept.

Follows: azureml.core.Run.log_confusion_matrix, log_accuracy_table, log_residuals, log_predictions.
"""

from __future__ import annotations

import json
from typing import Any, Callable, List, Mapping, Tuple

from trainshed.contract.errors import BadMetric

CONFUSION_MATRIX, ACCURACY_TABLE = "confusion_matrix", "accuracy_table"
RESIDUALS, PREDICTIONS = "residuals", "predictions"

_VERSIONS = ("v1", "1.0.0")
_TABLES = ("probability_tables", "percentile_tables")
_KEYS: Mapping[str, Tuple[str, ...]] = {
    CONFUSION_MATRIX: ("class_labels", "matrix"),
    ACCURACY_TABLE: (*_TABLES, "probability_thresholds", "percentile_thresholds", "class_labels"),
    RESIDUALS: ("bin_edges", "bin_counts"),
    PREDICTIONS: ("bin_averages", "bin_errors", "bin_counts", "bin_edges"),
}
#: Each row of an accuracy table: true positives, false positives, true negatives, false negatives.
_COUNTS = 4


def checked(name: str, value: Any, kind: str) -> bytes:
    """The value as JSON. Arrays become lists.

    Args:
        name: of the metric.
        value: a dict, or JSON text.
        kind: one of the four above.

    Raises:
        BadMetric: says what is missing, too much, or of the wrong form.
    """
    whole = _mapping(name, value, kind)
    if whole.get("schema_type") != kind:
        raise _bad(name, "schema_type must be %r, not %r." % (kind, whole.get("schema_type")))
    if whole.get("schema_version") not in _VERSIONS:
        raise _bad(name, "schema_version must be 'v1', not %r." % (whole.get("schema_version"),))
    data = whole.get("data")
    if not isinstance(data, dict):
        raise _bad(name, "data must be a dict with %s." % ", ".join(_KEYS[kind]))
    _check_keys(name, data, kind)
    for check in _CHECKS[kind]:
        check(name, data)
    return json.dumps(whole).encode("ascii")


def _mapping(name: str, value: Any, kind: str) -> Mapping[str, Any]:
    """As JSON sees it."""
    try:
        text = value if isinstance(value, (str, bytes)) else json.dumps(value, default=_listed)
        whole = json.loads(text)
    except (TypeError, ValueError) as error:
        raise _bad(name, "it cannot be read as JSON: %s" % error) from error
    if not isinstance(whole, dict):
        raise _bad(name, "%s is a dict or JSON text of one, not %s." % (_one(kind), type(whole).__name__))
    return whole


def _listed(value: Any) -> Any:
    """numpy's arrays and scalars, for json."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError("%s is no JSON value" % type(value).__name__)


def _check_keys(name: str, data: Mapping[str, Any], kind: str) -> None:
    missing = [key for key in _KEYS[kind] if key not in data]
    foreign = [key for key in data if key not in _KEYS[kind]]
    words = [text % ", ".join(keys) for text, keys in (("lacks %s", missing), ("has no place for %s", foreign)) if keys]
    if words:
        what = _one(kind).capitalize()
        raise _bad(name, "data %s. %s has: %s." % (" and ".join(words), what, ", ".join(_KEYS[kind])))


def _one(kind: str) -> str:
    return "%s %s" % ("an" if kind[0] in "aeiou" else "a", kind)


def _numbers(key: str) -> Callable[[str, Mapping[str, Any]], None]:
    def check(name: str, data: Mapping[str, Any]) -> None:
        if not _is_numbers(data[key]):
            raise _bad(name, "%s must be a list of numbers." % key)

    return check


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, (int, float)) and one.__class__ is not bool for one in value)


def _labels(name: str, data: Mapping[str, Any]) -> None:
    labels = data["class_labels"]
    if not isinstance(labels, list) or any(isinstance(label, (list, dict)) for label in labels):
        raise _bad(name, "class_labels must be a list of names.")


def _square(name: str, data: Mapping[str, Any]) -> None:
    matrix, size = data["matrix"], len(data["class_labels"])
    rows: List[Any] = matrix if isinstance(matrix, list) else []
    if len(rows) != size or not all(_is_numbers(row) and len(row) == size for row in rows):
        raise _bad(name, "matrix must have %d rows of %d numbers, as there are %d class_labels." % (size, size, size))


def _tables(name: str, data: Mapping[str, Any]) -> None:
    size = len(data["class_labels"])
    for key in _TABLES:
        tables = data[key]
        if not isinstance(tables, list) or len(tables) != size or not all(map(_is_counts, tables)):
            why = "%s must have a table for each of the %d class_labels, each row of it %d numbers."
            raise _bad(name, why % (key, size, _COUNTS))


def _is_counts(table: Any) -> bool:
    return isinstance(table, list) and all(_is_numbers(row) and len(row) == _COUNTS for row in table)


def _bins(name: str, data: Mapping[str, Any]) -> None:
    keys = ("bin_averages", "bin_errors", "bin_counts")
    lengths = {key: len(data[key]) for key in keys}
    if len(set(lengths.values())) > 1:
        raise _bad(name, "%s must be of one length; here: %r." % (", ".join(keys), lengths))


def _bad(name: str, why: str) -> BadMetric:
    return BadMetric(name=name, why=why)


_CHECKS: Mapping[str, Tuple[Callable[[str, Mapping[str, Any]], None], ...]] = {
    CONFUSION_MATRIX: (_labels, _square),
    ACCURACY_TABLE: (_labels, _tables, _numbers("probability_thresholds"), _numbers("percentile_thresholds")),
    RESIDUALS: tuple(map(_numbers, _KEYS[RESIDUALS])),
    PREDICTIONS: (*map(_numbers, _KEYS[PREDICTIONS]), _bins),
}
