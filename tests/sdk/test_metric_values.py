"""What may be logged, and the shapes that get_metrics gives."""

from __future__ import annotations

import decimal
import enum
import fractions
import math
from typing import Any, Dict, List

import numpy
import pytest

from trainshed.contract.columns import Column
from trainshed.contract.errors import BadMetric
from trainshed.sdk.metrics import values
from trainshed.sdk.metrics.shapes import v1_metrics


class Colour(enum.IntEnum):
    RED = 3


class Tensor:
    """As torch and TensorFlow have them: a shape and a way to a Python number."""

    def __init__(self, value: Any, shape: Any = ()) -> None:
        self.shape = shape
        self._value = value

    def item(self) -> Any:
        return self._value


class Eager:
    shape = ()

    def numpy(self) -> Any:
        return numpy.float32(0.5)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (1, 1),
        (1.5, 1.5),
        (True, True),
        (None, None),
        ("text", "text"),
        (numpy.float64(0.25), 0.25),
        (numpy.float32(0.5), 0.5),
        (numpy.int64(7), 7),
        (numpy.uint8(7), 7),
        (numpy.bool_(True), True),
        (numpy.str_("word"), "word"),
        (numpy.array(2.5), 2.5),
        (numpy.longdouble(0.5), 0.5),
        (Tensor(1.5), 1.5),
        (Eager(), 0.5),
        (decimal.Decimal("0.5"), 0.5),
        (fractions.Fraction(1, 2), 0.5),
        (Colour.RED, 3),
        (float("inf"), {"f": "inf"}),
        (numpy.float64("nan"), {"f": "nan"}),
    ],
)
def test_single_values(given: Any, plain: Any) -> None:
    found = values.scalar("m", given)
    assert found == plain and type(found) is type(plain)


@pytest.mark.parametrize(
    "given",
    [
        [1],
        (1,),
        {"a": 1},
        {1},
        b"x",
        object(),
        numpy.array([1, 2]),
        numpy.array([1.0]),
        1j,
        Tensor([1, 2], (2,)),
        len,
        int,
    ],
)
def test_what_is_no_single_value(given: Any) -> None:
    with pytest.raises(BadMetric) as error:
        values.scalar("m", given, instead="Use another.")
    assert "'m'" in error.value.message and "Use another." in error.value.message


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ([1, 2.5, "x", None, True], [1, 2.5, "x", None, True]),
        ((i * i for i in range(4)), [0, 1, 4, 9]),
        (range(3), [0, 1, 2]),
        (numpy.arange(3), [0, 1, 2]),
        (numpy.array([0.5, float("inf")]), [0.5, {"f": "inf"}]),
        (numpy.array(3), [3]),
        ({1: 2}.values(), [2]),
        ([], []),
        ([numpy.float32(0.5)], [0.5]),
    ],
)
def test_lists(given: Any, plain: List[Any]) -> None:
    found = values.scalars("m", given)
    assert found == plain and [type(item) for item in found] == [type(item) for item in plain]


@pytest.mark.parametrize("given", ["text", b"x", {"a": 1}, 5, None, [[1]], [{}], numpy.zeros((2, 2)), [object()]])
def test_what_is_no_list(given: Any) -> None:
    with pytest.raises(BadMetric):
        values.scalars("m", given)


def test_rows_and_tables() -> None:
    assert values.row("m", {"x": numpy.float64(1), 2: "b"}) == {"x": 1.0, "2": "b"}
    assert values.table("m", {"x": numpy.arange(2), "y": ["a", None]}) == {"x": [0, 1], "y": ["a", None]}
    assert values.table("m", {"x": 1, "y": "a"}) == {"x": [1], "y": ["a"]}
    assert values.table("m", {}) == {}
    with pytest.raises(BadMetric, match="column 'x'"):
        values.row("m", {"x": [1]})
    with pytest.raises(BadMetric, match="one length"):
        values.table("m", {"x": [1], "y": [1, 2]})
    with pytest.raises(BadMetric, match="dict of columns"):
        values.table("m", [1])


@pytest.mark.parametrize(("given", "step"), [(None, None), (3, 3), (numpy.int64(3), 3), (3.0, 3), (True, 1)])
def test_steps(given: Any, step: Any) -> None:
    assert values.step_of("m", given) == step


@pytest.mark.parametrize("given", [1.5, "x", [1], float("nan"), float("inf")])
def test_what_is_no_step(given: Any) -> None:
    with pytest.raises(BadMetric, match="whole number"):
        values.step_of("m", given)


@pytest.mark.parametrize("name", [None, 5, b"x", ["a"], ""])
def test_what_is_no_name(name: Any) -> None:
    with pytest.raises(BadMetric):
        values.check_name(name)


def series(name: str, kind: str, *given: Any) -> Column:
    return Column(name, kind, "", list(given))


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ([series("a", "scalar", 1)], {"a": 1}),
        ([series("a", "scalar", 1, 2)], {"a": [1, 2]}),
        ([series("a", "list", 5)], {"a": [5]}),
        ([series("a", "list", 1, 2), series("b", "scalar", None)], {"a": [1, 2], "b": None}),
        ([series("a", "list", 1, 2, 3)], {"a": [1, 2, 3]}),
        ([series("a", "list")], {"a": []}),
        ([series("a", "row", {"x": 1, "y": 2})], {"a": {"x": 1, "y": 2}}),
        ([series("a", "row", {"x": 1}, {"x": 2})], {"a": {"x": [1, 2]}}),
        ([series("a", "row", {"x": 1}, {"x": 2, "y": 3})], {"a": {"x": [1, 2], "y": [3]}}),
        ([series("a", "table", {"x": [1, 2], "y": ["a", "b"]})], {"a": {"x": [1, 2], "y": ["a", "b"]}}),
        ([series("a", "table", {"x": [1]}, {"x": [2]})], {"a": {"x": [1, 2]}}),
        ([series("a", "table", {"x": 1}, {"x": [2, 3]})], {"a": {"x": [1, 2, 3]}}),
        ([series("a", "table", 0.5, {"x": 1}, math.inf)], {"a": {"a": [0.5, math.inf], "x": [1]}}),
        ([], {}),
    ],
)
def test_shapes_of_v1(given: List[Column], shape: Dict[str, Any]) -> None:
    assert v1_metrics(given) == shape


def test_names_keep_their_order() -> None:
    assert list(v1_metrics([series(name, "scalar", 1) for name in ("z", "a", "m")])) == ["z", "a", "m"]
