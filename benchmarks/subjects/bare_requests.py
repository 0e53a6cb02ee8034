"""One client on one connection that is kept: sends the same request again and again, for every server alike."""

from __future__ import annotations

import socket
import time
from typing import Dict, List, Union

from serve import serve

connections: Dict[str, socket.socket] = {}


def measure(address: Union[str, List[Union[str, int]]], request: str, seconds: float) -> Dict[str, float]:
    """Requests per second. ``address``: a Unix socket's path, or host and port. ValueError: an answer is not 200."""
    connection = connections.get(str(address)) or _connect(address)
    data = request.encode("latin-1")
    count = 0
    begun = time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        connection.sendall(data)
        _read_answer(connection)
        count += 1
    return {"requests": count / spent}


def _connect(address: Union[str, List[Union[str, int]]]) -> socket.socket:
    unix = isinstance(address, str)
    connection = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    connection.settimeout(30)
    connection.connect(address if isinstance(address, str) else tuple(address))
    if not unix:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connections[str(address)] = connection
    return connection


def _read_answer(connection: socket.socket) -> None:
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _received(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise ValueError(head.split(b"\r\n")[0].decode("latin-1"))
    left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]) - len(body)
    while left > 0:
        left -= len(_received(connection))


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


if __name__ == "__main__":
    serve({"measure": measure})
