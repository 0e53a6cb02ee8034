"""One kept connection to a server, over TCP, TLS or a Unix socket. Imported at the first request: sockets cost time."""

from __future__ import annotations

import os
import select
import socket
from typing import IO, TYPE_CHECKING, Any, Iterator, Mapping, Optional

from trainshed.client.address import Address
from trainshed.client.http1 import BLOCK_BYTES, Received, Response, in_chunks, request_head

if TYPE_CHECKING:
    import ssl


class Link:
    """A connection to one address; used by one request at a time."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self.address = address
        self.pid = os.getpid()
        self._socket = _connected(address, timeout_s)
        self._received = Received(self._socket)

    def set_timeout(self, timeout_s: Optional[float]) -> None:
        """How long each read or write may take from now on, in seconds; None: for ever."""
        self._socket.settimeout(timeout_s)

    def is_fresh(self) -> bool:
        """False when the server has closed it meanwhile, or it belongs to the process that forked us."""
        if self.pid != os.getpid() or self._socket.fileno() < 0:
            return False
        poll = select.poll() if hasattr(select, "poll") else None
        if poll is None:
            return not select.select([self._socket], [], [], 0)[0]
        # Nobody speaks before we ask: whatever can be read now is the end of the connection.
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Response:
        """Send a request and read the head of its answer.

        Args:
            method: ``GET`` ...
            target: path and query.
            headers: all but Host and the body's framing.
            body: bytes; an iterator of as many bytes as ``Content-Length`` in the headers says; with
                ``Transfer-Encoding: chunked`` any iterable of bytes; None for none.

        Raises:
            OSError: also BrokenAnswer.
        """
        sent = {"Host": self.address.host_header, **headers}
        if isinstance(body, (bytes, bytearray, memoryview)):
            sent["Content-Length"] = str(memoryview(body).nbytes)
        elif body is None and method in ("POST", "PUT", "PATCH"):
            sent["Content-Length"] = "0"
        try:
            self._send(request_head(method, target, sent), body, chunked="Transfer-Encoding" in sent)
        except BrokenPipeError as error:
            # The server refused before it had read everything: its words may lie in the socket.
            try:
                return Response(self._received, method)
            except OSError:
                raise error from None
        return Response(self._received, method)

    def _send(self, head: bytes, body: Any, *, chunked: bool) -> None:
        if body is None:
            self._socket.sendall(head)
        elif not isinstance(body, (bytes, bytearray, memoryview)):
            self._socket.sendall(head)
            for piece in in_chunks(body) if chunked else body:
                self._socket.sendall(piece)
        elif memoryview(body).nbytes < BLOCK_BYTES:
            self._socket.sendall(head + bytes(body))  # one packet, one wake-up
        else:
            self._socket.sendall(head)
            self._socket.sendall(body)

    def close(self) -> None:
        self._socket.close()


def file_pieces(file: IO[bytes], start: int, size_bytes: int) -> Iterator[bytes]:
    """Exactly so many bytes: the file may be growing while it is sent."""
    file.seek(start)
    left = size_bytes
    while left:
        block = file.read(min(left, BLOCK_BYTES))
        if not block:
            raise OSError("the file has become shorter while it was being sent; %d bytes are missing" % left)
        left -= len(block)
        yield block


def _connected(address: Address, timeout_s: float) -> socket.socket:
    if address.scheme != "unix":
        made = socket.create_connection((address.host, address.port), timeout_s)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _encrypted(made, address.host) if address.scheme == "https" else made
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.settimeout(timeout_s)
        made.connect(address.path)
    except BaseException:
        made.close()
        raise
    return made


def _encrypted(plain: socket.socket, host: str) -> ssl.SSLSocket:
    import ssl

    try:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context.wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise
