"""conda's match specs (``scikit-learn=0.22``, ``conda-forge::numpy 1.18.* py36_0``) as version conditions for pip.

Source: conda's documentation of MatchSpec; PEP 440 for what comes out. What differs between the two:
``=1.2`` and ``1.2.*`` are any 1.2; ``1.2`` behind a blank, and ``1.2`` before a build string, are exactly 1.2; ``|``
(or) has no counterpart, its last alternative is taken; build strings mean nothing on PyPI.
"""

from __future__ import annotations

import re
from typing import List, Tuple

from trainshed.contract.errors import BadPackage
from trainshed.contract.tuples import NamedTuple

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_BRACKET_ITEM = re.compile(r"""([a-z_]+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^,\]]*))""")
_CONDITION = re.compile(r"(===|==|!=|<=|>=|~=|=|<|>)?\s*(.+)")
#: PEP 440, public versions with an optional local part.
_VERSION = re.compile(
    r"v?(\d+!)?\d+(\.\d+)*([-_.]?(a|b|c|rc|alpha|beta|pre|preview)[-_.]?\d*)?"
    r"(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?",
    re.IGNORECASE,
)
#: What may stand before ``.*``; behind a pre-release conda's "any" is that release itself.
_RELEASE = re.compile(r"(\d+!)?\d+(\.\d+)*")


class MatchSpec(NamedTuple):
    """A match spec, read.

    Args:
        name: as given.
        extras: ``[a,b]`` or empty; conda has none, some people write them all the same.
        condition: for pip, such as ``==0.22.*`` or ``>=1,<2``; empty: any version.
        notes: what could not be carried over.
    """

    name: str
    extras: str
    condition: str
    notes: Tuple[str, ...] = ()


def parse(text: str) -> MatchSpec:
    """Read a match spec.

    Raises:
        BadPackage: it is none, or its version has no counterpart in pip.
    """
    spec = text.split("#")[0].strip()
    rest = spec.rpartition("::")[2].strip() if "::" in spec else spec
    found = _NAME.match(rest)
    if found is None or "/" in rest or rest.endswith((".conda", ".tar.bz2")):
        raise BadPackage(package=text, why="it is not a conda package such as 'numpy=1.18'")
    name, rest = found.group(), rest[found.end() :].strip()
    rest, bracket = _without_bracket(text, rest)
    extras = ""
    if bracket and "=" not in bracket:
        extras, bracket = "[%s]" % bracket.replace(" ", ""), ""
    keys = {item[0]: item[1] or item[2] or item[3].strip() for item in _BRACKET_ITEM.findall(bracket)}
    version, build = _version_and_build(rest)
    if keys.get("version"):
        version = keys["version"]
    build = keys.get("build", build)
    condition, notes = _condition(text, version)
    if build not in ("", "*"):
        notes += ("%s: the build %r is conda's alone and is left out" % (name, build),)
    return MatchSpec(name, extras, condition, notes)


def _without_bracket(text: str, rest: str) -> Tuple[str, str]:
    if "[" not in rest:
        return rest, ""
    before, _, after = rest.partition("[")
    inside, closing, behind = after.partition("]")
    if not closing:
        raise BadPackage(package=text, why="a bracket is not closed")
    return (before + " " + behind).strip(), inside


def _version_and_build(rest: str) -> Tuple[str, str]:
    """Version and build, either may be empty."""
    rest = re.sub(r"\s*([,|])\s*", r"\1", rest)
    rest = re.sub(r"([<>=!~])\s+", r"\1", rest)
    words = rest.split()
    if len(words) > 1 and words[1][0] in "<>=!~":
        return ",".join(words), ""  # ">=1 <2", which conda refuses and people write
    if len(words) > 1:
        return words[0], words[1]
    if not words:
        return "", ""
    word = words[0]
    found = re.fullmatch(r"(==?)([^=,|<>!~]+)=([^=,|]*)", word)
    if found:  # name=version=build
        return found.group(2), found.group(3)
    return word, ""


def _condition(text: str, version: str) -> Tuple[str, Tuple[str, ...]]:
    notes: Tuple[str, ...] = ()
    alternatives = [part for part in version.strip("()").split("|") if part]
    if len(alternatives) > 1:
        taken = alternatives[-1]
        notes = ("%s: pip knows no 'or'; of the alternatives %r is taken" % (text, taken),)
        alternatives = [taken]
    conditions: List[str] = []
    for part in alternatives[0].split(",") if alternatives else ():
        one = _one(text, part.strip())
        if one:
            conditions.append(one)
    return ",".join(conditions), notes


def _one(text: str, part: str) -> str:
    """One condition in conda's words as one in pip's; empty when it says nothing."""
    found = _CONDITION.fullmatch(part)
    if found is None:
        return ""
    operator, version = found.group(1) or "", found.group(2).strip()
    if version.strip("*.") == "":
        return ""
    glob = version.endswith("*")
    plain = version.rstrip("*").rstrip(".") if glob else version
    if _VERSION.fullmatch(plain) is None:
        raise BadPackage(package=text, why="version %r has no counterpart in pip" % version)
    if operator in (">", ">=", "<", "<="):
        return operator + plain
    if operator in ("~=", "==="):
        return operator + plain
    if operator == "!=":
        return "!=%s.*" % plain if glob and _RELEASE.fullmatch(plain) else "!=" + plain
    if (glob or operator == "=") and _RELEASE.fullmatch(plain):
        return "==%s.*" % plain
    return "==" + plain
