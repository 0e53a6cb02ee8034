"""Unix sockets at paths of any length, and the talk with a forker."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import Iterator

from trainshed.contract.messages import ForkerAnswer, ForkerRequest, json_line
from trainshed.contract.wire import from_wire

# sockaddr_un holds 108 bytes on Linux, 104 elsewhere, one of them the NUL.
_PATH_BYTES = 103
_TIMEOUT_S = 10.0


def listen_at(path: str) -> socket.socket:
    """A listening socket that only this user can reach; a stale one at ``path`` is replaced."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    mask = os.umask(0o177)
    try:
        with _short(path) as address:
            listener.bind(address)
    finally:
        os.umask(mask)
    listener.listen(128)
    return listener


def ask_forker(path: str, request: ForkerRequest) -> ForkerAnswer:
    """Send one request, wait for its answer.

    Raises:
        OSError: nobody listens there, or it left before it answered.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
        talk.settimeout(_TIMEOUT_S)
        with _short(path) as address:
            talk.connect(address)
        talk.sendall(json_line(request))
        with talk.makefile("rb") as lines:
            line = lines.readline()
    if not line.endswith(b"\n"):
        raise ConnectionResetError("the forker at %s left without an answer" % path)
    return from_wire(ForkerAnswer, json.loads(line))


@contextlib.contextmanager
def _short(path: str) -> Iterator[str]:
    """``path``, or where it is too long for a socket's address, the same place by way of its folder's descriptor."""
    if len(os.fsencode(path)) <= _PATH_BYTES:
        yield path
        return
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield "/proc/self/fd/%d/%s" % (folder, os.path.basename(path))
    finally:
        os.close(folder)
