"""pip's own settings, said to uv, which reads neither pip.conf nor ``PIP_*``: users sit behind mirrors.

Imports nothing but the standard library and us: tools/install.py loads it before anything is installed.
"""

from __future__ import annotations

import configparser
import os
from typing import Dict, List, Mapping, Tuple

from trainshed.contract.tuples import NamedTuple

#: pip's setting -> uv's variable, and what stands between several values. Variables, not options: addresses may hold
#: passwords, and everybody can read a process list.
_UV_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "constraint": ("UV_CONSTRAINT", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "keyring-provider": ("UV_KEYRING_PROVIDER", " "),
}
#: Those that take several values; a space parts them.
_MANY = ("extra-index-url", "find-links", "constraint", "trusted-host", "no-binary", "only-binary")
_SECTIONS = ("global", "install")
_YES = ("1", "true", "yes", "on")


class UvSettings(NamedTuple):
    """What makes uv look where pip would: variables of its environment, and options that have no variable."""

    variables: Dict[str, str]
    options: Tuple[str, ...]


def for_uv(environ: Mapping[str, str], prefix: str = "") -> UvSettings:
    """pip's settings for uv.

    Args:
        environ: of whom pip would work for. A variable that is set there wins over pip's setting.
        prefix: of the Python environment whose own pip.conf counts.
    """
    pip = read(environ, prefix)
    wanted = {_UV_NAMES[name][0]: _UV_NAMES[name][1].join(values) for name, values in pip.items() if name in _UV_NAMES}
    if _is_on(pip.get("pre")):
        wanted["UV_PRERELEASE"] = "allow"
    # pip takes the best version of all indexes, uv by itself that of the first which knows the name.
    wanted["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    options: List[str] = ["--no-index"] if _is_on(pip.get("no-index")) else []
    for name in ("no-binary", "only-binary"):
        for value in ",".join(pip.get(name, [])).split(","):
            options += ["--" + name, value] if value else []
    return UvSettings(
        {name: value for name, value in wanted.items() if value and not environ.get(name)}, tuple(options)
    )


def read(environ: Mapping[str, str], prefix: str = "") -> Dict[str, List[str]]:
    """All that pip was told, by its long names: its files in its order, later ones win, then ``PIP_*``.

    A file that can't be read counts as none, as with pip.
    """
    found: Dict[str, List[str]] = {}
    for path in _files(environ, prefix):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        sections = [parser.items(section) for section in _SECTIONS if parser.has_section(section)]
        for name, value in (item for items in sections for item in items):
            name = name.replace("_", "-")
            found[name] = _values(name, value)
    for name, value in environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            name = name[4:].lower().replace("_", "-")
            found[name] = _values(name, value)
    return found


def _files(environ: Mapping[str, str], prefix: str) -> List[str]:
    given = environ.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return []
    home = environ.get("HOME") or os.path.expanduser("~")
    shared = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    own = environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    paths = [os.path.join(folder, "pip", "pip.conf") for folder in shared if folder] + ["/etc/pip.conf"]
    paths += [os.path.join(home, ".pip", "pip.conf"), os.path.join(own, "pip", "pip.conf")]
    paths += [os.path.join(prefix, "pip.conf")] if prefix else []
    paths += [given] if given else []
    return [path for path in paths if os.path.isfile(path)]


def _values(name: str, text: str) -> List[str]:
    return text.split() if name in _MANY else [text.strip()]


def _is_on(values: object) -> bool:
    return isinstance(values, list) and bool(values) and str(values[0]).lower() in _YES
