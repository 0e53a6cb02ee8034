"""numpy beside packages of 2020: they, and the scripts written for them, use ``np.float`` and the like, which 1.24 took
away; their own metadata knows no upper limit.
"""

from __future__ import annotations

import re
from typing import List, Mapping, Optional, Sequence, Tuple

NUMPY = "numpy"
LIMIT = "numpy<1.24"

#: They can be used without numpy: nobody gets it for their sake.
_WITHOUT_NUMPY = frozenset({"torch", "torchvision"})
#: Packages, and the first release whose users' scripts did without those names.
_FIRST_WITHOUT: Mapping[str, Tuple[int, ...]] = {
    "scikit-learn": (1, 0),
    "pandas": (1, 2),
    "scipy": (1, 6),
    "matplotlib": (3, 4),
    "tensorflow": (2, 5),
    "tensorflow-cpu": (2, 5),
    "keras": (2, 5),
    "torch": (1, 8),
    "torchvision": (0, 9),
    "chainer": (8,),
    "xgboost": (1, 4),
    "lightgbm": (3, 2),
}
_BOUND = re.compile(r"(?:===?|<=?|~=)\s*v?(\d+(?:\.\d+)*)")
_CONDITION = re.compile(r"[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*([<>=!~][^;#]*)")


def old_one(named: Sequence[Tuple[Optional[str], str]]) -> Optional[str]:
    """The first requirement that pins a package to its releases of that time, or sets it a limit there; None: there is
    none, or numpy's version is asked for, or nobody needs numpy.

    Args:
        named: requirements with their names, as PyPI compares them.
    """
    if any(name == NUMPY and (_CONDITION.match(line.strip()) or "@" in line) for name, line in named):
        return None
    asks = any(name == NUMPY for name, _ in named)
    old = [(name, line) for name, line in named if _is_old(line, _FIRST_WITHOUT.get(name or ""))]
    return next((line for name, line in old if asks or name not in _WITHOUT_NUMPY), None)


def with_limit(requirements: Sequence[str], named: Sequence[Tuple[Optional[str], str]]) -> List[str]:
    """The requirements with numpy held back, in the place where it is asked for."""
    bare = {line for name, line in named if name == NUMPY}
    made = [LIMIT if line in bare else line for line in requirements]
    needed = any(_is_old(line, _FIRST_WITHOUT.get(name or "")) and name not in _WITHOUT_NUMPY for name, line in named)
    return [*made, LIMIT] if needed and LIMIT not in made else made


def _is_old(line: str, first_without: Optional[Tuple[int, ...]]) -> bool:
    if first_without is None:
        return False
    condition = _CONDITION.match(line.strip())
    bounds = _BOUND.findall(condition.group(1)) if condition else []
    return any(tuple(map(int, bound.split("."))) < first_without for bound in bounds)
