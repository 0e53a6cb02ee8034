"""As much of HTTP/1.1 as a client of ours needs: heads, and bodies with a length, in chunks, or to the end.

``http.client`` says the same with ``email`` and ``ssl``, which is a third of a cold start (docs/decisions.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional

if TYPE_CHECKING:
    from socket import socket

#: How much of a body is read or sent at once.
BLOCK_BYTES = 1 << 20
_LINE_BYTES = 1 << 16
_HEAD_LINES = 200
_READ_BYTES = 1 << 16
#: After these, no body follows whatever the head says.
_BODILESS = frozenset({204, 304})
_DIGITS = {10: "0123456789", 16: "0123456789abcdefABCDEF"}


class BrokenAnswer(ConnectionError):
    """What came is no HTTP, or is not all of it."""


class Headers(Dict[str, str]):
    """An answer's headers; how their names are written does not matter. Repeated ones are joined by commas."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """The bytes of a request before its body.

    Raises:
        ValueError: a character that would end a line, or the target.
    """
    if not target.isprintable() or " " in target:
        raise ValueError("the address %r has blanks or control characters" % target)
    lines = ["%s %s HTTP/1.1" % (method, target)]
    for name, value in headers.items():
        if "\r" in value or "\n" in value:
            raise ValueError("the header %s has more than one line" % name)
        lines.append("%s: %s" % (name, value))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A body of unknown length, as it is sent."""
    for piece in pieces:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


class Received:
    """What comes out of a connection, by lines and by bytes."""

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._ahead = b""

    @property
    def is_empty(self) -> bool:
        """Nothing has been read ahead."""
        return not self._ahead

    def line(self) -> bytes:
        """One line without its end. BrokenAnswer: none came, or it has none."""
        while True:
            line, found, rest = self._ahead.partition(b"\n")
            if found:
                self._ahead = rest
                return line[:-1] if line.endswith(b"\r") else line
            if len(line) > _LINE_BYTES:
                raise BrokenAnswer("a line of the answer's head has more than %d bytes" % _LINE_BYTES)
            block = self._connection.recv(_READ_BYTES)
            if not block:
                raise BrokenAnswer("the connection was closed before the answer had come")
            self._ahead += block

    def some(self, size: int) -> bytes:
        """Up to ``size`` bytes as soon as there are any; empty when the connection has ended."""
        if self._ahead:
            block, self._ahead = self._ahead[:size], self._ahead[size:]
            return block
        return self._connection.recv(size)


class Response:
    """An answer whose head has been read.

    Args:
        received: where it comes from.
        method: of the request; the answer to HEAD has no body.

    Attributes:
        left_bytes: of the body, or of its present chunk; None: all until the connection ends.
    """

    def __init__(self, received: Received, method: str) -> None:
        self._received = received
        status = 100
        while 100 <= status < 200:  # 100 Continue and the like announce the answer
            version, status = _status(received.line())
            self.headers = _headers(received)
        self.status = status
        said = self.headers.get("Connection", "").lower()
        self._keeps = "close" not in said and (version != b"HTTP/1.0" or "keep-alive" in said)
        self._in_chunks = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.left_bytes = None if self._in_chunks else _length(self.headers)
        if method == "HEAD" or status in _BODILESS:
            self._in_chunks, self.left_bytes = False, 0
        self.is_whole = self.left_bytes == 0
        if self._in_chunks:
            self.left_bytes = 0
        elif self.left_bytes is None:
            self._keeps = False

    @property
    def keeps(self) -> bool:
        """The connection can carry a further request."""
        return self._keeps and self.is_whole and self._received.is_empty

    def read(self, size: Optional[int] = None) -> bytes:
        """``size`` bytes of the body, less at its end; None: all that is left.

        Raises:
            BrokenAnswer: the connection ended before the body.
        """
        pieces: List[bytes] = []
        wanted = size
        while not self.is_whole and (wanted is None or wanted > 0):
            piece = self._some(BLOCK_BYTES if wanted is None else min(wanted, BLOCK_BYTES))
            pieces.append(piece)
            if wanted is not None:
                wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _some(self, most: int) -> bytes:
        if self._in_chunks and not self.left_bytes and not self._next_chunk():
            return b""
        block = self._received.some(most if self.left_bytes is None else min(most, self.left_bytes))
        if self.left_bytes is None:
            self.is_whole = not block
            return block
        if not block:
            raise BrokenAnswer("%d bytes are missing" % self.left_bytes)
        self.left_bytes -= len(block)
        if self._in_chunks:
            if not self.left_bytes and self._received.line():
                raise BrokenAnswer("a chunk of the answer is longer than was said")
        else:
            self.is_whole = not self.left_bytes
        return block

    def _next_chunk(self) -> bool:
        """Read the line before a chunk, and what follows the last one."""
        said = self._received.line().partition(b";")[0].strip()
        try:
            self.left_bytes = _whole_number(said.decode("ascii"), 16)
        except ValueError:
            raise BrokenAnswer("a chunk's length is given as %r" % said[:50]) from None
        if self.left_bytes:
            return True
        _headers(self._received)
        self.is_whole = True
        return False


def _status(line: bytes) -> Any:
    version, _, rest = line.partition(b" ")
    code = rest[:3]
    if not version.startswith(b"HTTP/1.") or not code.isdigit() or len(code) < 3 or rest[3:4].strip():
        raise BrokenAnswer("it answered %r, which is no HTTP" % line[:100])
    return version, int(code)


def _headers(received: Received) -> Headers:
    found = Headers()
    for _ in range(_HEAD_LINES):
        line = received.line()
        if not line:
            return found
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise BrokenAnswer("the line %r of the answer's head is no header" % line[:100])
        key, value = name.lower(), value.strip()
        dict.__setitem__(found, key, "%s, %s" % (found[key], value) if key in found else value)
    raise BrokenAnswer("the answer's head has more than %d lines" % _HEAD_LINES)


def _length(headers: Headers) -> Optional[int]:
    said = headers.get("Content-Length")
    if said is None:
        return None
    try:
        return _whole_number(said, 10)
    except ValueError:
        raise BrokenAnswer("the answer's length is given as %r" % said[:50]) from None


def _whole_number(text: str, base: int) -> int:
    if not text or text.strip(_DIGITS[base]):  # int() takes signs, blanks, underscores and 0x, too
        raise ValueError(text)
    return int(text, base)


__all__ = ["BLOCK_BYTES", "BrokenAnswer", "Headers", "Received", "Response", "in_chunks", "request_head"]
