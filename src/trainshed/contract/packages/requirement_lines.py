"""Whether a line can be a requirement for pip: what is surely none is told before anything is queued.

Source: PEP 508; pip's documentation of the requirements file format. In doubt a line is taken, and pip's resolver has
the last word: URLs, markers, hashes and versions in old forms are not looked into.
"""

from __future__ import annotations

import re
from typing import Optional

_HEAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*")
_OPTION = re.compile(r"\s+--?[A-Za-z].*")
_COMMENT = re.compile(r"(^|\s)#.*$")
_CONDITION = re.compile(r"(?P<operator>[<>=!~]+)\s*(?P<version>\S*)")
_OPERATORS = frozenset({"===", "==", "~=", "!=", "<=", ">=", "<", ">", "<>"})  # the last one is of old
_KNOWN = "==, >=, <=, ~=, !=, <, >"
_LIKE_THIS = "it is not a requirement such as 'numpy==1.18'"


def fault(line: str) -> Optional[str]:
    """Why pip would not take a line, in words for people; None: it may take it.

    An option, a URL, a path with a scheme, and a line with variables (``${NAME}``) are taken as they are.
    """
    text = _OPTION.sub("", _COMMENT.sub("", line)).strip()
    if not text or text.startswith("-") or "://" in text or "${" in text:
        return None
    found = _HEAD.match(text)
    if found is None:
        return _LIKE_THIS
    rest = text[found.end() :].partition(";")[0].strip()
    if not rest or "@" in rest:
        return None
    if rest.startswith("(") and rest.endswith(")"):
        rest = rest[1:-1].strip()
    for condition in rest.split(","):
        why = _fault_of(condition.strip())
        if why:
            return why
    return None


def _fault_of(condition: str) -> Optional[str]:
    if not condition:
        return None  # a comma too many, which some take
    found = _CONDITION.fullmatch(condition)
    if found is None:
        return _LIKE_THIS
    operator, version = found.group("operator"), found.group("version")
    if operator not in _OPERATORS:
        return "%r is none of pip's conditions (%s)" % (operator, _KNOWN)
    return None if version else "there is no version after %r" % operator
