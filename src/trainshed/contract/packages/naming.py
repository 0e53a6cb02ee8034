"""What a conda package name stands for on PyPI, by the tables of ``conda_names`` and one rule for all other names.

The rule, for a name that no table holds: a beginning that tells R, Perl and the like is refused; a beginning that
tells a library in C (``lib``, ``xorg-`` ...) needs nothing; any other name is taken to be the same on PyPI. Where that
is wrong, the build fails with the resolver's words, which name it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, Optional, Tuple

from trainshed.contract.packages import conda_names
from trainshed.contract.tuples import NamedTuple


class Meaning(NamedTuple):
    """What a conda name stands for.

    Args:
        pypi: the name on PyPI, extras included; None: nothing is installed.
        why: of nothing: the reason; of a refusal: what to do instead.
        refused: PyPI has no counterpart.
        listed: whether a table holds the name.
    """

    pypi: Optional[str]
    why: str = ""
    refused: bool = False
    listed: bool = True


def normalised(name: str) -> str:
    """A name as the tables hold it: lower case, ``_`` and ``.`` as ``-``, but for the leading ``_`` of conda's own."""
    text = name.strip().lower()
    head = len(text) - len(text.lstrip("_"))
    return text[:head] + text[head:].replace("_", "-").replace(".", "-")


def lookup(name: str) -> Meaning:
    """What a conda package of that name stands for on PyPI."""
    key = normalised(name)
    known = _meanings().get(key)
    return known if known is not None else _by_beginning(key, name.strip())


def known_names() -> Tuple[str, ...]:
    """All names that the tables hold, sorted."""
    return tuple(sorted(_meanings()))


def _by_beginning(key: str, name: str) -> Meaning:
    for beginning, why in conda_names.WITHOUT_BEGINNINGS:
        if key.startswith(beginning):
            return Meaning(None, why, refused=True, listed=False)
    for beginning, why in conda_names.NOTHING_BEGINNINGS:
        if key.startswith(beginning):
            return Meaning(None, why, listed=False)
    return Meaning(name, listed=False)


@lru_cache(maxsize=1)
def _meanings() -> Dict[str, Meaning]:
    found: Dict[str, Meaning] = {normalised(name): Meaning(name) for name in conda_names.SAME_TABLE.split()}
    for line in conda_names.RENAMED_TABLE.split("\n"):
        if line:
            conda, pypi = line.split()
            found[normalised(conda)] = Meaning(pypi)
    for why, name in _grouped(conda_names.NOTHING_TABLE):
        found[normalised(name)] = Meaning(None, why)
    for why, name in _grouped(conda_names.WITHOUT_TABLE):
        found[normalised(name)] = Meaning(None, why, refused=True)
    return found


def _grouped(table: str) -> Tuple[Tuple[str, str], ...]:
    """``reason: name name`` per line."""
    pairs = []
    for line in table.strip().split("\n"):
        why, _, names = line.rpartition(": ")
        pairs += [(why, name) for name in names.split()]
    return tuple(pairs)
