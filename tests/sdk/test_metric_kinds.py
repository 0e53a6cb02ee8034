"""v1's JSON kinds of metrics: what passes, and what each mistake is told."""

from __future__ import annotations

import json
from typing import Any, Dict

import numpy as np
import pytest

from azureml.exceptions import UserErrorException
from trainshed.sdk.metrics import kinds

MATRIX = {"class_labels": ["a", "b"], "matrix": [[3, 0], [1, 2]]}
ROWS = [[1, 2, 3, 4], [0, 0, 1, 1]]
TABLE = {
    "probability_tables": [ROWS, ROWS],
    "percentile_tables": [ROWS, ROWS],
    "probability_thresholds": [0.5],
    "percentile_thresholds": [0.1],
    "class_labels": ["a", "b"],
}
RESIDUALS = {"bin_edges": [100, 200, 300], "bin_counts": [0.88, 20, 30, 50.99]}
PREDICTIONS = {"bin_averages": [0.2, 0.7], "bin_errors": [0.1, 0.4], "bin_counts": [5, 3], "bin_edges": [0, 0.5, 1]}
DATA: Dict[str, Dict[str, Any]] = {
    kinds.CONFUSION_MATRIX: MATRIX,
    kinds.ACCURACY_TABLE: TABLE,
    kinds.RESIDUALS: RESIDUALS,
    kinds.PREDICTIONS: PREDICTIONS,
}


def whole(kind: str, data: Any) -> Dict[str, Any]:
    return {"schema_type": kind, "schema_version": "v1", "data": data}


@pytest.mark.parametrize("kind", DATA)
def test_dicts_and_json_text_are_the_same(kind: str) -> None:
    value = whole(kind, DATA[kind])
    assert json.loads(kinds.checked("m", value, kind)) == value
    assert kinds.checked("m", json.dumps(value), kind) == kinds.checked("m", value, kind)


def test_arrays_become_lists() -> None:
    value = whole(kinds.CONFUSION_MATRIX, {"class_labels": np.array([0, 1]), "matrix": np.eye(2)})
    assert json.loads(kinds.checked("m", value, kinds.CONFUSION_MATRIX))["data"]["matrix"] == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (kinds.RESIDUALS, "no json", "cannot be read as JSON"),
        (kinds.RESIDUALS, [1], "dict or JSON text"),
        (kinds.RESIDUALS, whole(kinds.PREDICTIONS, RESIDUALS), "schema_type must be 'residuals', not 'predictions'"),
        (kinds.RESIDUALS, {"schema_type": kinds.RESIDUALS, "data": RESIDUALS}, "schema_version must be 'v1', not None"),
        (kinds.RESIDUALS, whole(kinds.RESIDUALS, [1]), "data must be a dict with bin_edges, bin_counts"),
        (kinds.RESIDUALS, whole(kinds.RESIDUALS, {"bin_edges": [1], "more": 2}), "lacks bin_counts and has no place"),
        (kinds.RESIDUALS, whole(kinds.RESIDUALS, {**RESIDUALS, "bin_edges": ["a"]}), "bin_edges must be a list of num"),
        (kinds.CONFUSION_MATRIX, whole(kinds.CONFUSION_MATRIX, {**MATRIX, "matrix": [[1, 2]]}), "2 rows of 2 numbers"),
        (kinds.CONFUSION_MATRIX, whole(kinds.CONFUSION_MATRIX, {**MATRIX, "class_labels": "ab"}), "list of names"),
        (kinds.ACCURACY_TABLE, whole(kinds.ACCURACY_TABLE, {**TABLE, "probability_tables": [ROWS]}), "each of the 2"),
        (kinds.ACCURACY_TABLE, whole(kinds.ACCURACY_TABLE, {**TABLE, "percentile_tables": [[[1]], ROWS]}), "4 numbers"),
        (kinds.PREDICTIONS, whole(kinds.PREDICTIONS, {**PREDICTIONS, "bin_errors": [1]}), "must be of one length"),
        (kinds.ACCURACY_TABLE, whole(kinds.ACCURACY_TABLE, {}), "An accuracy_table has: "),
        (kinds.PREDICTIONS, {"data": {1, 2}}, "set is no JSON value"),
    ],
)
def test_mistakes_are_told(kind: str, value: Any, words: str) -> None:
    with pytest.raises(UserErrorException, match="Metric 'm': ") as error:
        kinds.checked("m", value, kind)
    assert words in error.value.message
