"""Say for each entry of a folder whether it belongs to the snapshot, and which rule says so."""

from __future__ import annotations

import os
from typing import Iterator, List, NamedTuple, Optional

from trainshed.contract.errors import SourceMissing
from trainshed.sdk.snapshot.ignoring import AMLIGNORE, BY_DEFAULT, GITIGNORE, NEVER, Rules
from trainshed.sdk.snapshot.rules import Rule


class Verdict(NamedTuple):
    """One entry.

    Attributes:
        path: relative, forward slashes; a folder ends with a slash and is named only when it is left out whole.
        kept: whether it belongs to the snapshot.
        source: the ignore file that decided; None when no line did.
        line: of that file, counted from 1.
        rule: the line's text, or in words why it is left out without one.
        size_bytes: of a file that is kept.
    """

    path: str
    kept: bool
    source: Optional[str] = None
    line: Optional[int] = None
    rule: Optional[str] = None
    size_bytes: int = 0


def explain(folder: str) -> List[Verdict]:
    """What a snapshot of ``folder`` holds and what it leaves out, sorted by path.

    Raises:
        SourceMissing: it is no folder.
    """
    root = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isdir(root):
        words = "is not a folder." if os.path.exists(root) else "does not exist."
        raise SourceMissing(what="Source directory", path=folder, why=words)
    return sorted(_explain(root, "", Rules()), key=lambda verdict: verdict.path)


def _explain(folder: str, path: str, rules: Rules) -> Iterator[Verdict]:
    with os.scandir(folder) as found:
        entries = list(found)
    names = {entry.name for entry in entries}
    rules = rules.below(folder, path, has_amlignore=AMLIGNORE in names, has_gitignore=GITIGNORE in names)
    for entry in entries:
        below = "%s/%s" % (path, entry.name) if path else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        rule = rules.verdict(below, entry.name, is_folder=is_folder)
        if rules.leaves_out(below, entry.name, is_folder=is_folder):
            yield _verdict(below + "/" * is_folder, rule if entry.name != NEVER else None, entry.name)
        elif is_folder:
            yield from _explain(entry.path, below, rules)
        else:
            size_bytes = entry.stat(follow_symlinks=False).st_size
            if rule is None:
                yield Verdict(below, True, size_bytes=size_bytes)
            else:
                yield Verdict(below, True, rule.source, rule.line, rule.text, size_bytes)


def _verdict(path: str, rule: Optional[Rule], name: str) -> Verdict:
    if rule is not None:
        return Verdict(path, False, rule.source, rule.line, rule.text)
    assert name == NEVER or name in BY_DEFAULT
    words = "never part of a snapshot" if name == NEVER else "left out unless a line such as !%s/ keeps it" % name
    return Verdict(path, False, rule=words)
