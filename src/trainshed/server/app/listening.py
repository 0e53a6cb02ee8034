"""Where the server listens: a Unix socket in its home, and a port of the loopback address."""

from __future__ import annotations

import errno
import logging
import os
import socket
from pathlib import Path
from typing import Optional

from trainshed.contract.errors import BadValue

LOOPBACK = "127.0.0.1"
_BACKLOG = 1024
#: sockaddr_un has room for 108 bytes on Linux, 104 elsewhere, one of them the NUL.
_PATH_BYTES = 103
_log = logging.getLogger("trainshed.app")


def unix_socket(path: Path) -> Optional[socket.socket]:
    """A socket at ``path`` that only this user reaches; a stale one is replaced. None: the path is too long."""
    if len(os.fsencode(path)) > _PATH_BYTES:
        _log.info("%s is too long for a Unix socket: clients use the port", path)
        return None
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.listen(_BACKLOG)
    return listener


def loopback_socket(asked: int, fixed: int) -> socket.socket:
    """A socket on the loopback address.

    Args:
        asked: this port and no other; 0: not asked for.
        fixed: the home's port; 0: none chosen yet. When somebody else has it, a free one is taken, and that is said.

    Raises:
        BadValue: the port asked for is taken.
    """
    try:
        return _bind(asked or fixed)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        if asked:
            why = "%s. Leave --port out to have a free one chosen." % error.strerror
            raise BadValue(what="port %d" % asked, why=why) from error
    listener = _bind(0)
    _log.warning(
        "port %d, chosen for this home, is taken by another program: %d is used from now on",
        fixed,
        listener.getsockname()[1],
    )
    return listener


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A port that our own killed predecessor used may be taken at once; one that somebody listens on may not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
