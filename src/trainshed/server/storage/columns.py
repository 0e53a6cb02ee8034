"""How values that SQL does not know lie in a column: times as whole microseconds, records as JSON text."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import msgspec
from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SURROGATE = re.compile("[\ud800-\udfff]")
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Microseconds since the epoch of an aware time."""
    return (at - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The reverse of :func:`to_us`, aware UTC."""
    return EPOCH + timedelta(microseconds=us)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since the epoch: sorts, compares, and needs no parser."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Optional[datetime], dialect: Dialect) -> Optional[int]:
        return None if value is None else to_us(value)

    def process_result_value(self, value: Optional[int], dialect: Dialect) -> Optional[datetime]:
        return None if value is None else from_us(value)


class Json(TypeDecorator[Any]):
    """Any JSON value as text; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Optional[str]:
        return None if value is None else json_text(value)

    def process_result_value(self, value: Optional[str], dialect: Dialect) -> Any:
        return None if value is None else json_value(value)


def json_text(value: Any) -> str:
    """Compact JSON; a lone surrogate (a file name of broken bytes, say) is escaped, as UTF-8 has no form for it."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))


def json_value(text: str) -> Any:
    """The reverse of :func:`json_text`."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return json.loads(text)


def storable(text: str) -> str:
    """The text itself; with lone surrogates (they stand for broken bytes), a form that the database can hold."""
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda found: "%%%X" % ord(found.group()), text)
