"""What a server answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional, Type, TypeVar

from trainshed.client.http1 import BLOCK_BYTES
from trainshed.contract.errors import Coded, ServerError, ServerUnreachable, from_body
from trainshed.contract.wire import from_wire

if TYPE_CHECKING:
    from trainshed.client.http1 import Response

T = TypeVar("T")


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

    def __init__(self, response: Response, address: str, settle: Callable[[], None]) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._address = address
        self._settle: Optional[Callable[[], None]] = settle

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """Up to ``size`` bytes; empty at the end.

        Raises:
            ServerUnreachable: the connection broke before the end of the body.
        """
        try:
            return self._response.read(size)
        except OSError as error:
            raise ServerUnreachable(address=self._address, why="the answer broke off: %s" % error) from error

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
            settle()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
