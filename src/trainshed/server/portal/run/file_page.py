"""The page of a run's files, and that of its code: a tree, and beside it what is in the chosen file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from trainshed.contract import words
from trainshed.contract.records import FileEntry
from trainshed.contract.snapshot import Manifest
from trainshed.server.portal.run.diff_text import DiffLine
from trainshed.server.portal.run.facts import Fact
from trainshed.server.portal.run.head import RunHead
from trainshed.server.portal.run.previews import Preview
from trainshed.server.portal.run.trees import Folder, TreeFile, tree

#: A tree shows no more; all of them are in the zip.
MOST_FILES = 5000
#: The name of git's uncommitted changes among a run's files (see sdk/git.py).
DIFF_FILE = "system/git/uncommitted.diff"


@dataclass(frozen=True)
class ShownFile:
    """The chosen file. ``picture``: where a browser gets it as a picture; empty: it is none."""

    path: str
    size: str
    note: str
    download: str
    preview: Preview
    picture: str = ""


@dataclass(frozen=True)
class FilePage:
    """The run's files. ``count``, ``size``: of all of them; ``left_out``: files that the tree does not show."""

    title: str
    id: str
    head: RunHead
    root: Folder
    count: int
    size: str
    left_out: int
    zip: str
    shown: ShownFile | None


@dataclass(frozen=True)
class CodePage:
    """The run's snapshot and what git said about its folder. ``root`` None: there is no snapshot."""

    title: str
    id: str
    head: RunHead
    git: tuple[Fact, ...]
    diff: tuple[DiffLine, ...]
    diff_download: str
    diff_cut: bool
    snapshot: str
    root: Folder | None
    count: int
    size: str
    zip: str
    shown: ShownFile | None


def file_href(href: str, path: str) -> str:
    """The path that downloads a file of the run whose page is ``href``."""
    return f"{href}/files/{quote(path)}"


def code_href(href: str, path: str) -> str:
    """The path that downloads a file of the run's snapshot."""
    return f"{href}/code/{quote(path)}"


def file_tree(files: Iterable[FileEntry], href: str, chosen: str) -> Folder:
    """A run's files as a tree."""
    return tree(
        TreeFile(
            file.path,
            file.path.rpartition("/")[2],
            words.size(file.size_bytes),
            f"{href}/files?{urlencode({'path': file.path})}",
            file_href(href, file.path),
            "still written" if file.provisional else "",
            file.path == chosen,
        )
        for file in files
    )


def code_tree(manifest: Manifest, href: str, chosen: str) -> Folder:
    """A snapshot's files as a tree."""
    return tree(
        TreeFile(
            file.path,
            file.path.rpartition("/")[2],
            "" if file.link else words.size(file.size_bytes),
            f"{href}/code?{urlencode({'path': file.path})}",
            "" if file.link else code_href(href, file.path),
            f"link to {file.link}" if file.link else "",
            file.path == chosen,
        )
        for file in manifest.files[:MOST_FILES]
    )
