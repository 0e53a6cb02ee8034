"""Our named tuples are those of the standard library to whoever uses them."""

from __future__ import annotations

import copy
import pickle
import threading
import typing
from typing import Any, List, Tuple

import pytest

from trainshed.contract.tuples import NamedTuple


class Ours(NamedTuple):
    """A place."""

    x: int
    name: str = "n"
    tags: Tuple[str, ...] = ()

    @property
    def double(self) -> int:
        return self.x * 2


class Theirs(typing.NamedTuple):
    x: int
    name: str = "n"
    tags: Tuple[str, ...] = ()


@pytest.mark.parametrize("given", [(1,), (1, "m"), (1, "m", ("t",))])
def test_what_is_made_is_the_same(given: Any) -> None:
    ours, theirs = Ours(*given), Theirs(*given)
    assert ours == theirs == (*given, *("n", ())[len(given) - 1 :])
    assert (ours.x, ours.name, ours.tags) == tuple(theirs)
    assert hash(ours) == hash(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours._asdict() == theirs._asdict()
    assert ours.double == 2 * ours[0]
    assert Ours._make(theirs) == theirs


def test_names_are_those_of_the_class() -> None:
    assert Ours._fields == Theirs._fields == Ours.__match_args__
    assert Ours._field_defaults == Theirs._field_defaults
    assert issubclass(Ours, tuple)
    assert Ours.__doc__ == "A place."
    assert Ours(x=1, tags=("t",)) == (1, "n", ("t",))
    assert not hasattr(Ours(1), "__dict__")


def test_a_copy_is_one_of_the_same_class() -> None:
    made = Ours(1, "m")
    assert made._replace(x=2) == (2, "m", ())
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), made._replace()):
        assert (again, type(again)) == (made, Ours)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: Ours(), TypeError),
        (lambda: Ours(1, "m", (), 4), TypeError),
        (lambda: Ours(1, x=2), TypeError),
        (lambda: Ours(1, y=2), TypeError),
        (lambda: Ours(1)._replace(y=2), ValueError),
        (lambda: Ours._make([1]), TypeError),
        (lambda: setattr(Ours(1), "x", 2), AttributeError),
        (lambda: setattr(Ours(1), "y", 2), AttributeError),
    ],
)
def test_what_is_wrong_is_refused_as_there(wrong: Any, error: type) -> None:
    with pytest.raises(error):
        wrong()


def test_a_field_without_a_default_after_one_with_a_default() -> None:
    with pytest.raises(TypeError, match="a field without a default follows"):

        class Wrong(NamedTuple):
            x: int = 0
            y: int  # type: ignore[misc]


def test_threads_may_make_the_first_one_together() -> None:
    class Fresh(NamedTuple):
        x: int

    made: List[Any] = []
    start = threading.Barrier(8)

    def make(number: int) -> None:
        start.wait(60)
        made.append(Fresh(number))

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made) == [(number,) for number in range(8)]


def test_a_class_below_is_one_of_its_own() -> None:
    class Below(Ours):
        def more(self) -> str:
            return self.name * 2

    assert Below(1).more() == "nn"
    assert type(Below(1)._replace(x=2)) is Below
