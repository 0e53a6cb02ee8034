"""A listener that answers each request with bytes that the test wrote down, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Callable, List, Optional, Sequence, Union

#: Bytes to answer with; None: close without an answer.
Reply = Optional[bytes]


def http(status: int, body: bytes = b"", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Some", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Asked:
    """A request as it came; ``connection`` counts them from 0."""

    connection: int
    head: str
    body: bytes

    def header(self, name: str) -> Optional[str]:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


class Scripted:
    """Listens at a Unix socket (a path) or a free port (None) until closed; one thread per connection."""

    def __init__(self, replies: Union[Sequence[Reply], Callable[[Asked], Reply]], path: Optional[Path] = None) -> None:
        self.asked: List[Asked] = []
        self._replies = iter(replies) if not callable(replies) else None
        self._judge = replies if callable(replies) else None
        family = socket.AF_INET if path is None else socket.AF_UNIX
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind(("127.0.0.1", 0) if path is None else str(path))
        self._listener.listen(16)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}" if path is None else f"unix://{path}"
        self._open: List[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(60)

    def hang_up(self) -> None:
        """Close every connection, as a server does that is killed."""
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            number = len(self._open) - 1
            thread = threading.Thread(target=self._serve, args=(connection, number))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as lines:
            while True:
                asked = _read(lines, number)
                if asked is None:
                    return
                self.asked.append(asked)
                reply = self._judge(asked) if self._judge else next(self._replies or iter(()), None)
                if reply is None:
                    return
                connection.sendall(reply)


def _read(lines: IO[bytes], number: int) -> Optional[Asked]:
    head = []
    while True:
        try:
            line = lines.readline()
        except OSError:
            return None
        if not line:
            return None
        if line == b"\r\n":
            break
        head.append(line.decode("latin-1").rstrip("\r\n"))
    asked = Asked(number, "\r\n".join(head), b"")
    if asked.header("Transfer-Encoding") == "chunked":
        return Asked(number, asked.head, _chunks(lines))
    return Asked(number, asked.head, lines.read(int(asked.header("Content-Length") or 0)))


def _chunks(lines: IO[bytes]) -> bytes:
    body = b""
    while True:
        size = int(lines.readline(), 16)
        body += lines.read(size)
        lines.readline()
        if not size:
            return body
