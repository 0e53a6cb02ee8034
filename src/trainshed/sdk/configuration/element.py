"""The base of all sections of a run configuration: named fields, v1's camelCase form and back.

Files of v1 hold camelCase keys, older ones snake_case; both are read, camelCase is written. Keys that we don't know
are kept, written back and named in one warning.
"""

from __future__ import annotations

from typing import Any, Callable, ClassVar, Dict, FrozenSet, List, Mapping, Tuple, Type, TypeVar

from trainshed.contract.tuples import NamedTuple

E = TypeVar("E", bound="Element")


class Field(NamedTuple):
    """One field of a section.

    Attributes:
        name: of the attribute; its key is the same in camelCase.
        kind: ``any``, ``text``, ``int``, ``number``, ``bool``, ``texts`` (a list of strings), ``map``,
            ``section``, ``section list``, ``section map``.
        section: the class of the section, or of each item.
    """

    name: str
    kind: str = "any"
    section: Any = None

    @property
    def key(self) -> str:
        """The name in camelCase: ``node_count`` -> ``nodeCount``; a leading underscore (a private name) is dropped."""
        first, *rest = self.name.strip("_").split("_")
        return first + "".join(part.capitalize() for part in rest)


class Broken(Exception):
    """A value of a wrong form. ``path`` leads to it from the top of the file."""

    def __init__(self, path: Tuple[Any, ...], why: str) -> None:
        super().__init__("%s: %s" % (".".join(map(str, path)), why))
        self.path = path
        self.why = why


class Element:
    """A section. Assigning an attribute that it doesn't have is an error, as in v1: no typing error stays silent."""

    FIELDS: ClassVar[Tuple[Field, ...]] = ()
    #: Keys of older files that mean nothing any more: read and dropped without a word.
    FORMER: ClassVar[FrozenSet[str]] = frozenset()
    #: Texts that an empty value leaves as they are.
    NEVER_NONE: ClassVar[FrozenSet[str]] = frozenset()
    _names: ClassVar[FrozenSet[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._names = frozenset(field.name for field in cls.FIELDS)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and name not in self._names and not hasattr(type(self), name):
            raise AttributeError(_no_such_attribute(type(self), name))
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        import json

        return "%s(%s)" % (type(self).__name__, json.dumps(self.to_dict(), default=str))

    def to_dict(self) -> Dict[str, Any]:
        """v1's form: plain values under camelCase keys, all fields, in their order."""
        data = {field.key: _plain(getattr(self, field.name)) for field in self.FIELDS}
        data.update(self.__dict__.get("_unknown", {}))
        return data

    @classmethod
    def from_dict(cls: Type[E], data: Mapping[str, Any], path: Tuple[Any, ...] = ()) -> E:
        """The reverse of :meth:`to_dict`; fields that are missing keep their defaults.

        Args:
            data: keys in camelCase or snake_case.
            path: where ``data`` stands in its file, for errors.

        Raises:
            Broken: a value of a wrong form.
        """
        element = cls._blank()
        element._fill(data, path)
        return element

    @classmethod
    def _blank(cls: Type[E]) -> E:
        """One with all defaults; a class whose constructor asks for something overrides this."""
        return cls()

    def _fill(self, data: Mapping[str, Any], path: Tuple[Any, ...]) -> None:
        by_key = {_canonical(field.name): field for field in self.FIELDS}
        unknown = {}
        for key, value in data.items():
            field = by_key.get(_canonical(str(key)))
            if field is None:
                if _canonical(str(key)) not in self.FORMER:
                    unknown[key] = value
            elif value is not None:
                setattr(self, field.name, _read(field, value, (*path, key)))
            elif field.kind in ("text", "any") and field.name not in self.NEVER_NONE:
                setattr(self, field.name, None)  # said on purpose; an empty number or section keeps its default
        if unknown:
            self.__dict__["_unknown"] = unknown

    def unknown_keys(self, path: Tuple[str, ...] = ()) -> List[str]:
        """The dotted names of keys that no field answered to, also of the sections below."""
        found = [".".join((*path, str(key))) for key in self.__dict__.get("_unknown", {})]
        for field in self.FIELDS:
            value = getattr(self, field.name)
            if isinstance(value, Element):
                found += value.unknown_keys((*path, field.key))
        return found


def _no_such_attribute(kind: type, name: str) -> str:
    from difflib import get_close_matches

    names = [known for known in dir(kind) if not known.startswith("_")] + [field.name for field in kind.FIELDS]  # type: ignore[attr-defined]
    near = get_close_matches(name, names, 1)
    return "%s has no attribute %r.%s" % (kind.__name__, name, " Is it %r?" % near[0] if near else "")


def _canonical(key: str) -> str:
    return key.replace("_", "").lower()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    to_dict = getattr(value, "to_dict", None) or getattr(value, "as_dict", None)
    return to_dict() if callable(to_dict) else value


def _read(field: Field, value: Any, path: Tuple[Any, ...]) -> Any:
    if field.kind.startswith("section"):
        return _READ_SECTIONS[field.kind](field.section, value, path)
    return READERS[field.kind](value, path)


def _section(kind: Type[Element], value: Any, path: Tuple[Any, ...]) -> Any:
    return kind.from_dict(_map(value, path), path)


def _section_list(kind: Type[Element], value: Any, path: Tuple[Any, ...]) -> Any:
    if not isinstance(value, list):
        raise Broken(path, "expected a list, found %s" % _named(value))
    return [_section(kind, item, (*path, number)) for number, item in enumerate(value)]


def _section_map(kind: Type[Element], value: Any, path: Tuple[Any, ...]) -> Any:
    return {key: _section(kind, item, (*path, key)) for key, item in _map(value, path).items()}


def _map(value: Any, path: Tuple[Any, ...]) -> Dict[Any, Any]:
    if not isinstance(value, dict):
        raise Broken(path, "expected keys and values, found %s" % _named(value))
    return value


def _bool(value: Any, path: Tuple[Any, ...]) -> bool:
    if not isinstance(value, bool):
        raise Broken(path, "expected true or false, found %s" % _named(value))
    return value


def _int(value: Any, path: Tuple[Any, ...]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Broken(path, "expected a whole number, found %s" % _named(value))
    return value


def _number(value: Any, path: Tuple[Any, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Broken(path, "expected a number, found %s" % _named(value))
    return value


def _text(value: Any, path: Tuple[Any, ...]) -> str:
    if isinstance(value, (dict, list)):
        raise Broken(path, "expected a text, found %s" % _named(value))
    return value if isinstance(value, str) else str(value)


def _texts(value: Any, path: Tuple[Any, ...]) -> List[Any]:
    if isinstance(value, str):
        import shlex

        return shlex.split(value)
    if not isinstance(value, list):
        raise Broken(path, "expected a list, found %s" % _named(value))
    for number, item in enumerate(value):
        if isinstance(item, (dict, list)):
            raise Broken((*path, number), "expected a text or a number, found %s" % _named(item))
    return list(value)


def _named(value: Any) -> str:
    if isinstance(value, dict):
        return "keys and values"
    return "a list" if isinstance(value, list) else repr(value)


READERS: Dict[str, Callable[[Any, Tuple[Any, ...]], Any]] = {
    "any": lambda value, path: value,
    "text": _text,
    "texts": _texts,
    "int": _int,
    "number": _number,
    "bool": _bool,
    "map": _map,
}
_READ_SECTIONS: Dict[str, Callable[[Type[Element], Any, Tuple[Any, ...]], Any]] = {
    "section": _section,
    "section list": _section_list,
    "section map": _section_map,
}
