"""Tags and properties as people give them: keys, lists of keys, dicts."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from trainshed.contract.errors import BadValue

Labels = Union[None, str, Mapping[str, Any], Sequence[str]]


def words(what: str, labels: Labels) -> List[str]:
    """``KEY`` or ``KEY=VALUE`` for each that must be there; BadValue for what is none of the three."""
    if not labels:
        return []
    if isinstance(labels, str):
        return [labels]
    if isinstance(labels, Mapping):
        return [str(key) if value is None else "%s=%s" % (key, value) for key, value in labels.items()]
    if isinstance(labels, (list, tuple, set, frozenset)):
        return [str(label) for label in labels]
    raise BadValue(what=what, why="a key, a list of keys or a dict is needed, not %s." % labels.__class__.__name__)


def tag_values(tags: Any) -> Dict[str, Optional[str]]:
    """Tags to be set: values are made strings, None stays None."""
    return {str(key): None if value is None else str(value) for key, value in mapping("tags", tags).items()}


def mapping(what: str, value: Any) -> Mapping[str, Any]:
    """The value itself; BadValue if it is no dict."""
    if isinstance(value, Mapping):
        return value
    raise BadValue(what=what, why="a dict is needed, not %s." % type(value).__name__)
