"""pip's options in lists of packages: those that uv reads in a requirements file, and those that it takes otherwise."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

from trainshed.contract.tuples import NamedTuple

#: Read by uv in a requirements file as by pip.
_IN_FILES = (
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--no-index",
    "--no-binary",
    "--only-binary",
)


class Options(NamedTuple):
    """``lines`` for requirements files, ``variables`` for uv, and ``ignored`` ones, to be said."""

    lines: Tuple[str, ...]
    variables: Dict[str, str]
    ignored: Tuple[str, ...]


def sort(given: Sequence[str]) -> Options:
    """Lines such as ``--extra-index-url URL`` or ``--pre`` by what is done with them."""
    lines: List[str] = []
    ignored: List[str] = []
    hosts: List[str] = []
    variables: Dict[str, str] = {}
    for line in given:
        name, _, value = line.strip().replace("=", " ", 1).partition(" ")
        if name in _IN_FILES:
            lines.append(("%s %s" % (name, value.strip())).strip())
        elif name == "--pre":
            variables["UV_PRERELEASE"] = "allow"
        elif name == "--trusted-host":
            hosts.append(value.strip())
        else:
            ignored.append(name)
    if hosts:
        variables["UV_INSECURE_HOST"] = " ".join(hosts)
    return Options(tuple(lines), variables, tuple(ignored))
