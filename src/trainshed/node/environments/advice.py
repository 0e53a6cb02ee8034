"""What would do instead: said with a resolution that failed."""

from __future__ import annotations

import re
import time
from difflib import get_close_matches
from typing import List, Optional, Sequence

from trainshed.contract.frozen import dataclass
from trainshed.contract.tuples import NamedTuple
from trainshed.node.environments.pythons import Python
from trainshed.node.environments.request import Request
from trainshed.node.environments.resolving import normalised, resolve, version_in
from trainshed.node.environments.trouble import CannotBuild
from trainshed.node.environments.uv import Uv

_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([=<>!~][^;#]*)?(.*)")
_PIN = re.compile(r"\s*={1,3}\s*([^\s,*]+)\s*")
_NOT_FOUND = re.compile(r"[Bb]ecause ([A-Za-z0-9._-]+) was not found")
#: Looking for what would do may take so long.
_TIME_S = 20.0
_MOST = 3


class _Pin(NamedTuple):
    line: str
    name: str
    extras: str
    version: str
    rest: str

    def with_condition(self, condition: str) -> str:
        return "%s%s%s%s" % (self.name, self.extras, condition, self.rest)


@dataclass(frozen=True)
class Adviser:
    """Tries other versions with one Python. ``folder``: exists, and is nobody else's."""

    uv: Uv
    request: Request
    python: Python
    folder: str

    def nearest(self, words: str) -> List[str]:
        """For each pin that the resolver's words name: the nearest versions with which all can be resolved."""
        until = time.monotonic() + _TIME_S
        told: List[str] = []
        for pin in [pin for pin in map(_pin, self.request.requirements) if pin and _is_named(pin, words)][:_MOST]:
            fit = [version for version in (self._below(pin, until), self._above(pin, until)) if version]
            if fit:
                minor = ".".join(map(str, self.python.minor))
                told.append("%s %s would do with Python %s" % (pin.name, " or ".join(fit), minor))
        return told

    def _below(self, pin: _Pin, until: float) -> Optional[str]:
        lock = self._lock(pin, "<" + pin.version, until)
        return version_in(lock, pin.name) if lock else None

    def _above(self, pin: _Pin, until: float) -> Optional[str]:
        """The lowest of those above is looked for by itself; then whether all others agree with it."""
        lock = self._lock(pin, ">" + pin.version, until, alone=True)
        lowest = version_in(lock, pin.name) if lock else None
        return lowest if lowest and self._lock(pin, "==" + lowest, until) else None

    def _lock(self, pin: _Pin, condition: str, until: float, *, alone: bool = False) -> Optional[str]:
        if time.monotonic() > until:
            return None
        left_out = self.request.requirements if alone else [pin.line]
        text = self.request.text(left_out, [pin.with_condition(condition)])
        try:
            return resolve(
                self.uv,
                self.request,
                self.python,
                self.folder,
                text=text,
                quietly=True,
                lowest=alone,
                wheels_only=True,
            )
        except CannotBuild:
            return None


def similar_names(words: str, known: Sequence[str]) -> List[str]:
    """For each package that no index knows: known names that look like it."""
    told = []
    for name in dict.fromkeys(_NOT_FOUND.findall(words)):
        near = get_close_matches(normalised(name), known, 3, 0.8)
        if near:
            told.append("%s: did you mean %s?" % (name, " or ".join(near)))
    return told


def taken_as_same(words: str, assumed: Sequence[str]) -> List[str]:
    """For each package that no index knows, and that was asked for as a conda package: where the name came from."""
    return [
        "%s was asked for as a conda package and taken to have the same name on PyPI; if it has another one there, "
        "put that into pip_packages" % name
        for name in dict.fromkeys(_NOT_FOUND.findall(words))
        if normalised(name) in assumed
    ]


def _pin(line: str) -> Optional[_Pin]:
    found = _REQUIREMENT.fullmatch(line.split(" --hash")[0].strip())
    if found is None:
        return None
    pinned = _PIN.fullmatch(found.group(3) or "")
    return _Pin(line, found.group(1), found.group(2) or "", pinned.group(1), found.group(4)) if pinned else None


def _is_named(pin: _Pin, words: str) -> bool:
    return re.search(r"(?<![\w.-])%s(?![\w-])" % re.escape(normalised(pin.name)), words.lower()) is not None
