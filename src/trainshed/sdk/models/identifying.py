"""Which models are meant: names, versions, v1's ids, tags as v1 takes them."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple, Union

from trainshed.contract.errors import BadValue
from trainshed.sdk.labels import words


def which(
    name: Optional[str], model_id: Optional[str], version: Union[int, str, None]
) -> Tuple[Optional[str], Optional[int]]:
    """Name and version of what ``Model(...)`` was given; BadValue where they contradict each other."""
    if model_id is None:
        return name, number(version)
    id_name, colon, id_version = str(model_id).rpartition(":")
    if not colon or not id_version.isdigit():
        raise BadValue(what="model id %r" % model_id, why="it is 'name:version', such as 'my-model:1'")
    for what, given, own in (("name", name, id_name), ("version", number(version), int(id_version))):
        if given is not None and given != own:
            raise BadValue(what="model id %r" % model_id, why="it contradicts the %s %r" % (what, given))
    return id_name, int(id_version)


def number(version: Union[int, str, None]) -> Optional[int]:
    """A version as a number; None for ``latest`` and None."""
    if version is None or version == "latest":
        return None
    if isinstance(version, bool) or not str(version).isdigit():
        raise BadValue(what="version %r" % (version,), why="it is a whole number, from 1")
    return int(version)


def labels(what: str, given: Any) -> List[str]:
    """v1's list of keys and ``[key, value]`` pairs (also a dict, or one key) as ``KEY`` and ``KEY=VALUE``."""
    if given is None or isinstance(given, (str, Mapping)):
        return words(what, given)
    if not isinstance(given, (list, tuple, set, frozenset)):
        return words(what, given)
    found = []
    for item in given:
        if isinstance(item, (list, tuple)):
            if len(item) != 2:
                raise BadValue(what=what, why="%r is neither a key nor a pair of key and value" % (item,))
            found.append("%s=%s" % tuple(item))
        else:
            found.append(str(item))
    return found
