"""Make sure that the Debian packages named in a file are installed.

    python3 tools/system_packages.py tools/test-packages.txt

As root the missing ones are installed by apt. Anybody else is told the line to type, and the exit status is 1: tests
that need a program never skip silently.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def wanted(file: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def is_installed(package: str) -> bool:
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return asked.returncode == 0 and asked.stdout == "installed"


def install(packages: list[str]) -> int:
    apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A failing update need not matter: the lists that are there may do. A failing install does.
    subprocess.run(["apt-get", "update", "-qq"], env=apt, stdin=subprocess.DEVNULL, check=False)
    line = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    return subprocess.run(line, env=apt, stdin=subprocess.DEVNULL, check=False).returncode


def main(file: str) -> int:
    packages = wanted(Path(file))
    if not shutil.which("dpkg-query"):
        print(f"This is no Debian or Ubuntu: install what it calls {' '.join(packages)}, then", file=sys.stderr)
        print("run the steps of `make test` by hand; see CONTRIBUTING.md", file=sys.stderr)
        return 1
    missing = [package for package in packages if not is_installed(package)]
    if not missing:
        return 0
    if os.geteuid() != 0:
        print(f"The tests need more programs. Type:\n    sudo apt install {' '.join(missing)}", file=sys.stderr)
        return 1
    return install(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
