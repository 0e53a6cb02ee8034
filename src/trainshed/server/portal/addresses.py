"""The paths of the portal's pages."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode


def page_of(area: str, *names: object) -> str:
    """The path of one thing: ``/models/<workspace>/<name>/<version>``."""
    return "/".join(["", area, *(quote(str(name), safe="") for name in names)])


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A path with those pairs of its query whose value is not empty."""
    query = urlencode([(name, value) for name, value in pairs if value])
    return f"{path}?{query}" if query else path


def runs_of(workspace_id: str, **filters: str) -> str:
    """The list of runs, narrowed."""
    return with_query("/runs", [("workspace", workspace_id), *filters.items()])
