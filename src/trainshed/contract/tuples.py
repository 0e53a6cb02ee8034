"""Named tuples that cost next to nothing until they are used.

``typing.NamedTuple`` compiles a constructor, and each annotation, when its module is imported: twenty of them were a
tenth of the command's start. Here the constructor is written when the first tuple of a class is made, and annotations
are left alone. For type checkers this is ``typing.NamedTuple``.
"""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, NamedTuple
else:

    class _Kind(type):
        """Makes of a class with annotations one of tuples."""

        def __new__(meta, name, bases, space):
            if not bases:
                return type.__new__(meta, name, bases, space)
            for taken in _GIVEN.keys() & space.keys() - {"__repr__"}:
                raise AttributeError("%s.%s cannot be overwritten" % (name, taken))
            return _finished(type(name, (tuple,), {**_GIVEN, **space}))

    class NamedTuple(metaclass=_Kind):
        """Inherit from it alone, as from ``typing.NamedTuple``."""


__all__ = ["NamedTuple"]


def _finished(cls: Any) -> Any:
    names = tuple(cls.__dict__.get("__annotations__") or cls.__annotations__)  # noqa: RUF063
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    if tuple(defaults) != names[len(names) - len(defaults) :]:
        raise TypeError("%s: a field without a default follows one that has one" % cls.__name__)
    cls._fields = names
    cls.__match_args__ = names  # type: ignore[misc]
    cls._field_defaults = defaults
    for number, name in enumerate(names):
        setattr(cls, name, property(itemgetter(number)))
    return cls


def _first(cls: Any, *given: Any, **named: Any) -> Any:
    """``__new__`` until somebody needs it."""
    owner = next(base for base in cls.__mro__ if "_fields" in base.__dict__)
    owner.__new__ = staticmethod(_written_new(owner))
    return owner.__new__(cls, *given, **named)


def _written_new(cls: Any) -> Any:
    known: Dict[str, Any] = {"_new": tuple.__new__}
    head: List[str] = []
    for name in cls._fields:
        if name in cls._field_defaults:
            known["_default_" + name] = cls._field_defaults[name]
            head.append("%s=_default_%s" % (name, name))
        else:
            head.append(name)
    fields = "".join(["%s, " % name for name in cls._fields])
    # What goes into the text are the names of a class's annotations.
    exec("def __new__(_cls, %s):\n return _new(_cls, (%s))" % (", ".join(head), fields), known)
    made = known["__new__"]
    made.__qualname__ = cls.__qualname__ + ".__new__"
    made.__module__ = cls.__module__
    return made


def _replace(self: Any, **changes: Any) -> Any:
    """A copy with other values in some fields. ValueError for one that is not there."""
    made = self._make([changes.pop(name, value) for name, value in zip(self._fields, self)])
    if changes:
        raise ValueError("Got unexpected field names: %r" % list(changes))
    return made


def _asdict(self: Any) -> Dict[str, Any]:
    """The fields by their names."""
    return dict(zip(self._fields, self))


def _make(cls: Any, values: Any) -> Any:
    """A tuple of these values. TypeError when they are too many or too few."""
    made = tuple.__new__(cls, values)
    if len(made) != len(cls._fields):
        raise TypeError("Expected %d arguments, got %d" % (len(cls._fields), len(made)))
    return made


def _repr(self: Any) -> str:
    pairs = ", ".join(["%s=%r" % pair for pair in zip(self._fields, self)])
    return "%s(%s)" % (self.__class__.__name__, pairs)


def _given(self: Any) -> Any:
    """For copy and pickle."""
    return tuple(self)


_GIVEN: Dict[str, Any] = {
    "__slots__": (),
    "__new__": staticmethod(_first),
    "__repr__": _repr,
    "__getnewargs__": _given,
    "_replace": _replace,
    "_asdict": _asdict,
    "_make": classmethod(_make),
}
