"""Connections of ``http.client`` over TCP and Unix sockets. Imported at the first request: it costs 15 ms."""

from __future__ import annotations

import http.client
import os
import select
import socket
from typing import Optional

from trainshed.client.address import Address
from trainshed.client.answer import BLOCK_BYTES


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s, blocksize=BLOCK_BYTES)
        self._path = path

    def connect(self) -> None:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(self.timeout)
            made.connect(self._path)
        except BaseException:
            made.close()
            raise
        self.sock = made


class Link:
    """One kept connection to one address; used by one request at a time. ``used``: it has carried a request before."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address = address
        self.pid = os.getpid()
        self.used = False
        self.http = _connection(address, timeout_s)

    def set_timeout(self, timeout_s: Optional[float]) -> None:
        """How long each read or write may take from now on, in seconds; None: for ever."""
        self.http.timeout = timeout_s
        if self.http.sock is not None:
            self.http.sock.settimeout(timeout_s)

    def is_fresh(self) -> bool:
        """False when the server has closed it meanwhile, or it belongs to the process that forked us."""
        if self.pid != os.getpid() or self.http.sock is None:
            return False
        poll = select.poll() if hasattr(select, "poll") else None
        if poll is None:
            return not select.select([self.http.sock], [], [], 0)[0]
        # Nobody speaks before we ask: whatever can be read now is the end of the connection.
        poll.register(self.http.sock, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        self.http.close()


def _connection(address: Address, timeout_s: float) -> http.client.HTTPConnection:
    if address.scheme == "unix":
        return UnixConnection(address.path, timeout_s)
    # TCP_NODELAY is set by http.client itself.
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    return kind(address.host, address.port, timeout=timeout_s, blocksize=BLOCK_BYTES)
