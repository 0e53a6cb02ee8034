"""Source packages of old that today's setuptools can't build: which older one could.

Source: setuptools' history of releases, "Deprecations and Removals".
"""

from __future__ import annotations

import re
from typing import Optional, Tuple

from trainshed.contract.tuples import NamedTuple


class Limit(NamedTuple):
    """Releases below ``below`` have what the package wants; ``what``: that."""

    below: int
    what: str

    @property
    def requirement(self) -> str:
        """As a constraint."""
        return "setuptools<%d" % self.below


#: 72 took setuptools.command.test away, 74 distutils.msvccompiler (numpy.distutils makes use of it), 81 pkg_resources.
_OLD = 72
_LIMITS: Tuple[Tuple[str, Limit], ...] = (
    (r"\b(use_2to3|convert_2to3_doctests) is invalid", Limit(58, "use_2to3")),
    (r"'?Feature'? from '?setuptools'|'setuptools' has no attribute 'Feature'", Limit(46, "setuptools.Feature")),
    (r"[Nn]o module named '?pkg_resources", Limit(_OLD, "pkg_resources")),
    (r"setuptools\.command\.test\b|name 'test' from 'setuptools\.command'", Limit(_OLD, "setuptools.command.test")),
    (r"[Ii]nvalid dash-separated (key|opt)", Limit(_OLD, "keys with dashes in setup.cfg")),
    (
        r"[Nn]o module named '?(setuptools|distutils)\."
        r"|cannot import name '\w+' from '(setuptools|pkg_resources|distutils)\b"
        r"|module '(setuptools|pkg_resources)[\w.]*' has no attribute",
        Limit(_OLD, "a part of setuptools that was removed"),
    ),
)


def limit_for(words: str, before: Optional[Limit] = None) -> Optional[Limit]:
    """What uv's words call for; None: nothing, or nothing stricter than what was tried ``before``."""
    for pattern, limit in _LIMITS:
        if re.search(pattern, words) and (before is None or limit.below < before.below):
            return limit
    return None
