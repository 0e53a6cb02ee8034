"""The one HTTP client: it sends a request to the first address that answers, and turns error bodies into errors.

The server may be killed and started again at any moment. A connection that it closed meanwhile is made anew; what may
be repeated is repeated; ``patience_s`` says how long a caller is willing to wait for a server that is away.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import (
    IO,
    TYPE_CHECKING,
    Any,
    Callable,
    Deque,
    Dict,
    Iterable,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
    cast,
)

from trainshed.client.address import Address
from trainshed.client.answer import Answer, Stream
from trainshed.contract import wire
from trainshed.contract.errors import ServerUnreachable
from trainshed.contract.tuples import NamedTuple
from trainshed.contract.version import VERSION, WIRE_VERSION

if TYPE_CHECKING:
    from trainshed.client.connection import Link
    from trainshed.client.http1 import Response

Body = Union[bytes, bytearray, memoryview, IO[bytes], Iterable[bytes], None]
Query = Mapping[str, Any]

PREFIX = "/api/v1"
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
#: A server that leaves answers so to whoever waits (see server/app): as good as no answer.
LEAVING = 503
_BYTES = (bytes, bytearray, memoryview)
_REVIVES = 3
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 1.0


class _Ask(NamedTuple):
    """``body`` is bytes, an open file of which ``size_bytes`` from ``start`` on are sent, an iterable, or None."""

    method: str
    target: str
    body: Any
    start: Optional[int]
    size_bytes: int
    headers: Dict[str, str]
    timeout_s: float
    idempotent: bool
    stream: bool

    @property
    def has_iterable(self) -> bool:
        """The body can be sent only once."""
        return self.start is None and self.body is not None and not isinstance(self.body, _BYTES)


class _NoAnswer(Exception):
    """``repeat``: the request surely did nothing, or may be done twice. ``slow``: nothing came in time."""

    def __init__(self, why: str, *, repeat: bool, slow: bool = False) -> None:
        super().__init__(why)
        self.repeat = repeat
        self.slow = slow


class Client:
    """Talks to one server. Threads may share it; a forked child may go on using it.

    Args:
        addresses: ways to the same server, best first.
        token: goes with every request; never shown.
        what: who speaks, for the server's log.
        patience_s: how long a request waits for a server that does not answer, unless the request says otherwise.
        revive: called when no address answers; brings the server back and gives its addresses.
        web_address: where a browser finds the server, if that is known; no request goes there.

    Attributes:
        revive, web_address: the same; may be set later.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        token: str,
        *,
        what: str = "sdk",
        patience_s: float = 0.0,
        revive: Optional[Callable[[], Sequence[str]]] = None,
        web_address: Optional[str] = None,
    ) -> None:
        self._addresses = tuple(Address.parse(address) for address in addresses)
        self._token = token
        self._patience_s = patience_s
        self.revive = revive
        self.web_address = web_address
        self._idle: Deque[Link] = deque()
        self._headers = {
            "Authorization": "Bearer " + token,
            "X-Trainshed-Wire": str(WIRE_VERSION),
            "User-Agent": "trainshed-%s/%s" % (what, VERSION),
            "Accept-Encoding": "identity",
        }

    def __repr__(self) -> str:
        return "Client(%s)" % ", ".join(self.addresses)

    def __getstate__(self) -> Dict[str, Any]:
        # Connections stay where they are; everything else may travel to another process.
        return dict(self.__dict__, _idle=deque())

    @property
    def addresses(self) -> Tuple[str, ...]:
        """The server's addresses, best first."""
        return tuple(str(address) for address in self._addresses)

    @property
    def token(self) -> str:
        """The token, to be handed on to another client; never print it."""
        return self._token

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Query] = None,
        body: Body = None,
        size_bytes: Optional[int] = None,
        record: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout_s: float = 60.0,
        idempotent: Optional[bool] = None,
        patience_s: Optional[float] = None,
    ) -> Answer:
        """Send a request and read the whole answer.

        Args:
            method: ``GET`` ...
            path: below ``/api/v1``, percent-encoded.
            query: values; None leaves a key out, a list repeats it, a bool becomes 0 or 1.
            body: bytes, an open file (sent from where it stands), or an iterable of bytes (which can't be sent again).
            size_bytes: how much of a file is sent; None: all the rest.
            record: sent as JSON instead of ``body``.
            headers: further ones.
            timeout_s: for connecting and for each read and write; let it be above a ``wait_s``.
            idempotent: the request may be sent again when the answer is lost; by default GET, HEAD, PUT and DELETE.
            patience_s: as in the constructor.

        Raises:
            Coded: the error that the server answered, of its own class.
            ServerUnreachable: no answer.
        """
        if record is not None:
            body = wire.dumps(record)
            headers = dict(headers or {}, **{"Content-Type": "application/json"})
        repeatable = method in REPEATABLE if idempotent is None else idempotent
        ask = self._ask(method, path, query, body, size_bytes, headers, timeout_s, repeatable)
        answer = self._send_patiently(ask, self._patience_s if patience_s is None else patience_s)
        return cast(Answer, answer)

    def stream(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Query] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout_s: float = 60.0,
        patience_s: Optional[float] = None,
    ) -> Stream:
        """Like :meth:`request` without a body, but the answer's body is left to be read piece by piece."""
        ask = self._ask(method, path, query, None, None, headers, timeout_s, True)
        answer = self._send_patiently(ask._replace(stream=True), self._patience_s if patience_s is None else patience_s)
        return cast(Stream, answer)

    def close(self) -> None:
        """Close the idle connections. The client may be used again."""
        while self._idle:
            self._idle.pop().close()

    def _ask(
        self,
        method: str,
        path: str,
        query: Optional[Query],
        body: Body,
        size_bytes: Optional[int],
        headers: Optional[Mapping[str, str]],
        timeout_s: float,
        idempotent: bool,
    ) -> _Ask:
        sent = dict(self._headers)
        start = None
        if body is not None:
            sent["Content-Type"] = "application/octet-stream"
        if hasattr(body, "fileno"):
            file = cast("IO[bytes]", body)
            start = file.tell()
            size_bytes = os.fstat(file.fileno()).st_size - start if size_bytes is None else size_bytes
            sent["Content-Length"] = str(size_bytes)
        sent.update(headers or {})
        target = PREFIX + path + (_query_string(query) if query else "")
        return _Ask(method, target, body, start, size_bytes or 0, sent, timeout_s, idempotent, stream=False)

    def _send_patiently(self, ask: _Ask, patience_s: float) -> Union[Answer, Stream]:
        deadline = time.monotonic() + patience_s
        pause_s = _FIRST_PAUSE_S
        revives = 0 if self.revive is None else _REVIVES
        while True:
            try:
                return self._send_to_any(ask)
            except _NoAnswer as error:
                why = error
            hopeless = not why.repeat or ask.has_iterable
            if self.revive is not None and revives > 0 and not hopeless and not why.slow:
                # Not for ever: when those that have just been started do not answer either, more will not help.
                self._addresses = tuple(Address.parse(address) for address in self.revive())
                revives -= 1
            elif hopeless or time.monotonic() + pause_s > deadline:
                raise ServerUnreachable(address=" or ".join(self.addresses), why=str(why)) from why.__cause__
            else:
                time.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _send_to_any(self, ask: _Ask) -> Union[Answer, Stream]:
        """Over a kept connection; else over a new one to the first address that takes it."""
        link = self._kept_link()
        if link is not None:
            try:
                return self._send_over(link, ask)
            except _NoAnswer as error:
                if not error.repeat or error.slow or ask.has_iterable:
                    raise
        return self._send_over(self._new_link(ask.timeout_s), ask)

    def _kept_link(self) -> Optional[Link]:
        while True:
            try:
                link = self._idle.pop()
            except IndexError:
                return None
            if link.is_fresh():
                return link
            link.close()

    def _new_link(self, timeout_s: float) -> Link:
        from trainshed.client.connection import Link

        failed = []
        for address in self._addresses:
            try:
                return Link(address, timeout_s)
            except OSError as error:
                failed.append((address, error))
        why = "; ".join("%s" % error if len(failed) == 1 else "%s: %s" % (address, error) for address, error in failed)
        raise _NoAnswer(why or "it has no address", repeat=True) from (failed[-1][1] if failed else None)

    def _send_over(self, link: Link, ask: _Ask) -> Union[Answer, Stream]:
        try:
            link.set_timeout(ask.timeout_s)
            response = _exchange(link, ask)
            if ask.stream and response.status < 400:
                return Stream(response, str(link.address), lambda: self._settle(link, keep=response.keeps))
            body = response.read()
        except OSError as error:
            link.close()
            words, slow = _words(error, ask.timeout_s)
            raise _NoAnswer(words, repeat=ask.idempotent, slow=slow) from error
        except BaseException:
            link.close()  # an interrupt between question and answer: the next request must not read this answer
            raise
        self._settle(link, keep=response.keeps)
        answer = Answer(response.status, response.headers, body)
        if answer.status < 400:
            return answer
        if answer.status == LEAVING:
            raise _NoAnswer("it is being stopped", repeat=True)
        raise answer.error()

    def _settle(self, link: Link, *, keep: bool) -> None:
        if keep and link.pid == os.getpid():
            self._idle.append(link)
        else:
            link.close()


def _exchange(link: Link, ask: _Ask) -> Response:
    headers, body = ask.headers, ask.body
    if ask.start is not None:
        from trainshed.client.connection import file_pieces

        body = file_pieces(body, ask.start, ask.size_bytes)
    elif ask.has_iterable:
        headers = dict(headers, **{"Transfer-Encoding": "chunked"})
    return link.ask(ask.method, ask.target, headers, body)


def _words(error: BaseException, timeout_s: float) -> Tuple[str, bool]:
    from socket import timeout

    if isinstance(error, timeout):
        return "no answer within %g s" % timeout_s, True
    return str(error) or type(error).__name__, False


def _query_string(query: Query) -> str:
    from urllib.parse import urlencode

    pairs = []
    for key, value in query.items():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if item is not None:
                pairs.append((key, int(item) if isinstance(item, bool) else item))
    return "?" + urlencode(pairs, errors="surrogateescape") if pairs else ""


__all__ = ["PREFIX", "Address", "Answer", "Client", "Stream"]
