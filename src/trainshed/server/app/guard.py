"""Stands before every request: the address it was sent to, who made the browser send it, and whether the server is
leaving. Also knows when somebody last asked for anything.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Awaitable, Callable, FrozenSet, Iterable, MutableMapping, Optional, Set, Tuple
from urllib.parse import urlsplit

from trainshed.contract.errors import Coded, NotAllowed, ServerError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SAFE = ("GET", "HEAD", "OPTIONS")
_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
_WAITS = b"wait_s="


class Guard:
    """An ASGI application around another.

    Args:
        app: the application.
        port: of the loopback address.
        public: further ``host[:port]`` under which browsers reach the server.
    """

    def __init__(self, app: App, port: int, public: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts: FrozenSet[str] = frozenset(
            [*_LOCAL_NAMES, *("%s:%d" % (name, port) for name in _LOCAL_NAMES), *(host.lower() for host in public)]
        )
        self._waiting: Set[asyncio.Task[Any]] = set()
        self._active = 0
        self._last_s = time.monotonic()
        self.leaving = False

    @property
    def idle_s(self) -> float:
        """Seconds since the last request ended; 0 while there is one."""
        return 0.0 if self._active else time.monotonic() - self._last_s

    def leave(self) -> None:
        """Send away everybody who waits for something to happen: they ask the next server."""
        self.leaving = True
        for task in self._waiting:
            task.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._active += 1
        try:
            refused = self._refusal(scope)
            if refused is not None:
                await _refuse(send, *refused)
            elif _WAITS in scope["query_string"] and scope["method"] == "GET":
                await self._wait(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            self._active -= 1
            self._last_s = time.monotonic()

    def _refusal(self, scope: Scope) -> Optional[Tuple[int, Coded]]:
        host, origin = b"", None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"origin":
                origin = value
        # A name that somebody else's DNS points to this machine is not ours.
        if host.decode("latin-1").lower() not in self._hosts:
            what = "a request for the host %r" % host.decode("latin-1")
            return 403, NotAllowed(what=what, why="This server is reached as: %s." % ", ".join(sorted(self._hosts)))
        if origin is not None and scope["method"] not in _SAFE and not self._is_ours(origin.decode("latin-1")):
            what = "a change asked for by a page of %s" % origin.decode("latin-1")
            return 403, NotAllowed(what=what, why="Only this server's own pages may do that.")
        if self.leaving:
            return 503, _leaving()
        return None

    def _is_ours(self, origin: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() in self._hosts

    async def _wait(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request that waits for something to happen ends when the server leaves, or when whoever asked is gone."""
        task = asyncio.current_task()
        assert task is not None
        begun = False
        gone = asyncio.Event()

        async def send_and_note(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            self._waiting.discard(task)
            await send(message)

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()
            if not begun:
                task.cancel()

        asked = False

        async def receive_once() -> MutableMapping[str, Any]:
            nonlocal asked
            if asked:
                await gone.wait()
                return {"type": "http.disconnect"}
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        watcher = asyncio.get_running_loop().create_task(watch())
        self._waiting.add(task)
        try:
            await self._app(scope, receive_once, send_and_note)
        except asyncio.CancelledError:
            if begun or not (self.leaving or gone.is_set()):
                raise
            if not gone.is_set():
                await _refuse(send, 503, _leaving())
        finally:
            watcher.cancel()
            self._waiting.discard(task)


def _leaving() -> Coded:
    return ServerError(message="The server is being stopped; runs go on. Ask again.", status=503)


async def _refuse(send: Send, status: int, error: Coded) -> None:
    from trainshed.contract.wire import dumps

    body = dumps(error.to_wire())
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
