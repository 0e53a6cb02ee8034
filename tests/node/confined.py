"""Processes with fewer rights than the tests have: an ordinary user, with and without user namespaces of its own.

Both are real: a user namespace in which the process is user 1000 without any capability. To forbid further ones there
is the kernel's own setting, which holds for that namespace alone.
"""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from typing import List

_BOOT = """
import ctypes, os, sys
user, group = os.geteuid(), os.getegid()
if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
    sys.exit(os.strerror(ctypes.get_errno()))
open('/proc/self/setgroups', 'w').write('deny')
open('/proc/self/uid_map', 'w').write('1000 %d 1' % user)
open('/proc/self/gid_map', 'w').write('1000 %d 1' % group)
if sys.argv[1] == 'no':
    open('/proc/sys/user/max_user_namespaces', 'w').write('0')
os.execv(sys.argv[2], sys.argv[2:])
"""


def as_user(argv: List[str], *, namespaces: bool) -> List[str]:
    """The command line that runs ``argv`` as an ordinary user. ``namespaces``: whether it may make its own."""
    return [sys.executable, "-I", "-S", "-c", _BOOT, "yes" if namespaces else "no", *argv]


@lru_cache(maxsize=None)
def why_not() -> str:
    """Why this machine has no such thing; empty where it has."""
    done = subprocess.run(as_user(["/bin/true"], namespaces=False), capture_output=True, text=True, check=False)
    return done.stderr.strip() or ("" if done.returncode == 0 else "exit code %d" % done.returncode)
