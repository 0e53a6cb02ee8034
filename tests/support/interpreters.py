"""Find a CPython of a given version on this machine, or fetch it with uv."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Iterator

import uv


@lru_cache(maxsize=None)
def find_python(version: str) -> str:
    """The real path of a CPython `version` such as "3.8".

    Raises:
        AssertionError: There is none and none could be fetched. A test that needs one fails; it never skips.
    """
    for candidate in _candidates(version):
        found = _real_interpreter(candidate, version)
        if found:
            return found
    raise AssertionError(f"No CPython {version} here, and `uv python install {version}` brought none.")


def _candidates(version: str) -> Iterator[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    # pyenv's shims stand on PATH under every name and fail when run, so its folders come first.
    yield from sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    yield shutil.which(f"python{version}") or ""
    yield _asked_of_uv("find", version)
    _asked_of_uv("install", version)
    yield _asked_of_uv("find", "--managed-python", version)


def _asked_of_uv(*words: str) -> str:
    command = [uv.find_uv_bin(), "python", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _real_interpreter(candidate: str, version: str) -> str:
    """Where `candidate` lies when it is a CPython of that version; otherwise nothing."""
    if not candidate:
        return ""
    ask = "import sys; print('%s %d.%d %s' % ((sys.implementation.name,) + sys.version_info[:2] + (sys.executable,)))"
    try:
        done = subprocess.run([candidate, "-I", "-S", "-c", ask], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    name, _, path = done.stdout.strip().rpartition(" ")
    return path if name == f"cpython {version}" else ""
