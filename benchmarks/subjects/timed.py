"""Asks a server over one connection that is kept; how long an answer takes to be there whole."""

from __future__ import annotations

import http.client
import socket
import time
from typing import Callable, Mapping, Optional


def ms(job: Callable[[], object]) -> float:
    """How long a job takes."""
    begun = time.perf_counter()
    job()
    return (time.perf_counter() - begun) * 1e3


class Asking:
    """``address``: host:port, or the path of a Unix socket."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self._address = address
        self._headers = dict(headers)
        self._connection: Optional[http.client.HTTPConnection] = None

    def answer(self, path: str, body: Optional[bytes] = None) -> bytes:
        """The body of an answer. ValueError: it is not 200."""
        connection = self._connection or self._connected()
        connection.request("GET" if body is None else "POST", path, body, self._headers)
        response = connection.getresponse()
        data = response.read()
        if response.status != 200:
            raise ValueError(f"{path}: {response.status} {data[:200]!r}")
        return data

    def ms(self, path: str, body: Optional[bytes] = None) -> float:
        """From the request until the whole answer is there; over a new connection if the server has closed the old."""
        try:
            return ms(lambda: self.answer(path, body))
        except (ConnectionError, http.client.HTTPException):
            self._connection = None
            self._connected()
            return ms(lambda: self.answer(path, body))

    def rate(self, path: str, seconds: float) -> float:
        """Answers per second."""
        self.ms(path)
        count = 0
        begun = time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds:
            self.answer(path)
            count += 1
        return count / spent

    def _connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("localhost", timeout=120)
        if self._address.startswith("/"):
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self._address)
        else:
            host, port = self._address.split(":")
            connection = http.client.HTTPConnection(host, int(port), timeout=120)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection
