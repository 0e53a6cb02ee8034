"""The Python that runs a user-managed script: found, and new enough, or refused in words.

(A script on an older one would swallow our ImportError and train without a record.)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, Optional, Tuple

from trainshed.node import disk
from trainshed.node.agent.trouble import CannotPrepare

OLDEST = (3, 8)
_ASK = "import sys; sys.stdout.write('%d.%d' % sys.version_info[:2])"
_TIMEOUT_S = 60.0
_CHECK_EVERY_S = 0.05
_KEPT = 200
_VERSION = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)
#: How much of a foreign program's words is repeated, in characters.
_TOLD = 200

Version = Tuple[int, ...]


def find(name: str, search_path: str) -> str:
    """The absolute path of an interpreter given by path, or by name on the node's PATH.

    Raises:
        CannotPrepare: there is none.
    """
    if os.path.isabs(name):
        found = name if os.access(name, os.X_OK) and os.path.isfile(name) else None
    else:
        found = shutil.which(name, path=search_path)
    if found is None:
        where = "" if os.path.isabs(name) else " (PATH there: %s)" % search_path
        raise CannotPrepare(
            "The interpreter %r of the environment is not on this node%s. Set python.interpreter_path to one that is, "
            "or let the environment be built." % (name, where),
            {"interpreter": name},
        )
    return os.path.abspath(found)


def require_supported(path: str, cache: str, check: Callable[[], None]) -> Version:
    """The interpreter's version.

    Args:
        path: absolute.
        cache: a file that remembers versions, so that none is started to ask again.
        check: called while a slow one is waited for; may raise to give up.

    Raises:
        CannotPrepare: older than 3.8, or no Python.
    """
    version = _own_version(path) or _remembered(path, cache) or _asked(path, cache, check)
    if version < OLDEST:
        raise CannotPrepare(
            "%s is Python %s. Scripts that use `azureml` need Python 3.8 or newer; set python.interpreter_path to one."
            % (path, ".".join(map(str, version))),
            {"interpreter": path, "version": ".".join(map(str, version))},
        )
    return version


def _own_version(path: str) -> Optional[Version]:
    """This process's, when it runs the same program."""
    try:
        return sys.version_info[:2] if os.path.samefile(path, sys.executable or "/nonexistent") else None
    except OSError:
        return None


def _remembered(path: str, cache: str) -> Optional[Version]:
    entry = _read(cache).get(path)
    return tuple(entry["version"]) if entry and entry["file"] == _identity(path) else None


def _asked(path: str, cache: str, check: Callable[[], None]) -> Version:
    # Only the words on stdout count: a wrapper may warn and exit as it likes.
    try:
        words, complaint = _answer([path, "-c", _ASK], check)
        if not _VERSION.fullmatch(words):
            raise ValueError("asked for its version, it says %r" % (words + complaint)[:_TOLD])
        version = tuple(map(int, words.split(".")))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise CannotPrepare(
            "%s does not run as a Python interpreter: %s" % (path, error), {"interpreter": path}
        ) from error
    _remember(path, version, cache)
    return version


def _answer(argv: List[str], check: Callable[[], None]) -> Tuple[str, str]:
    """What a program prints, on stdout and on stderr.

    It is ended, with what it started, when it takes too long or ``check`` raises.
    """
    end = time.monotonic() + _TIMEOUT_S
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        start_new_session=True,
    )
    try:
        while True:
            try:
                out, err = child.communicate(timeout=_CHECK_EVERY_S)
                return out.decode("utf-8", "replace").strip(), err.decode("utf-8", "replace").strip()
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    raise subprocess.TimeoutExpired(argv, _TIMEOUT_S) from None
                check()
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()


def _remember(path: str, version: Version, cache: str) -> None:
    known = dict(list(_read(cache).items())[-_KEPT:])
    known[path] = {"file": _identity(path), "version": version}
    own = "%s.%d" % (cache, os.getpid())
    try:
        # Many agents may do so at once: the last one wins, and what the others learnt is learnt again.
        disk.write_whole(own, json.dumps(known).encode("utf-8"))
        os.rename(own, cache)
    except OSError:
        pass


def _read(cache: str) -> Dict[str, Any]:
    try:
        with open(cache, "rb") as file:
            known = json.load(file)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _identity(path: str) -> List[int]:
    found = os.stat(path)
    return [found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size]
