"""pip's requirements files: read with those that they name, as one list of requirements and one of constraints.

Source: pip's documentation of the requirements file format.
"""

from __future__ import annotations

import os
import re
from typing import Iterable, List, Optional, Sequence, Tuple

from trainshed.contract.errors import BadPackage, RunConfigBroken, SourceMissing
from trainshed.contract.packages.requirement_lines import fault
from trainshed.contract.tuples import NamedTuple

_COMMENT = re.compile(r"(^|\s)#.*$")
_NAMES_A_FILE = re.compile(r"(--requirement|--constraint|-r|-c)[\s=]*(.+)")
_EDITABLE = re.compile(r"(?:-e|--editable)[\s=]+(.+)")
_FIND_LINKS = re.compile(r"(-f|--find-links)[\s=]+(.+)")
_PATH = re.compile(r"\.{0,2}/|~/|file:|[A-Za-z]:\\|.*[/\\].*\.(whl|tar\.gz|zip)$|[^/]*\.(whl|tar\.gz|zip)$")
_VERSION = re.compile(r"([A-Za-z0-9._-]+)\s*((?:[<>=!~]=?=?\s*[^\s,;#]+\s*,?\s*)+)")
_BARE = re.compile(r"[A-Za-z0-9._-]+(?:\[[^\]]*\])?\s*((?:[<>=!~]=?=?\s*[^\s,;]+\s*,?\s*)*)")
_DEEPEST = 20


class Requirements(NamedTuple):
    """What a list of lines asks for. ``lines``: requirements and options, hashes with their line; no file is named."""

    lines: Tuple[str, ...] = ()
    constraints: Tuple[str, ...] = ()


def read(path: str) -> Requirements:
    """Read a requirements file and those that it names by ``-r`` and ``-c``.

    Raises:
        SourceMissing: a file is not there; says which line names it.
        RunConfigBroken: not text, or files that name each other in a circle.
        BadPackage: a line that is no requirement, or a package that lies on this computer, which no other node could
            find; says which line.
    """
    reading = _Reading()
    reading.file(os.path.abspath(path), constraints=False, named_by=None, depth=0)
    return reading.result()


def expand(lines: Iterable[str], folders: Sequence[str]) -> Requirements:
    """The same for lines that lie in a list, such as pip's in a conda file.

    Args:
        folders: where the files that they name are looked for, in this order.
    """
    reading = _Reading()
    for line in lines:
        reading.line(_COMMENT.sub("", str(line)).strip(), folders, constraints=False, named_by=None, depth=0)
    return reading.result()


def constrained(found: Requirements) -> List[str]:
    """The lines with the constraints on them that hold for one of them, for files that know no constraints."""
    from trainshed.contract.packages.translating import requirement_name

    made = []
    for line in found.lines:
        name = requirement_name(line)
        for constraint in found.constraints:
            version = _VERSION.fullmatch(constraint)
            bare = _BARE.fullmatch(line)
            if version and bare and name == requirement_name(version.group(1)):
                line = line + ("," if bare.group(1) else "") + version.group(2)
        made.append(line)
    return made


class _Reading:
    def __init__(self) -> None:
        self._lines: List[str] = []
        self._constraints: List[str] = []

    def result(self) -> Requirements:
        return Requirements(tuple(dict.fromkeys(self._lines)), tuple(dict.fromkeys(self._constraints)))

    def file(self, path: str, *, constraints: bool, named_by: Optional[str], depth: int) -> None:
        if not os.path.isfile(path):
            why = "does not exist." if named_by is None else "does not exist; %s names it." % named_by
            raise SourceMissing(what="Requirements file", path=path, why=why)
        if depth > _DEEPEST:
            raise RunConfigBroken(path=path, line=1, why="requirements files that name each other in a circle")
        for number, line in _logical_lines(path):
            where = "%s, line %d" % (path, number)
            self.line(line, [os.path.dirname(path)], constraints=constraints, named_by=where, depth=depth)

    def line(
        self, line: str, folders: Sequence[str], *, constraints: bool, named_by: Optional[str], depth: int
    ) -> None:
        if not line or line.startswith("#"):
            return
        named = _NAMES_A_FILE.fullmatch(line)
        if named:
            only = constraints or named.group(1) in ("-c", "--constraint")
            path = _found(named.group(2).strip().strip("'\""), folders)
            self.file(path, constraints=only, named_by=named_by or repr(line), depth=depth + 1)
            return
        (self._constraints if constraints else self._lines).append(_checked(line, folders, named_by))


def _found(name: str, folders: Sequence[str]) -> str:
    if "://" in name:
        raise BadPackage(package=name, why="requirements files are read from this computer; fetch it first")
    paths = [os.path.join(folder, os.path.expanduser(name)) for folder in folders or (os.getcwd(),)]
    return next((path for path in paths if os.path.isfile(path)), paths[0])


def _checked(line: str, folders: Sequence[str], named_by: Optional[str]) -> str:
    """The line, with a folder of ``--find-links`` as an absolute path; a package by its path is refused."""
    links = _FIND_LINKS.fullmatch(line)
    if links:
        return _absolute_links(links.group(2).strip(), folders, named_by)
    editable = _EDITABLE.fullmatch(line)
    wanted = editable.group(1).strip() if editable else line
    where = "" if named_by is None else " (%s)" % named_by
    if wanted == "." or ("://" not in wanted and _PATH.match(wanted)):
        raise BadPackage(
            package=line + where,
            why="it lies on this computer. Build a wheel of it and give what "
            "Environment.add_private_pip_wheel(workspace, 'x.whl') returns; modules of the script belong into the "
            "source directory",
        )
    why = fault(wanted)
    if why:
        raise BadPackage(package=line + where, why=why)
    return wanted


def _absolute_links(place: str, folders: Sequence[str], named_by: Optional[str]) -> str:
    if "://" in place:
        return "--find-links " + place
    for folder in folders or (os.getcwd(),):
        path = os.path.abspath(os.path.join(folder, os.path.expanduser(place)))
        if os.path.exists(path):
            return "--find-links " + path
    why = "does not exist." if named_by is None else "does not exist; %s names it." % named_by
    raise SourceMissing(what="Folder of packages", path=place, why=why)


def _logical_lines(path: str) -> List[Tuple[int, str]]:
    """Lines with their numbers: continued ones joined, comments and blanks taken off."""
    with open(path, "rb") as file:
        raw = file.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        broken_at = raw[: error.start].count(b"\n") + 1
        raise RunConfigBroken(path=path, line=broken_at, why="this is not UTF-8 text") from error
    found: List[Tuple[int, str]] = []
    pending, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if pending else number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            pending += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", pending + line)
        found.append((first, " ".join(whole.split())))
        pending = ""
    if pending:
        found.append((first, " ".join(_COMMENT.sub("", pending).split())))
    return found
