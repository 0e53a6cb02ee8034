"""Credentials of package indexes that this machine's owner submitted (contract/packages/credentials.py), handed to uv.

Neither in an option nor in a requirements file: indexes get theirs from a netrc file of our own, which holds the
user's, too; git gets its from variables.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List, Mapping, Tuple
from urllib.parse import unquote, urlsplit

from trainshed.contract.errors import BadValue
from trainshed.contract.layout import HomeLayout
from trainshed.contract.packages import credentials

_GIT = "git+"


def variables(home: HomeLayout, given: Mapping[str, str]) -> Dict[str, str]:
    """What makes uv and git find them; nothing where there are none.

    Args:
        given: variables of the submitting side: its HOME and NETRC.

    Raises:
        BadValue: the file cannot be read.
    """
    secrets = credentials.read(home.index_credentials)
    if not secrets:
        return {}
    made = _for_git({url[len(_GIT) :]: value for url, value in secrets.items() if url.startswith(_GIT)})
    hosts = {url: value for url, value in secrets.items() if not url.startswith(_GIT)}
    if hosts:
        made["NETRC"] = str(_write(home.index_netrc, _entries(hosts) + _users(given)))
    return made


def _for_git(secrets: Mapping[str, str]) -> Dict[str, str]:
    pairs: List[Tuple[str, str]] = []
    for url, value in sorted(secrets.items()):
        scheme, _, rest = url.partition("://")
        pairs.append(("url.%s://%s@%s.insteadOf" % (scheme, value, rest), url))
    if not pairs:
        return {}
    made = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        made["GIT_CONFIG_KEY_%d" % number] = key
        made["GIT_CONFIG_VALUE_%d" % number] = value
    return made


def _entries(secrets: Mapping[str, str]) -> str:
    lines = []
    for url, value in sorted(secrets.items()):
        name, _, password = value.partition(":")
        host = urlsplit(url).hostname or ""
        lines.append("machine %s login %s password %s\n" % (host, unquote(name), unquote(password)))
    return "".join(lines)


def _users(given: Mapping[str, str]) -> str:
    """The user's own file, which the first entry of a host in ours precedes."""
    path = given.get("NETRC") or os.path.join(given.get("HOME") or os.path.expanduser("~"), ".netrc")
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _write(path: Path, text: str) -> Path:
    try:
        if path.read_text(encoding="utf-8") == text:
            return path
    except OSError:
        pass
    temporary = path.with_name("%s.%d.tmp" % (path.name, os.getpid()))
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        raise BadValue(what="The credentials of package indexes %s" % path, why=str(error)) from error
    return path
