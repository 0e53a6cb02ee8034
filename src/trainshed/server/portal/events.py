"""Server-sent events: a page that is looked at is told what has changed, and asks for that part again.

A page says where its events come from (``data-events`` of its body); ``portal.js`` listens while the page is visible
and triggers ``portal:NAME`` there, which htmx or a script of the page waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from trainshed.contract.wire import dumps
from trainshed.server.portal.rendering import HEADERS

if TYPE_CHECKING:
    from trainshed.server.services.news import Bell, Key, News

#: What changes ten times a second is told so often only. In seconds.
PAUSE_S = 0.3
#: Something is sent at least so often, so that nobody between takes the connection for dead. In seconds.
QUIET_S = 15.0

#: For proxies: a stream is not to be collected first.
_HEADERS = {**HEADERS, "X-Accel-Buffering": "no"}


def event(name: str, data: object = None) -> bytes:
    """One event; its data is JSON."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), dumps(data))


async def changes(
    news: News, keys: Mapping[str, Key], pause_s: float = PAUSE_S, *, lately: bool = False, since: int | None = None
) -> AsyncIterator[str]:
    """The names of what has changed, each at most once in ``pause_s``; empty after some quiet. Ends when the server
    leaves.

    Args:
        keys: what to listen to, by the name to be told.
        lately: begin with what has changed lately, perhaps between the page and its stream.
        since: begin with what has changed after this number of the news.
    """
    with contextlib.ExitStack() as stack:
        bells = {name: stack.enter_context(news.listening(key)) for name, key in keys.items()}
        for name in [name for name, key in keys.items() if _missed(news, key, since, lately=lately)]:
            yield name
        while True:
            names = await _rung(bells)
            if news.released:
                return
            for name in names:
                yield name
            await asyncio.sleep(pause_s)


def _missed(news: News, key: Key, since: int | None, *, lately: bool) -> bool:
    return (lately and news.rang_lately(key)) or (since is not None and news.rang_since(key, since))


async def _rung(bells: Mapping[str, Bell]) -> list[str]:
    """Names of the bells that were rung, as soon as there is one; ``['']`` after some quiet."""
    waiting = {asyncio.ensure_future(bell.heard(QUIET_S)): name for name, bell in bells.items()}
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return [waiting[task] for task in done if task.result()] or [""]


async def told(news: News, keys: Mapping[str, Key], since: int | None) -> AsyncIterator[bytes]:
    """:func:`changes` as events without data."""
    async for name in changes(news, keys, since=since):
        yield event(name) if name else b": still here\n\n"


class EventStream(Response):
    """An answer that goes on until the reader leaves or ``parts`` ends."""

    media_type = "text/event-stream"

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        super().__init__(b"", 200, _HEADERS)
        del self.headers["content-length"]
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sending

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
        async for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
