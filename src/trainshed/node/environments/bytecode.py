"""Byte code: uv writes none. The first run compiles what it imports, as ever, and has the machine to itself for that.
Afterwards, when that run has ended or has had its minute, a process of its own compiles the rest; it runs only where
nothing else wants to.

It leaves when the home's server does, and is started again when the environment is next used.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from typing import List, Mapping

from trainshed.contract.layout import HomeLayout
from trainshed.node.environments.store import Built, in_use, site_packages

_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from trainshed.node.environments.bytecode import main; main()"
#: So long the imports of the first run are left alone; one that imports for longer shares a core with nobody, either.
_FIRST_RUN_S, _LOOK_S = 60.0, 0.5
#: ioprio_set(IOPRIO_WHO_PROCESS, self, class idle): the number of the system call, by machine.
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IOPRIO_IDLE = 3 << 13
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
    _stand_back()
    if not _wait_for_first_run(server_lock, os.path.dirname(folder), int(os.path.basename(folder))):
        return
    for path in _sources(folder):
        if _is_free(server_lock):
            return
        compileall.compile_file(path, quiet=2)
    os.sync()
    with open(settled, "w"):
        pass


def _wait_for_first_run(server_lock: str, environment: str, number: int) -> bool:
    """Until nobody uses the build, or its first run has had its time; False: the server has gone meanwhile."""
    uses = os.path.join(environment, "uses")
    until = time.monotonic() + _FIRST_RUN_S
    while number in in_use(uses) and time.monotonic() < until:
        if _is_free(server_lock):
            return False
        time.sleep(_LOOK_S)
    return True


def _stand_back() -> None:
    """Run only on a core, and read and write only at times, that nobody else wants."""
    os.nice(19)
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        pass  # not on this system
    number = _IOPRIO_SET.get(os.uname().machine)
    if number is not None and sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).syscall(number, 1, 0, _IOPRIO_IDLE)  # one that is refused changes nothing


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
