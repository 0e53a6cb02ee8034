"""Records are dataclasses to everybody who looks, and cost nothing until they are used."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from typing import Any, List, Mapping, Optional

import msgspec
import pytest

from trainshed.contract import frozen
from trainshed.contract.frozen import dataclass, field, replace


@dataclass(frozen=True)
class Point:
    """A record with fields of every kind."""

    x: int
    y: float = 0.5
    names: Mapping[str, str] = field(default_factory=dict)
    self_made: Optional[List[int]] = None


@dataclass(frozen=True)
class Named(Point):
    """A record with more."""

    name: str = "a"
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def test_it_is_made_and_shown_like_the_standard_librarys() -> None:
    standard = dataclasses.make_dataclass("Point", [("x", int), ("y", float, 0.5)], frozen=True)
    assert repr(Point(1, names={"a": "b"})) == "Point(x=1, y=0.5, names={'a': 'b'}, self_made=None)"
    assert Point(1) == Point(x=1, y=0.5) != Point(2)
    assert Point(1) != standard(1)
    assert Point(1).names is not Point(1).names
    assert hash(frozen_point()) == hash(frozen_point()) and frozen_point() in {frozen_point()}
    for wrong in ((), (1, 2, {}, None, 5)):
        with pytest.raises(TypeError):
            Point(*wrong)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=3)  # type: ignore[call-arg]


def frozen_point() -> Point:
    return Point(1, names=(), self_made=None)  # type: ignore[arg-type]


def test_it_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del Point(1).x


def test_others_see_a_dataclass() -> None:
    point = Point(1, self_made=[2])
    assert dataclasses.is_dataclass(Point) and [one.name for one in dataclasses.fields(Point)] == list(vars(point))
    assert dataclasses.replace(point, y=2.0) == replace(point, y=2.0) == Point(1, 2.0, self_made=[2])
    assert dataclasses.asdict(point) == {"x": 1, "y": 0.5, "names": {}, "self_made": [2]}
    assert str(inspect.signature(Point)).startswith("(x: 'int', y: 'float' = 0.5, ")
    assert pickle.loads(pickle.dumps(point)) == copy.deepcopy(point) == point
    assert msgspec.convert({"x": 1, "self_made": [2]}, Point) == point
    assert msgspec.json.decode(msgspec.json.encode(point), type=Point) == point
    with pytest.raises(msgspec.ValidationError, match="missing required field `x`"):
        msgspec.convert({}, Point)


def test_a_record_that_has_more() -> None:
    assert repr(Named(1, name="b", secrets={"a": "b"})) == "Named(x=1, y=0.5, names={}, self_made=None, name='b')"
    assert [one.name for one in dataclasses.fields(Named)][-2:] == ["name", "secrets"]
    assert Named(1) != Point(1)


def test_a_copy_with_a_field_that_is_not_there() -> None:
    with pytest.raises(TypeError, match="'z'"):
        replace(Point(1), z=1)
    with pytest.raises(TypeError, match="only frozen"):
        frozen.dataclass(frozen=False)


@pytest.mark.parametrize("module", ["api", "messages", "records", "spec", "snapshot", "wire"])
def test_records_are_defined_without_the_standard_librarys_dataclasses(module: str) -> None:
    """It imports inspect, ast, dis and tokenize: more than the rest of a cold start."""
    code = f"import sys, trainshed.contract.{module}; sys.exit('dataclasses' in sys.modules)"
    done: Any = subprocess.run([sys.executable, "-I", "-c", code], check=False)
    assert done.returncode == 0
