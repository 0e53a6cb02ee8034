"""YAML to plain values with the line of each, and back. PyYAML is imported at first use.

v1 wrote and read YAML 1.2 (ruamel.yaml): ``yes``, ``on`` and ``12:30`` are texts there, ``1e-3`` is a number. So it is
here, in both directions; what is written reads the same under YAML 1.1 as well.
"""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Tuple

from trainshed.contract.errors import LibraryMissing, RunConfigBroken
from trainshed.contract.tuples import NamedTuple

_DEEPEST = 50
_CACHE: Dict[str, Any] = {}
# YAML 1.2, core schema: 10.3.2 "Tag Resolution".
_CORE: List[Tuple[str, str, str]] = [
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("tag:yaml.org,2002:float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+."),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", "~nN\0"),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
]


class Document(NamedTuple):
    """A file's content. ``lines`` leads from the path of a value to its line, counted from 1."""

    data: Dict[str, Any]
    lines: Dict[Tuple[Any, ...], int]

    def line(self, path: Tuple[Any, ...]) -> int:
        """The line of a value, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_file(path: str) -> Document:
    """The keys and values of a YAML file.

    Raises:
        RunConfigBroken: not YAML, not UTF-8, not keys and values, or a key given twice; names the line.
    """
    with open(path, "rb") as file:
        raw = file.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RunConfigBroken(path=path, line=line, why="this is not UTF-8 text") from error
    return _parse(text, path)


def write(data: Any) -> str:
    """YAML text, keys in the order given."""
    text = _yaml().dump(data, Dumper=_dumper(), sort_keys=False, allow_unicode=True, default_flow_style=False)
    return str(text)


def replace_file(path: str, text: str) -> None:
    """Write a text file under a temporary name, then rename it: nobody ever sees half a file."""
    temporary = "%s.%d.tmp" % (path, os.getpid())
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def _yaml() -> Any:
    try:
        import yaml
    except ImportError as error:
        raise LibraryMissing(what="Reading and writing YAML files", install="PyYAML") from error
    return yaml


def _parse(text: str, path: str) -> Document:
    yaml = _yaml()
    loader = None
    try:
        loader = _loader()(text)
        node = loader.get_single_node()
        if node is None:
            return Document({}, {})
        document = Document({}, {})
        reader = _Reader(loader, path, document.lines)
        data = reader.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = " ".join(filter(None, (error.context, error.problem)))
        words = words.replace(r"character '\t' that", "a tab, which YAML does not allow here: it")
        raise RunConfigBroken(path=path, line=mark.line + 1 if mark else 1, why=words) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise RunConfigBroken(path=path, line=line, why="a character that YAML does not allow") from error
    finally:
        if loader is not None:
            loader.dispose()
    if not isinstance(data, dict):
        raise RunConfigBroken(path=path, line=node.start_mark.line + 1, why="expected keys and values")
    document.data.update(data)
    return document


class _Reader:
    def __init__(self, loader: Any, path: str, lines: Dict[Tuple[Any, ...], int]) -> None:
        self._loader = loader
        self._path = path
        self._lines = lines

    def value(self, node: Any, path: Tuple[Any, ...]) -> Any:
        self._lines[path] = node.start_mark.line + 1
        if len(path) > _DEEPEST:
            raise RunConfigBroken(path=self._path, line=self._lines[path], why="nested too deeply")
        if node.id == "mapping":
            return self._mapping(node, path)
        if node.id == "sequence":
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except ValueError as error:
            raise RunConfigBroken(path=self._path, line=self._lines[path], why=str(error)) from error

    def _mapping(self, node: Any, path: Tuple[Any, ...]) -> Dict[Any, Any]:
        written = [key.value for key, _ in node.value if key.id == "scalar" and key.value != "<<"]
        self._loader.flatten_mapping(node)
        found: Dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                raise RunConfigBroken(path=self._path, line=line, why="a key must be a text")
            key = str(key_node.value)
            if key in found and written.count(key) > 1:
                raise RunConfigBroken(path=self._path, line=line, why="key %r is given twice" % key)
            place = (*path, key)
            found[key] = self.value(value_node, place)
            self._lines[place] = line
        return found


def _loader() -> Any:
    if "loader" not in _CACHE:
        yaml = _yaml()

        class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined, unused-ignore]
            yaml_implicit_resolvers: Dict[Any, Any] = {}

        for tag, pattern, first in _CORE:
            Loader.add_implicit_resolver(
                tag, re.compile("(?:%s)$" % pattern), list(first.replace("\0", "")) + [""] * ("\0" in first)
            )
        Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
        Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
        _CACHE["loader"] = Loader
    return _CACHE["loader"]


def _construct_int(loader: Any, node: Any) -> int:
    text = loader.construct_scalar(node)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _construct_float(loader: Any, node: Any) -> float:
    text = loader.construct_scalar(node).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


def _dumper() -> Any:
    if "dumper" not in _CACHE:
        yaml = _yaml()

        class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined, unused-ignore]
            yaml_implicit_resolvers = {
                key: list(rules) for key, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()
            }

            def ignore_aliases(self, data: Any) -> bool:
                return True  # v1 knew none

        for tag, pattern, first in _CORE:
            Dumper.add_implicit_resolver(tag, re.compile("(?:%s)$" % pattern), list(first.replace("\0", "")))
        _CACHE["dumper"] = Dumper
    return _CACHE["dumper"]
