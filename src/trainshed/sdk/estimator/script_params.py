"""``script_params``: a dict of flags and values as the script's flat list of arguments.

Follows: azureml.train.estimator (1.11): an empty value leaves the flag alone, lists are flattened, data stays data
until the run is compiled.
"""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from trainshed.contract.errors import BadValue


def flattened(script_params: Optional[Mapping[str, Any]]) -> List[Any]:
    """``{'--a': 1, '--flag': '', '--b': [1, 2]}`` as ``['--a', 1, '--flag', '--b', 1, 2]``.

    Raises:
        BadValue: not a dict; a flag that is no text; None as a value.
    """
    check(script_params)
    arguments: List[Any] = []
    for flag, value in (script_params or {}).items():
        arguments += [flag, *_values(value)]
    return arguments


def check(script_params: Any) -> None:
    """BadValue, as in :func:`flattened`."""
    if script_params is None:
        return
    if not isinstance(script_params, Mapping):
        raise BadValue(what="script_params %r" % (script_params,), why="give a dict such as {'--alpha': 0.5}")
    for flag, value in script_params.items():
        if not flag or not isinstance(flag, str):
            raise BadValue(what="script_params", why="a flag is a text such as '--alpha', not %r" % (flag,))
        if value is None:
            raise BadValue(what="script_params[%r]" % flag, why="it is None; '' gives the flag alone, or leave it out")


def _values(value: Any) -> List[Any]:
    if isinstance(value, (list, tuple)):
        return [one for item in value for one in _values(item)]
    if isinstance(value, str) and value == "":
        return []
    return [value]
