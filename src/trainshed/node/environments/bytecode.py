"""Byte code: uv writes none. A process of its own compiles what was built, at the lowest priority, while the first run
already starts; what that needs sooner it compiles itself, and Python writes each file as a whole.

It leaves when the home's server does, and is started again when the environment is next used.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from typing import List, Mapping

from trainshed.contract.layout import HomeLayout
from trainshed.node.environments.store import Built, site_packages

_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from trainshed.node.environments.bytecode import main; main()"
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def compile_later(home: HomeLayout, built: Built, inherited: Mapping[str, str]) -> None:
    """Begin to byte-compile a build that is not yet, unless somebody is at it."""
    settled = str(home.environments.environment(built.name).settled(built.number))
    if os.path.exists(settled):
        return
    path = str(home.environments.lock(built.name + ".compiling"))
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It keeps the lock, and outlives this agent.
        subprocess.Popen(
            [built.python, "-I", "-S", "-c", _PROGRAM, _ROOT, str(home.server_lock), settled, built.folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**inherited, "PATH": os.defpath},
            pass_fds=(fd,),
            start_new_session=True,
        )
    except OSError:
        pass  # then scripts compile what they import, as ever
    finally:
        os.close(fd)


def main() -> None:
    """The process: ``ROOT SERVER_LOCK SETTLED FOLDER``. At last everything is put on the disk, then put on record."""
    import compileall

    server_lock, settled, folder = sys.argv[2:5]
    os.nice(19)
    for path in _sources(folder):
        if _is_free(server_lock):
            return
        compileall.compile_file(path, quiet=2)
    os.sync()
    with open(settled, "w"):
        pass


def _sources(folder: str) -> List[str]:
    return [
        os.path.join(parent, name)
        for place in site_packages(folder)
        for parent, _, names in os.walk(place)
        for name in names
        if name.endswith(".py")
    ]


def _is_free(lock: str) -> bool:
    """Whether the lock is there and nobody holds it. (A node without a server of its own has none.)"""
    try:
        fd = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
