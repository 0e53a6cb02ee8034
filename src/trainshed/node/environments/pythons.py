"""The Pythons of this machine: found where they lie, not through stand-ins such as pyenv's shims, and asked once."""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.frozen import dataclass
from trainshed.contract.wire import dumps, loads
from trainshed.node import disk

OLDEST = (3, 8)
_ASK = """
import glob, json, os, sys
found = {"version": "%d.%d.%d" % sys.version_info[:3], "implementation": sys.implementation.name, "bundled": []}
try:
    import ensurepip
    found["bundled"] = sorted(glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "*.whl")))
except ImportError:
    pass
sys.stdout.write(json.dumps(found))
"""
_TIMEOUT_S = 30.0
_NAME = re.compile(r"python3\.(\d+)")
_DIGITS = re.compile(r"\d+")

Version = Tuple[int, ...]


@dataclass(frozen=True)
class Python:
    """An interpreter. ``path``: absolute, where it really lies. ``bundled``: the wheels (pip ...) that came with it."""

    path: str
    version: str
    implementation: str = "cpython"
    bundled: Tuple[str, ...] = ()

    @property
    def numbers(self) -> Version:
        return tuple(map(int, _DIGITS.findall(self.version)))

    @property
    def minor(self) -> Version:
        return self.numbers[:2]


@dataclass(frozen=True)
class _Known:
    identity: Tuple[int, ...]
    python: Optional[Python]


@dataclass(frozen=True)
class _Cache:
    known: Mapping[str, _Known]


class Pythons:
    """All that can be found.

    Args:
        cache: a file that keeps what they said.
        environ: PATH, HOME and the like, of the submitting side.
        check: called between two questions; may raise to give up.
    """

    def __init__(self, cache: str, environ: Mapping[str, str], check: Callable[[], None]) -> None:
        self._file = cache
        self._environ = environ
        self._check = check
        self._cache: Dict[str, _Known] = _read(cache)

    def at(self, path: str) -> Optional[Python]:
        """The Python at a path; None when there is none that runs."""
        real = os.path.realpath(path)
        try:
            identity = _identity(real)
        except OSError:
            return None
        known = self._cache.get(real)
        if known is None or known.identity != identity:
            self._check()
            known = _Known(identity, _asked(real))
            self._cache[real] = known
            self._write()
        return known.python

    def obtainable(self) -> List[Python]:
        """CPythons that scripts can use (3.8 or newer), one of each minor version, newest first."""
        found: Dict[Version, Python] = {}
        for path in dict.fromkeys(map(os.path.realpath, _candidates(self._environ))):
            python = self.at(path)
            if python is None or python.implementation != "cpython" or python.minor < OLDEST:
                continue
            best = found.get(python.minor)
            if best is None or best.numbers < python.numbers:
                found[python.minor] = python
        return [found[minor] for minor in sorted(found, reverse=True)]

    def _write(self) -> None:
        own = "%s.%d" % (self._file, os.getpid())
        try:
            disk.write_whole(own, dumps(_Cache(self._cache)))
            os.rename(own, self._file)
        except OSError:
            pass  # asked again next time


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    home = environ.get("HOME") or os.path.expanduser("~")
    pyenv = environ.get("PYENV_ROOT") or os.path.join(home, ".pyenv")
    data = environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    managed = environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(data, "uv", "python")
    folders = [os.path.join(pyenv, "versions", "*", "bin"), os.path.join(managed, "*", "bin")]
    shims = os.path.join(pyenv, "shims")
    path = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder and folder != shims]
    for folder in [*map(glob.escape, [*path, "/usr/local/bin", "/usr/bin"]), *folders, "/opt/python/*/bin"]:
        for found in sorted(glob.glob(os.path.join(folder, "python3.*"))):
            name = _NAME.fullmatch(os.path.basename(found))
            if name and int(name.group(1)) >= OLDEST[1] and os.access(found, os.X_OK):
                yield found


def _asked(path: str) -> Optional[Python]:
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            timeout=_TIMEOUT_S,
            check=False,
        )
        said = json.loads(done.stdout)
        return Python(path, said["version"], said["implementation"], tuple(said["bundled"]))
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired):
        return None


def _identity(path: str) -> Tuple[int, ...]:
    found = os.stat(path)
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)


def _read(path: str) -> Dict[str, _Known]:
    try:
        with open(path, "rb") as file:
            return dict(loads(_Cache, file.read()).known)
    except (OSError, ValueError):
        return {}


def said(pythons: Sequence[Python]) -> str:
    """For people: their versions."""
    return ", ".join(python.version for python in pythons) or "none"
