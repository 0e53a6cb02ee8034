"""From packages as asked for to requirements for pip, with everything said that is not the same."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from trainshed.contract.errors import BadPackage, CondaNameWithoutCounterpart
from trainshed.contract.packages import held_back, sdk_packages
from trainshed.contract.packages.conda_names import GONE_FROM_PYPI
from trainshed.contract.packages.match_specs import parse
from trainshed.contract.packages.naming import Meaning, lookup
from trainshed.contract.packages.requirement_lines import fault
from trainshed.contract.packages.wheels import PrivateWheel, private_wheel
from trainshed.contract.spec import PackagesSpec
from trainshed.contract.tuples import NamedTuple

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(.*)")
_RUNS = re.compile(r"[-_.]+")


class Translated(NamedTuple):
    """What is to be installed.

    Args:
        requirements: for pip, one per line of a requirements file; hashes stay with their line.
        options: pip's options as asked for, such as ``--extra-index-url URL``.
        wheels: wheels of the workspace's own (``Environment.add_private_pip_wheel``), by content; not among
            ``requirements``.
        notes: one sentence for each thing that is not as it was asked for; for log and properties.
        answered: the ``azureml-*`` packages asked for, which Trainshed answers itself.
        assumed: conda names that no table holds, as PyPI compares names: taken to be the same there.
    """

    requirements: Tuple[str, ...]
    options: Tuple[str, ...] = ()
    wheels: Tuple[PrivateWheel, ...] = ()
    notes: Tuple[str, ...] = ()
    answered: Tuple[str, ...] = ()
    assumed: Tuple[str, ...] = ()


def translate(spec: PackagesSpec) -> Translated:
    """The requirements that stand for conda and pip packages; ``azureml-*`` become what they used to bring along.

    A package asked for by name is not asked for a second time by what an ``azureml-*`` package brought.

    Raises:
        CondaNameWithoutCounterpart: PyPI has nothing for a conda name; says the way out.
        BadPackage: a line that is no package.
    """
    gathered = _Gathered()
    gathered.says_which_numpy = bool(spec.as_of) or any(map(_is_numpy, spec.constraints))
    for text in spec.conda:
        gathered.conda(text)
    for text in spec.pip:
        gathered.pip(text)
    return gathered.result()


class _Gathered:
    def __init__(self) -> None:
        self.requirements: List[str] = []
        self.options: List[str] = []
        self.wheels: List[PrivateWheel] = []
        self.notes: List[str] = []
        self.answered: List[str] = []
        self.assumed: List[str] = []
        self.brought: Dict[str, None] = {}
        self.left_out: Dict[str, List[str]] = {}
        self.says_which_numpy = False

    def conda(self, text: str) -> None:
        spec = parse(text)
        if self._is_answered(spec.name, spec.extras.strip("[]")):
            return
        meaning = lookup(spec.name)
        if meaning.refused:
            raise CondaNameWithoutCounterpart(package=text, why=meaning.why)
        if meaning.pypi is None:
            self.left_out.setdefault(meaning.why, []).append(spec.name)
            return
        self.notes += spec.notes
        self._say_renamed(spec.name, meaning)
        if not meaning.listed:
            self.assumed.append(_key(meaning.pypi))
        self._add(meaning.pypi + spec.extras + spec.condition)

    def pip(self, text: str) -> None:
        line = text.strip()
        if not line or line.startswith("#"):
            return
        if line.startswith("-"):
            if line not in self.options:
                self.options.append(line)
            return
        wheel = private_wheel(line)
        if wheel is not None:
            self.wheels.append(wheel)
            return
        why = fault(line)
        if why:
            raise BadPackage(package=text, why=why)
        found = _REQUIREMENT.match(line)
        if found is None:
            self._add(line)
            return
        name, extras, rest = found.group(1), found.group(2) or "", found.group(3)
        if rest.startswith("@") or not self._is_answered(name, extras):
            self._add(self._living(name, line))

    def result(self) -> Translated:
        for why, names in self.left_out.items():
            self.notes.append("Not installed, %s: %s" % (why, ", ".join(names)))
        named = {_key(line) for line in self.requirements}
        brought = [line for line in self.brought if _key(line) not in named]
        if self.answered:
            text = "Answered by Trainshed: %s" % ", ".join(self.answered)
            self.notes.append(
                text + ("; installed, as they brought it along: " + ", ".join(brought) if brought else "")
            )
        requirements = tuple(self._held_back([*self.requirements, *brought]))
        notes = tuple(dict.fromkeys(self.notes))
        return Translated(
            requirements,
            tuple(self.options),
            tuple(self.wheels),
            notes,
            tuple(self.answered),
            tuple(self.assumed),
        )

    def _held_back(self, requirements: List[str]) -> List[str]:
        """Beside packages of 2020 numpy is one that they can live with, unless somebody said which."""
        named = [(requirement_name(line), line) for line in requirements]
        old = None if self.says_which_numpy else held_back.old_one(named)
        if old is None:
            return requirements
        words = (
            "%s is of a time when np.float and the like were in use: numpy is held below 1.24 (name a version of it to "
            "have another)"
        )
        self.notes.append(words % old.split(" --hash")[0])
        return held_back.with_limit(requirements, named)

    def _add(self, requirement: str) -> None:
        if requirement not in self.requirements:
            self.requirements.append(requirement)

    def _say_renamed(self, name: str, meaning: Meaning) -> None:
        if meaning.pypi is not None and _key(meaning.pypi) != _key(name):
            self.notes.append("conda's %s is %s on PyPI" % (name, meaning.pypi))

    def _living(self, name: str, line: str) -> str:
        successor = GONE_FROM_PYPI.get(_key(name))
        if successor is None:
            return line
        self.notes.append("%s can no longer be installed from PyPI; %s is its successor" % (name, successor))
        return successor + line.strip()[len(name) :] if name.lower() != "sklearn" else successor

    def _is_answered(self, name: str, extras: str) -> bool:
        key = _key(name)
        if not key.startswith(sdk_packages.PREFIX) and key not in sdk_packages.ALSO_OURS:
            return False
        near = sdk_packages.nearest(key)
        if near is not None:
            words = "%s is no package of v1; did you mean %s? Nothing is installed for it."
            self.notes.append(words % (key, near))
            return True
        if key not in self.answered:
            self.answered.append(key)
        packages = () if key in sdk_packages.ALSO_OURS else sdk_packages.BROUGHT.get(key, sdk_packages.OTHERWISE)
        for extra in extras.split(","):
            packages += sdk_packages.BROUGHT_BY_EXTRA.get(extra.strip().lower(), ())
        self.brought.update(dict.fromkeys(packages))
        return True


def requirement_name(line: str) -> Optional[str]:
    """The normalised name of a requirement line; None for an option, a URL or a path."""
    found = _REQUIREMENT.match(line)
    if found is None or line.lstrip().startswith("-") or "://" in line.split("@")[0]:
        return None
    return _RUNS.sub("-", found.group(1)).lower()


def _is_numpy(line: str) -> bool:
    return requirement_name(line) == held_back.NUMPY


def _key(line: str) -> str:
    return requirement_name(line) or line
