"""Frozen dataclasses that cost next to nothing until they are used.

The standard library writes and compiles six methods for each dataclass when its module is imported: for the records of
the contract that is more than the rest of a cold start together. Here ``__init__`` is written when the first record of
a class is made, and the other methods are shared. What results is a dataclass to everybody who looks (``fields``,
``is_dataclass``, ``replace``, msgspec): the standard library makes ``__dataclass_fields__`` when they are asked for.

For type checkers these are the standard library's ``dataclass``, ``field`` and ``replace``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
    from typing import Any, Dict, List, Tuple, Type
else:

    def dataclass(*, frozen):
        """``@dataclass(frozen=True)``: other options are the standard library's."""
        if not frozen:
            raise TypeError("only frozen records are made here")
        return _record

    def field(*, default_factory, repr=True):
        """A default that is made anew for each record. ``repr`` False: the value is not shown."""
        return _Factory(default_factory, repr)

    def replace(record, **changes):
        """A copy with other values in some fields. TypeError for a field that is not there."""
        kind = record.__class__
        if not changes.keys() <= kind.__record_fields__.keys():
            return kind(**{**record.__dict__, **changes})  # complains
        made = kind.__new__(kind)
        made.__dict__.update(record.__dict__)
        made.__dict__.update(changes)
        return made


__all__ = ["dataclass", "field", "replace"]


class _Required:
    """In place of a default: there is none."""


class _Factory:
    def __init__(self, make: Any, shown: bool) -> None:
        self.make = make
        self.shown = shown


def _record(cls: Any) -> Any:
    fields: Dict[str, Any] = {}
    for base in cls.__mro__[:0:-1]:
        fields.update(base.__dict__.get("__record_fields__", ()))
    for name in _annotations(cls):
        default = cls.__dict__.get(name, fields.get(name, _Required))
        if isinstance(default, _Factory):
            delattr(cls, name)
        fields[name] = default
    cls.__record_fields__ = fields
    cls.__match_args__ = tuple(fields)  # type: ignore[misc]
    cls.__init__ = _Init()
    cls.__dataclass_fields__ = _Fields()
    for method in (__setattr__, __delattr__, __eq__, __hash__, __repr__):
        setattr(cls, method.__name__, method)
    return cls


class _Init:
    """``__init__`` until somebody needs it."""

    def __get__(self, record: Any, kind: Any = None) -> Any:
        for owner in kind.__mro__:
            if owner.__dict__.get("__init__") is self:  # else another thread was here a moment ago
                owner.__init__ = _written_init(owner)
        made = kind.__init__
        return made if record is None else made.__get__(record, kind)


def _written_init(cls: Any) -> Any:
    known: Dict[str, Any] = {}
    head: List[str] = []
    body: List[str] = []
    for name, default in cls.__record_fields__.items():
        value = name
        if default is _Required:
            head.append(name)
        elif isinstance(default, _Factory):
            known["_make_" + name] = default.make
            head.append("%s=_required" % name)
            value = "_make_%s() if %s is _required else %s" % (name, name, name)
        else:
            known["_default_" + name] = default
            head.append("%s=_default_%s" % (name, name))
        body.append(" _values[%r] = %s" % (name, value))
    text = "def __init__(self, %s):\n _values = self.__dict__\n%s" % (", ".join(head), "\n".join(body) or " pass")
    known["_required"] = _Required
    exec(text, known)  # the names are those of a class's annotations
    made = known["__init__"]
    made.__qualname__ = cls.__qualname__ + ".__init__"
    made.__module__ = cls.__module__
    made.__annotations__ = {name: cls.__annotations__.get(name, "Any") for name in cls.__record_fields__}
    return made


class _Fields:
    """``__dataclass_fields__`` until somebody needs it."""

    def __get__(self, record: Any, kind: Any = None) -> Any:
        import dataclasses

        owner = next((base for base in kind.__mro__ if base.__dict__.get("__dataclass_fields__") is self), None)
        if owner is None:  # another thread was here a moment ago
            return kind.__dataclass_fields__
        space: Dict[str, Any] = {
            "__annotations__": _all_annotations(owner),
            "__doc__": "",
            "__module__": owner.__module__,
        }
        for name, default in owner.__record_fields__.items():
            if isinstance(default, _Factory):
                space[name] = dataclasses.field(default_factory=default.make, repr=default.shown)
            elif default is not _Required:
                space[name] = default
        shadow: Type[Any] = dataclasses.dataclass(init=False, repr=False, eq=False)(type(owner.__name__, (), space))
        owner.__dataclass_fields__ = shadow.__dataclass_fields__
        return owner.__dataclass_fields__


def _annotations(cls: Any) -> Any:
    """The class's own, where every version of Python has them."""
    return cls.__dict__.get("__annotations__") or cls.__annotations__  # noqa: RUF063


def _all_annotations(cls: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for base in cls.__mro__[::-1]:
        if "__record_fields__" in base.__dict__:
            found.update(_annotations(base))
    return found


def _refuse(name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError("cannot assign to field %r" % name)


def _values(record: Any) -> Tuple[Any, ...]:
    # Not from __dict__: a decoder may leave a default to the class.
    return tuple([getattr(record, name) for name in record.__match_args__])


def __setattr__(self: Any, name: str, value: Any) -> None:
    _refuse(name)


def __delattr__(self: Any, name: str) -> None:
    _refuse(name)


def __eq__(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self.__dict__ == other.__dict__ or _values(self) == _values(other)


def __hash__(self: Any) -> int:
    return hash(_values(self))


def __repr__(self: Any) -> str:
    fields = self.__record_fields__.items()
    shown = [name for name, default in fields if not isinstance(default, _Factory) or default.shown]
    return "%s(%s)" % (
        self.__class__.__qualname__,
        ", ".join(["%s=%r" % (name, getattr(self, name)) for name in shown]),
    )
