"""Bytes to records and back.

msgspec does it several times faster than contract/wire.py, whose forms and errors these are.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Type, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from trainshed.contract import wire
from trainshed.contract.errors import (
    BadRequest,
    BadValue,
    Coded,
    Conflict,
    Fenced,
    Full,
    NotFound,
    Refused,
    ServerError,
    Unauthenticated,
)

T = TypeVar("T")

STATUS_OF: Dict[type, int] = {
    BadRequest: 400,
    Unauthenticated: 401,
    Refused: 403,
    NotFound: 404,
    Conflict: 409,
    Fenced: 410,
    Full: 507,
}

_decoders: Dict[Any, Callable[[bytes], Any]] = {}
_encode = msgspec.json.Encoder().encode


def encode(value: Any) -> bytes:
    """JSON of a record, or of lists and mappings of records."""
    try:
        return _encode(value)
    except (UnicodeEncodeError, TypeError):  # a lone surrogate, which UTF-8 cannot say; a mapping of an unusual class
        return wire.dumps(value)


def answer(value: Any, status: int = 200) -> Response:
    """A record as the answer."""
    return Response(encode(value), status, media_type="application/json")


def refusal(error: Coded) -> Response:
    """An error as the answer; its HTTP status is found along its class order."""
    status = next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), 500)
    if isinstance(error, ServerError):
        status = error.status_code or 500
    return answer(error.to_wire(), status)


def decode(kind: Type[T], data: bytes) -> T:
    """A record from JSON; BadValue, naming the field, if it is none."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind).decode
    try:
        return decoder(data)
    except (msgspec.DecodeError, UnicodeError):
        pass
    try:
        return wire.loads(kind, data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadValue(what="request body", why=str(error)) from error


async def body(request: Request, kind: Type[T]) -> T:
    """The record in a request's body."""
    return decode(kind, await request.body())


async def body_list(request: Request, kind: Type[T]) -> list[T]:
    """The records in a request's body."""
    try:
        items = msgspec.json.decode(await request.body())
        if not isinstance(items, list):
            raise ValueError("a list was expected")
        return [wire.from_wire(kind, item) for item in items]
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadValue(what="request body", why=str(error)) from error
