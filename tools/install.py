"""Install into the interpreter that runs this script: with uv, under the settings that pip has here.

    python tools/install.py -e '.[test]'

uv takes a tenth of pip's time but reads neither pip.conf nor PIP_*, and people sit behind mirrors. So pip is asked for
its settings and they are passed on; a UV_* variable that is already set wins. Where uv can't be had, pip does the work.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

# pip's setting -> uv's variable, and what stands between several values.
UV_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "constraint": ("UV_CONSTRAINT", " "),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}
# Later sections win: a file's [global], a file's [install], the environment.
SECTIONS = ("global", "install", ":env:")


def settings_of_pip(lines: Iterable[str]) -> dict[str, str]:
    """Read what `pip config list` prints: lines such as `global.index-url='https://...'`."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in lines:
        where, _, value = line.partition("=")
        section, _, name = where.strip().rpartition(".")
        if section in found:
            found[section][name] = str(ast.literal_eval(value.strip()))
    return {name: value for section in SECTIONS for name, value in found[section].items()}


def variables_for_uv(pip: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """The variables that make uv look where pip would; none that is already present."""
    wanted = {
        UV_NAMES[name][0]: UV_NAMES[name][1].join(value.split()) for name, value in pip.items() if name in UV_NAMES
    }
    if "UV_INDEX" in wanted:
        # pip takes the best version of all indexes, uv by itself that of the first which knows the name.
        wanted["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in wanted.items() if value and name not in present}


def pip(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pip", *arguments]


def listed_by_pip() -> list[str]:
    return subprocess.run(pip("config", "list"), check=True, capture_output=True, text=True).stdout.splitlines()


def uv_is_here() -> bool:
    """Install uv beside this interpreter if it isn't there yet; False where there is none for this machine."""
    has_uv = [sys.executable, "-m", "uv", "--version"]
    if subprocess.run(has_uv, capture_output=True, check=False).returncode == 0:
        return True
    return subprocess.run(pip("install", "--quiet", "uv>=0.5"), check=False).returncode == 0


def main(requirements: list[str]) -> int:
    if not uv_is_here():
        print("uv can't be installed here; pip does the work, slower", file=sys.stderr)
        return subprocess.run(pip("install", *requirements), check=False).returncode
    environment = {**os.environ, **variables_for_uv(settings_of_pip(listed_by_pip()), os.environ)}
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, *requirements]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
