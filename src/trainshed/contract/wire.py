"""Frozen dataclasses to plain JSON values and back. The only place where a record becomes a dict.

Times travel as ISO 8601 in UTC ending in ``Z``; enums as their values; keys that the reader does not know are
ignored, and missing
ones take the field's default, so that a server and an agent one release apart understand each other.
"""

from __future__ import annotations

import enum
import functools
import json
import typing
from datetime import datetime, timezone
from typing import Any, Dict, Mapping, Tuple, Type, TypeVar

T = TypeVar("T")
_NONE = type(None)
#: With microseconds, and in whole seconds.
_TIME_LENGTHS = (27, 20)


def now() -> datetime:
    """The present time, aware UTC."""
    return datetime.now(timezone.utc)


def format_time(at: datetime) -> str:
    """``2026-11-24T01:02:03.000004Z``."""
    return at.astimezone(timezone.utc).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_time(text: str) -> datetime:
    """The reverse of :func:`format_time`; also takes whole seconds. ValueError for anything else."""
    # Not strptime, which takes ten times as long, and as many modules.
    if len(text) not in _TIME_LENGTHS or text[10] != "T" or text[-1] != "Z":
        raise ValueError("%r is no time such as 2026-11-24T01:02:03.000004Z" % text)
    return datetime.fromisoformat(text[:-1] + "+00:00")


def to_wire(value: Any) -> Any:
    """A JSON value for a record, a time, an enum, or any nesting of them in mappings, lists and tuples."""
    if value is None or value.__class__ in (str, int, float, bool):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime):
        return format_time(value)
    if _is_record(value.__class__):
        return {name: to_wire(getattr(value, name)) for name in _field_names(value.__class__)}
    if isinstance(value, Mapping):
        return {str(key): to_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_wire(item) for item in value]
    return value


def from_wire(kind: Type[T], data: Any) -> T:
    """Build a record of class ``kind`` from what :func:`to_wire` gave.

    Raises:
        ValueError: a field is missing or of the wrong form; names the class and field.
    """
    result = _decode(kind, data, kind.__name__)
    return typing.cast(T, result)


def dumps(value: Any) -> bytes:
    """Compact UTF-8 JSON of a record or plain value."""
    return json.dumps(to_wire(value), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def loads(kind: Type[T], data: bytes) -> T:
    """:func:`from_wire` of JSON text. ValueError if it is not JSON."""
    return from_wire(kind, json.loads(data))


def _is_record(kind: Any) -> bool:
    # In this order: the fields in the standard library's form are made when they are asked for.
    return hasattr(kind, "__record_fields__") or hasattr(kind, "__dataclass_fields__")


@functools.lru_cache(maxsize=None)
def _field_names(kind: Type[Any]) -> Tuple[str, ...]:
    return tuple(getattr(kind, "__record_fields__", None) or kind.__dataclass_fields__)


@functools.lru_cache(maxsize=None)
def _hints(kind: Type[Any]) -> Dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, data: Any, where: str) -> Any:
    if kind is Any:
        return data
    origin = typing.get_origin(kind)
    if origin is typing.Union:
        if data is None:
            return None
        return _decode(next(arg for arg in typing.get_args(kind) if arg is not _NONE), data, where)
    if origin is tuple:
        return tuple(_decode(typing.get_args(kind)[0], item, where) for item in _expect(data, list, where))
    if origin is not None:  # Mapping[str, X]
        item_kind = typing.get_args(kind)[1]
        return {key: _decode(item_kind, item, where) for key, item in _expect(data, dict, where).items()}
    if _is_record(kind):
        return _decode_record(kind, _expect(data, dict, where))
    if kind is datetime:
        return parse_time(_expect(data, str, where))
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(data)
    if kind is float and data.__class__ is int:
        return float(data)
    return _expect(data, kind, where)


def _decode_record(kind: Any, data: Dict[str, Any]) -> Any:
    values = {}
    hints = _hints(kind)
    for name in _field_names(kind):
        if name in data:
            values[name] = _decode(hints[name], data[name], "%s.%s" % (kind.__name__, name))
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError("%s: %s" % (kind.__name__, error)) from error


def _expect(data: Any, kind: Any, where: str) -> Any:
    if not isinstance(data, kind) or (kind is int and data.__class__ is bool):
        raise ValueError("%s must be %s, not %r" % (where, kind.__name__, data))
    return data
