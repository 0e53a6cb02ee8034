"""What is around every page: navigation, the workspace that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

#: Sections of the navigation: name and path.
SECTIONS = (
    ("Home", "/"),
    ("Runs", "/runs"),
    ("Experiments", "/experiments"),
    ("Models", "/models"),
    ("Data", "/datasets"),
    ("Environments", "/environments"),
    ("Compute", "/compute"),
)


@dataclass(frozen=True)
class Choice:
    """One entry of a filter. ``value`` empty: no filter."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class Link:
    """A way to another page. ``here``: it is the one that is shown, or its section."""

    text: str
    href: str
    here: bool = False


@dataclass(frozen=True)
class Around:
    """The frame of a page. ``workspace``: what its links stay in; ``workspaces``: all, where there are several."""

    links: tuple[Link, ...] = ()
    workspace: str = ""
    workspaces: tuple[Link, ...] = ()


def around(section: str, workspace_id: str, default_id: str, workspaces: Mapping[str, str]) -> Around:
    """The frame of a page.

    Args:
        section: the one of :data:`SECTIONS` that the page belongs to; empty: none.
        workspace_id: whose things the page shows; empty: the default's.
        default_id: the workspace that addresses need not name.
        workspaces: names by id, oldest first.
    """
    chosen = workspace_id or default_id
    many = len(workspaces) > 1
    asked = chosen if chosen != default_id else ""
    links = tuple(Link(name, in_workspace(path, asked), name == section) for name, path in SECTIONS)
    choices = tuple(Link(name, in_workspace("/", key), key == chosen) for key, name in workspaces.items())
    return Around(links, workspaces.get(chosen, ""), choices if many else ())


def in_workspace(path: str, workspace_id: str) -> str:
    """A path that says which workspace it is about, unless that is the default."""
    return path + "?" + urlencode({"workspace": workspace_id}) if workspace_id else path
