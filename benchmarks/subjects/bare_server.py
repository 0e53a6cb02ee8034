"""The floor of a server: asyncio's raw protocol on a port (its argument); answers all requests with 1 KB of JSON."""

from __future__ import annotations

import asyncio
import sys

_BODY = b'{"run": "%s"}' % (b"x" * 1000)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


class Answerer(asyncio.Protocol):
    """One answer for each blank line that ends a request's head."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self._transport.write(_ANSWER * data.count(b"\r\n\r\n"))


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Answerer, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
