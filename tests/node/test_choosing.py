"""Which Pythons are tried, in which order: pure, by table."""

from __future__ import annotations

from typing import List, Optional

import pytest

from trainshed.node.environments.choosing import NoPython, first, others
from trainshed.node.environments.pythons import Python

HERE = [Python(f"/py/{version}", version) for version in ("3.13.0", "3.12.1", "3.10.13", "3.9.18", "3.8.18")]
CURRENT = Python("/py/3.11.7", "3.11.7")


@pytest.mark.parametrize(
    ("wanted", "as_of", "expected"),
    [
        ("", None, ["3.11.7"]),
        ("3.6.2", None, ["3.11.7"]),
        ("3.11", None, ["3.11.7"]),
        ("3.9", None, ["3.9.18"]),
        ("3.8.10", None, ["3.8.18"]),
        ("3.12.1", None, ["3.12.1"]),
        ("=3.10", None, ["3.10.13"]),
        ("==3.10.*", None, ["3.10.13"]),
        (">=3.8,<3.11", None, ["3.10.13", "3.9.18", "3.8.18"]),
        (">=3.7", None, ["3.11.7"]),
        ("~=3.9.2", None, ["3.9.18"]),
        (">3.11", None, ["3.13.0", "3.12.1"]),
        ("!=3.11,>=3.12", None, ["3.13.0", "3.12.1"]),
        ("<=3.8", None, ["3.8.18"]),
        ("3.6", None, ["3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"]),
        ("3.7.4", None, ["3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"]),
        ("<3.8", None, ["3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"]),
        ("", "2020-08-27", ["3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"]),
        ("3.10", "2020-08-27", ["3.10.13"]),
        (">=3.9", "2020-08-27", ["3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"]),
    ],
)
def test_what_is_tried_for_sure(wanted: str, as_of: Optional[str], expected: List[str]) -> None:
    assert [one.python.version for one in first(wanted, as_of, CURRENT, lambda: HERE)] == expected


@pytest.mark.parametrize("wanted", ["3.14", "2.7", "4", "python", ">=3.20", "3.x"])
def test_none_of_these(wanted: str) -> None:
    with pytest.raises(NoPython):
        first(wanted, None, CURRENT, lambda: HERE)


def test_others_are_looked_for_only_when_needed() -> None:
    def never() -> List[Python]:
        raise AssertionError("nobody needs them")

    for wanted in ("", "3.6.2", "3.11", ">=3.8"):
        assert first(wanted, None, CURRENT, never)[0].python == CURRENT


def test_the_others_newest_first_and_wheels_before_builds() -> None:
    tried = [(one.python.version, one.wheels_only) for one in others(CURRENT, [*HERE, CURRENT])]
    versions = ["3.13.0", "3.12.1", "3.10.13", "3.9.18", "3.8.18"]
    assert tried == [(version, only) for only in (True, False) for version in versions]
