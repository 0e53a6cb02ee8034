"""pip's own settings, said to uv, which does not read them: users sit behind mirrors."""

from __future__ import annotations

import configparser
import os
import re
import sys
from pathlib import Path
from typing import Dict, List, Mapping

#: pip's setting: uv's option for each of its values.
_UV_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "constraint": "--constraints",
    "trusted-host": "--allow-insecure-host",
}


def settings(environ: Mapping[str, str]) -> Dict[str, List[str]]:
    """pip's settings: its files in pip's order, later ones win, then ``PIP_*``."""
    found: Dict[str, List[str]] = {}
    for path in _files(environ):
        parser = configparser.RawConfigParser()
        parser.read(path, encoding="utf-8")
        for section in ("global", "install"):
            for name, value in parser.items(section) if parser.has_section(section) else ():
                found[name.replace("_", "-")] = value.split()
    for name, value in environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            found[name[4:].lower().replace("_", "-")] = value.split()
    return found


def uv_options(environ: Mapping[str, str]) -> List[str]:
    """The same for uv's command line. Several indexes are looked at as pip does: the best version of any."""
    known = settings(environ)
    options = ["--index-strategy", "unsafe-best-match"]
    for name, option in _UV_OPTIONS.items():
        for value in known.get(name, ()):
            options += [option, value]
    if known.get("no-index", ["0"])[0].lower() in ("1", "true", "yes", "on"):
        options.append("--no-index")
    return options


def certificates(environ: Mapping[str, str]) -> Dict[str, str]:
    """The variable by which uv finds pip's certificate file, if pip has one."""
    found = settings(environ).get("cert")
    return {"SSL_CERT_FILE": found[0]} if found else {}


def _files(environ: Mapping[str, str]) -> List[Path]:
    given = environ.get("PIP_CONFIG_FILE")
    if given == os.devnull:
        return []
    shared = re.split(re.escape(os.pathsep), environ.get("XDG_CONFIG_DIRS") or "/etc/xdg")
    own = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    paths = [Path(folder) / "pip" / "pip.conf" for folder in shared] + [Path("/etc/pip.conf")]
    paths += [Path.home() / ".pip" / "pip.conf", own / "pip" / "pip.conf", Path(sys.prefix) / "pip.conf"]
    return [path for path in [*paths, *([Path(given)] if given else [])] if path.is_file()]
