"""User names and passwords in the URLs of package indexes: kept out of specs, logs and definitions.

They are taken out where a request is frozen, and kept in one file of the home that only its owner can read
(``index-credentials.json``, mode 0600): URL without credentials -> ``user:password``. What installs packages on this
machine puts them back into the lines that it hands to the installer, and nowhere else.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Dict, Mapping, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.tuples import NamedTuple

# Not compiled here: most processes that import this see no URL.
_URL = r"(?i:((?:[a-z]+\+)?https?://)(?:([^/@\s]*)@)?([^\s;#@]+(?:@[^\s;#@]+)?))"
_VARIABLE = r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}"


class Parted(NamedTuple):
    """A line without credentials, and those that it held, by URL."""

    line: str
    secrets: Mapping[str, str]


def part(line: str, environ: Mapping[str, str]) -> Parted:
    """Take the credentials out of a line's URLs.

    Args:
        environ: where ``${NAME}`` in credentials is looked up, as pip does.

    Raises:
        BadValue: such a variable is not set; names it.
    """
    secrets: Dict[str, str] = {}

    def take(found: re.Match[str]) -> str:
        scheme, credentials, rest = found.group(1), found.group(2), found.group(3)
        if credentials is None:
            return found.group()
        if credentials:
            secrets[scheme + rest] = _expanded(credentials, environ)
        return scheme + rest

    return Parted(re.sub(_URL, take, line), secrets)


def restored(line: str, secrets: Mapping[str, str]) -> str:
    """The line with the credentials of its URLs in it. Not for any log."""

    def put(found: re.Match[str]) -> str:
        scheme, credentials, rest = found.group(1), found.group(2), found.group(3)
        known = secrets.get(scheme + rest)
        return found.group() if known is None or credentials is not None else "%s%s@%s" % (scheme, known, rest)

    return re.sub(_URL, put, line) if secrets else line


def read(file: Path) -> Dict[str, str]:
    """The credentials that are kept; none where there is no file."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadValue(what="The credentials of package indexes %s" % file, why=str(error)) from error
    return {str(url): str(value) for url, value in found.items()} if isinstance(found, dict) else {}


def keep(file: Path, secrets: Mapping[str, str]) -> None:
    """Add credentials to the file; one that is there for the same URL is replaced."""
    if not secrets:
        return
    known = read(file)
    if all(known.get(url) == value for url, value in secrets.items()):
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_name("%s.%d.tmp" % (file.name, os.getpid()))
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as writing:
        json.dump({**known, **secrets}, writing, indent=1)
    os.replace(temporary, file)


def without(lines: Tuple[str, ...]) -> Tuple[str, ...]:
    """The lines without credentials, for people; nothing is looked up."""
    return tuple(re.sub(_URL, lambda found: found.group(1) + found.group(3), line) for line in lines)


def _expanded(text: str, environ: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in environ:
            why = "the URL of a package index names this variable, and it is not set where you submit"
            raise BadValue(what="${%s}" % name, why=why)
        return environ[name]

    return re.sub(_VARIABLE, value, text)
