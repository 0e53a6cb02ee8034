"""Which Pythons are tried for a request, in which order, and why. Pure."""

from __future__ import annotations

import re
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

from trainshed.contract.frozen import dataclass
from trainshed.node.environments.pythons import Python, Version

#: What v1 filled in when nobody had asked for a version.
V1_DEFAULT = "3.6.2"
_CONDITION = re.compile(r"\s*(===|==|!=|<=|>=|~=|=|<|>)?\s*(\d+(?:\.\d+)*)(\.\*)?\s*")


class NoPython(Exception):
    """None of this machine's Pythons is what was asked for; the text says what was."""


@dataclass(frozen=True)
class Try:
    """One Python to try. ``wheels_only``: without building anything. ``why``: for the log; empty where all is usual."""

    python: Python
    wheels_only: bool = False
    why: str = ""


def is_unpinned(wanted: str) -> bool:
    """Whether nobody chose a version."""
    return wanted.strip() in ("", "*", V1_DEFAULT)


def first(wanted: str, as_of: Optional[str], current: Python, obtainable: Callable[[], Sequence[Python]]) -> List[Try]:
    """What is tried for sure, in this order, until one resolves.

    Args:
        wanted: the version asked for: empty, ``3.8``, ``3.8.10``, ``>=3.8,<3.11``.
        as_of: a day in the past, if given.
        current: the Python that submits.
        obtainable: all others that can be had, newest first; only called when needed.

    Raises:
        NoPython: none fits.
    """
    if is_unpinned(wanted):
        if as_of:
            why = "as of %s: the oldest Python that is there" % as_of
            return [Try(python, why=why) for python in reversed(_all(current, obtainable))]
        why = "v1's own default, Python %s, is not asked for by anybody" % V1_DEFAULT if wanted.strip() else ""
        return [Try(current, why=why)]
    fits = condition(wanted)
    if fits(current.numbers) and not as_of:
        return [Try(current)]
    there = _all(current, obtainable)
    chosen = [python for python in there if fits(python.numbers)] or _same_minor(wanted, there)
    if chosen:
        order = list(reversed(chosen)) if as_of else chosen
        return [Try(python, why=_patch(wanted, python)) for python in order]
    if _is_too_old(wanted):
        why = "Python %s was asked for; the lowest that resolves is taken (`azureml` needs 3.8)" % wanted
        return [Try(python, why=why) for python in reversed(there)]
    raise NoPython(wanted)


def others(current: Python, obtainable: Sequence[Python]) -> Iterator[Try]:
    """What is tried when the current Python can't take a package: newest first, those that need no compiler before."""
    rest = [python for python in obtainable if python.minor != current.minor]
    for wheels_only in (True, False):
        for python in rest:
            yield Try(python, wheels_only, "Python %s can't take the packages" % current.version)


def condition(wanted: str) -> Callable[[Version], bool]:
    """What a version must be.

    Raises:
        NoPython: that is no version.
    """
    tests: List[Tuple[str, Version]] = []
    for part in wanted.split(","):
        found = _CONDITION.fullmatch(part)
        if found is None:
            raise NoPython(wanted)
        tests.append((found.group(1) or "=", tuple(map(int, found.group(2).split(".")))))
    return lambda version: all(_holds(operator, version, asked) for operator, asked in tests)


def _holds(operator: str, version: Version, asked: Version) -> bool:
    begins = version[: len(asked)] == asked
    if operator in ("=", "==", "==="):
        return begins
    if operator == "!=":
        return not begins
    if operator == "~=":
        return version[: len(asked) - 1] == asked[:-1] and version >= asked
    if operator == ">=":
        return version >= asked
    if operator == "<=":
        return version <= asked or begins
    if operator == ">":
        return version > asked and not begins
    return version < asked


def _all(current: Python, obtainable: Callable[[], Sequence[Python]]) -> List[Python]:
    rest = [python for python in obtainable() if python.minor != current.minor]
    return sorted([current, *rest], key=lambda python: python.numbers, reverse=True)


def _exact(wanted: str) -> Optional[Version]:
    found = _CONDITION.fullmatch(wanted)
    if found is None or found.group(1) not in (None, "=", "==", "==="):
        return None
    return tuple(map(int, found.group(2).split(".")))


def _same_minor(wanted: str, there: Sequence[Python]) -> List[Python]:
    exact = _exact(wanted)
    return [python for python in there if exact is not None and len(exact) > 2 and python.minor == exact[:2]]


def _patch(wanted: str, python: Python) -> str:
    exact = _exact(wanted)
    if exact is None or len(exact) < 3 or python.numbers == exact:
        return ""
    return "Python %s was asked for; %s is what there is of it" % (wanted, python.version)


def _is_too_old(wanted: str) -> bool:
    """Whether only a Python 3 before 3.8 would do."""
    fits = condition(wanted)
    return any(fits((3, minor, patch)) for minor in range(8) for patch in range(20))
