"""Why data can't be brought."""

from __future__ import annotations


class DataTrouble(Exception):
    """In words for people: which input, which path, and what to do."""


def words_of(error: OSError, path: str) -> str:
    """``/data/x: Permission denied``: the path that the system named, else ``path``."""
    named = error.filename if isinstance(error.filename, str) else path
    return "%s: %s" % (named, error.strerror or error)
