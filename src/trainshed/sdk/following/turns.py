"""Which of the logs before the driver's is shown next: each as one piece, in the order in which they are written."""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional

#: The build log. Where an environment is looked up or built, nothing else is written before that is done.
BUILD = 20
#: Before it the driver's log.
DRIVER = 70


class Turns:
    """Remembers how long the logs were when the present one got its turn.

    Args:
        builds: there is a build log, or will be one.
    """

    def __init__(self, *, builds: bool) -> None:
        self._builds = builds
        self._begun: Mapping[str, int] = {}

    def first(self, sizes: Mapping[str, int]) -> Optional[str]:
        """The log to begin with, None while it is not there. ``sizes``: in bytes, of all that there are."""
        names = sorted(sizes)
        if not names or (self._builds and number(names[0]) != BUILD):
            return None
        self._begun = dict(sizes)
        return names[0]

    def after(self, present: str, sizes: Mapping[str, int]) -> Optional[str]:
        """The log that takes over from one that stands still: it comes later, and has grown meanwhile."""
        grown = [name for name in sorted(sizes) if name > present and sizes[name] > self._begun.get(name, 0)]
        if not grown:
            return None
        self._begun = dict(sizes)
        return grown[0]


def in_order(names: List[str], present: Optional[str]) -> List[str]:
    """All of them by name, the present one first: its rest needs no second heading."""
    return sorted(names, key=lambda name: (name != present, name))


def before_driver(sizes: Mapping[str, int]) -> Dict[str, int]:
    """Those of them that are written before the script starts."""
    return {name: size for name, size in sizes.items() if number(name) < DRIVER}


def number(path: str) -> int:
    """The two digits that a log's name begins with."""
    digits = path.rpartition("/")[2][:2]
    return int(digits) if digits.isdigit() else 0
