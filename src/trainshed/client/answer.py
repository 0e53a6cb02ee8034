"""What a server answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional, Type, TypeVar

from trainshed.contract.errors import Coded, ServerError, ServerUnreachable, from_body
from trainshed.contract.wire import from_wire

if TYPE_CHECKING:
    from http.client import HTTPResponse

T = TypeVar("T")
#: How much of a body is read or sent at once.
BLOCK_BYTES = 1 << 20


class Answer:
    """A whole answer: ``status``, ``headers`` (``get`` ignores case), ``body``."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def json(self) -> Any:
        """The body as a JSON value; ServerError when it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ServerError(message="The server's answer is not JSON: %s" % error, status=self.status) from error

    def record(self, kind: Type[T]) -> T:
        """The body as a record of a class of the contract; ServerError when it is not one."""
        try:
            return from_wire(kind, self.json())
        except ValueError as error:
            words = "The server's answer is no %s: %s" % (kind.__name__, error)
            raise ServerError(message=words, status=self.status) from error

    def error(self) -> Coded:
        """The error that the body describes."""
        try:
            body = json.loads(self.body)
        except ValueError:
            body = None
        if isinstance(body, dict):
            return from_body(body, self.status)
        words = self.body[:500].decode("utf-8", "replace").strip()
        return ServerError(message="The server answered %d: %s" % (self.status, words), status=self.status)


class Stream:
    """An answer whose body is read piece by piece. Close it, or use it in ``with``."""

    def __init__(self, response: HTTPResponse, address: str, settle: Callable[[bool], None]) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers  # type: ignore[assignment]  # an email Message: get ignores case
        self._response = response
        self._address = address
        self._settle: Optional[Callable[[bool], None]] = settle
        self._left_bytes = response.length

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """Up to ``size`` bytes; empty at the end.

        Raises:
            ServerUnreachable: the connection broke before the end of the body.
        """
        from http.client import HTTPException

        try:
            block = self._response.read(size)
        except (OSError, HTTPException) as error:
            raise ServerUnreachable(address=self._address, why="the answer broke off: %s" % error) from error
        if self._left_bytes is not None:
            self._left_bytes -= len(block)
            if not block and size and self._left_bytes > 0:
                raise ServerUnreachable(
                    address=self._address, why="the answer broke off, %d bytes are missing" % self._left_bytes
                )
        return block

    def __iter__(self) -> Iterator[bytes]:
        while True:
            block = self.read()
            if not block:
                return
            yield block

    def close(self) -> None:
        """Give the connection back; one with bytes unread is closed."""
        settle, self._settle = self._settle, None
        if settle is not None:
            whole = self._response.isclosed() or self._left_bytes == 0
            self._response.close()
            settle(whole)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
