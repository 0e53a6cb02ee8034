"""From a request and a Python to a lock: every package with its version and hashes."""

from __future__ import annotations

import os
import re
from typing import List, Optional, Set

from trainshed.node import disk
from trainshed.node.environments.pythons import Python
from trainshed.node.environments.request import Request
from trainshed.node.environments.uv import Uv

_NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:==|@| @|\[)", re.MULTILINE)


def resolve(
    uv: Uv,
    request: Request,
    python: Python,
    folder: str,
    *,
    wheels_only: bool = False,
    offline: bool = False,
    quietly: bool = False,
    text: Optional[str] = None,
    lowest: bool = False,
) -> str:
    """The lock for one Python.

    Args:
        folder: exists, and is nobody else's.
        text: another requirements file than the request's.
        lowest: the lowest versions of what is asked for by name, without what they need.

    Raises:
        CannotBuild: there is none; with the resolver's words.
    """
    wanted = request.text() if text is None else text
    disk.write_whole(os.path.join(folder, "requirements.in"), wanted.encode("utf-8"))
    words = ["pip", "compile", "--generate-hashes", "--no-header", "--python", python.path, "-o", "requirements.txt"]
    if request.constraints:
        lines = "".join(line + "\n" for line in request.constraints)
        disk.write_whole(os.path.join(folder, "constraints.in"), lines.encode("utf-8"))
        words += ["--constraints", "constraints.in"]
    words += ["--exclude-newer", request.as_of] if request.as_of else []
    words += ["--no-build"] if wheels_only else []
    words += ["--offline"] if offline else []
    words += ["--resolution", "lowest-direct", "--no-deps"] if lowest else []
    made = os.path.join(folder, "requirements.txt")
    if os.path.exists(made):
        os.unlink(made)
    uv.run(*words, *uv.sources, "requirements.in", cwd=folder, quietly=quietly)
    with open(made, encoding="utf-8") as file:
        return _head(request, python) + file.read()


def _head(request: Request, python: Python) -> str:
    lines = ["# Locked by Trainshed for Python %s (%s)" % (python.version, python.implementation)]
    if request.as_of:
        lines.append("# as of %s" % request.as_of)
    return "".join(line + "\n" for line in lines)


def names_in(lock: str) -> Set[str]:
    """The packages of a lock, as PyPI spells them."""
    return {normalised(name) for name in _NAME.findall(lock)}


def version_in(lock: str, name: str) -> Optional[str]:
    """The version that a lock holds of a package."""
    for line in lock.split("\n"):
        found, _, version = line.partition("==")
        if version and normalised(found.split("[")[0].strip()) == normalised(name):
            return version.split()[0].rstrip(";")
    return None


def normalised(name: str) -> str:
    """As PyPI compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def count(lock: str) -> int:
    """How many packages it holds."""
    return len(names_in(lock))


def lines_of(text: str) -> List[str]:
    """Requirement lines without comments."""
    return [line.strip() for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]
