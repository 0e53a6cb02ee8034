"""What an agent says to the server. The server may be away for hours: whoever asks here waits, and tries again."""

from __future__ import annotations

import logging
import time
from typing import Any, Callable, Dict, Iterable, Iterator, Optional, Tuple, TypeVar
from urllib.parse import quote

from trainshed.client.http import Client
from trainshed.contract.api import HaveAnswer, HaveAsk
from trainshed.contract.errors import BlobMissing, BrokenOffset, Coded, ServerError, ServerUnreachable, StorageFull
from trainshed.contract.messages import AgentConfig, OrdersAnswer, SyncAnswer, SyncRequest, pack_sync

T = TypeVar("T")
_log = logging.getLogger(__name__)

#: A server that says nothing for so long is taken for one that is away.
TIMEOUT_S = 20.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
#: One request of an upload: small enough to be repeated, large enough to be fast.
_PUT_BYTES = 32 << 20
_READ_BYTES = 1 << 20

#: What trying again can mend.
PASSING = (ServerUnreachable, ServerError, StorageFull)


class Backoff:
    """Growing pauses between tries."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """It worked."""
        self._pause_s = 0.0
        self._until = 0.0
        self._said = ""

    def failed(self, error: Exception) -> None:
        """It did not work; said in the agent's log once for each kind of words."""
        self._pause_s = min(max(self._pause_s * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._until = time.monotonic() + self._pause_s
        if str(error) != self._said:
            self._said = str(error)
            _log.warning("%s", error)

    @property
    def left_s(self) -> float:
        """Seconds until the next try; 0 when it may be made."""
        return max(0.0, self._until - time.monotonic())


class Server:
    """One attempt's view of its server. Methods raise what the server answers, at once."""

    def __init__(self, config: AgentConfig) -> None:
        self._attempt = "/attempts/" + quote(config.attempt_id, safe="")
        self._workspace = "/workspaces/" + quote(config.workspace.id, safe="")
        self._client = Client(config.addresses, config.agent_token, what="agent")

    def sync(self, request: SyncRequest, payload: bytes) -> SyncAnswer:
        """Report, bytes and files; repeating it does no harm."""
        body = pack_sync(request, payload)
        answer = self._client.request("POST", self._attempt + "/sync", body=body, timeout_s=TIMEOUT_S, idempotent=True)
        return answer.record(SyncAnswer)

    def orders(self, after: int, *, watched: bool, wait_s: float) -> OrdersAnswer:
        """Orders behind number ``after``; waits up to ``wait_s`` for one, or for a change of ``watched``."""
        query = {"after": after, "watched": watched, "wait_s": wait_s}
        answer = self._client.request("GET", self._attempt + "/orders", query=query, timeout_s=wait_s + TIMEOUT_S)
        return answer.record(OrdersAnswer)

    def manifest(self, snapshot_id: str, *, timeout_s: float = TIMEOUT_S) -> Dict[str, Any]:
        """A snapshot's manifest in its wire form. (Records would cost more than copying the files.)"""
        path = "%s/snapshots/%s" % (self._workspace, quote(snapshot_id, safe=""))
        data = self._client.request("GET", path, timeout_s=timeout_s).json()
        if not isinstance(data, dict):
            raise ServerError(message="The server's answer is no manifest")
        return data

    def blob(self, sha256: str) -> Iterator[bytes]:
        """A content, block by block."""
        with self._client.stream("GET", "/blobs/" + sha256, timeout_s=TIMEOUT_S) as stream:
            yield from stream

    def missing(self, sha256: Iterable[str]) -> Tuple[str, ...]:
        """Which of these contents the server lacks."""
        ask = HaveAsk(tuple(sha256))
        answer = self._client.request("POST", "/blobs/have", record=ask, timeout_s=TIMEOUT_S, idempotent=True)
        return answer.record(HaveAnswer).missing

    def put_blob(self, path: bytes, sha256: str, size: int) -> None:
        """Send a file's content, from where an earlier try was broken off."""
        have: Optional[int] = self._have(sha256)
        with open(path, "rb") as file:
            while have is not None:
                file.seek(have)
                have = self._put_part(sha256, have, file.read(min(_PUT_BYTES, size - have)), size)

    def _have(self, sha256: str) -> int:
        try:
            answer = self._client.request("HEAD", "/blobs/" + sha256, timeout_s=TIMEOUT_S)
        except (BlobMissing, ServerError) as error:
            if isinstance(error, ServerError) and error.status_code != 404:
                raise
            return 0
        return int(answer.headers.get("X-Trainshed-Have") or 0)

    def _put_part(self, sha256: str, offset: int, part: bytes, size: int) -> Optional[int]:
        """Where to go on; None when the content is complete."""
        query = {"offset": offset, "size": size}
        try:
            answer = self._client.request("PUT", "/blobs/" + sha256, query=query, body=part, timeout_s=TIMEOUT_S).json()
        except BrokenOffset as error:
            return int(error.facts.get("have", 0))
        return None if answer["complete"] else int(answer["have"])


def insist(ask: Callable[[], T], pause: Callable[[float], None]) -> T:
    """Repeat ``ask`` until the server answers; ``pause`` waits between tries and may raise to give up."""
    backoff = Backoff()
    while True:
        try:
            return ask()
        except PASSING as error:
            backoff.failed(error)
        pause(backoff.left_s)


__all__ = ["PASSING", "TIMEOUT_S", "Backoff", "Coded", "Server", "insist"]
