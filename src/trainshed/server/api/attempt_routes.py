"""What agents say and ask."""

from __future__ import annotations

from typing import Tuple

from starlette.responses import Response

from trainshed.contract.errors import BadValue
from trainshed.contract.messages import SyncRequest
from trainshed.server.api.answers import answer, decode
from trainshed.server.api.asking import Ask


async def sync(ask: Ask) -> Response:
    """Heartbeat, report, bytes, files; answered by what the server has."""
    attempt = ask.path("attempt")
    ask.services.callers.check_attempt(ask.caller, attempt)
    request, payload = unpack(await ask.request.body())
    return answer(await ask.services.syncing.sync(attempt, request, payload))


def unpack(data: bytes) -> Tuple[SyncRequest, memoryview]:
    """As :func:`trainshed.contract.messages.unpack_sync`; BadValue for what is none."""
    end = data.find(b"\n")
    if end < 0:
        raise BadValue(what="sync", why="it has no header line")
    request = decode(SyncRequest, data[:end])
    payload = memoryview(data)[end + 1 :]
    if len(payload) != sum(append.size for append in request.appends):
        raise BadValue(what="sync", why="the payload has %d bytes, its header promises others" % len(payload))
    return request, payload


async def orders(ask: Ask) -> Response:
    """New orders, as soon as there are any."""
    attempt = ask.path("attempt")
    ask.services.callers.check_attempt(ask.caller, attempt)
    after, watched = ask.integer("after", 0), ask.flag("watched")
    return answer(await ask.services.attempts.orders(attempt, after, watched=watched, wait_s=ask.wait_s()))
