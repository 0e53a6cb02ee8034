"""Byte code: uv writes none. A process of its own compiles what was built, at the lowest priority, while the first run
already starts; what that needs sooner it compiles itself, and Python writes each file as a whole.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from typing import Mapping

from trainshed.contract.layout import EnvironmentsLayout
from trainshed.node.environments.store import Built, site_packages

#: At last, everything is put on the disk, then put on record.
_PROGRAM = """
import compileall, os, sys
os.nice(19)
for place in sys.argv[2:]:
    compileall.compile_dir(place, quiet=2)
os.sync()
open(sys.argv[1], "w").close()
"""


def compile_later(layout: EnvironmentsLayout, built: Built, inherited: Mapping[str, str]) -> None:
    """Begin to byte-compile a build that is not yet, unless somebody is at it."""
    settled = str(layout.environment(built.name).settled(built.number))
    if os.path.exists(settled):
        return
    path = str(layout.lock(built.name + ".compiling"))
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It keeps the lock, and outlives this agent.
        subprocess.Popen(
            [built.python, "-I", "-S", "-c", _PROGRAM, settled, *site_packages(built.folder)],
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
