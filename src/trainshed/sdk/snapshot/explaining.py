"""Say for each entry of a folder whether it belongs to the snapshot, and which rule says so."""

from __future__ import annotations

import os
from typing import Dict, FrozenSet, List, Optional

from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.snapshot.ignoring import BY_DEFAULT, NEVER, Rules, our_folders
from trainshed.sdk.snapshot.walk import Walker, require_folder


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


class _Explainer(Walker):
    def __init__(self, root: str, left_out: FrozenSet[str]) -> None:
        super().__init__(root, left_out)
        self.verdicts: List[Verdict] = []
        self._rules_of: Dict[str, Rules] = {}

    def entered(self, path: str, rules: Rules) -> None:
        self._rules_of[path] = rules

    def left(self, path: str, name: str, rules: Rules, *, is_folder: bool) -> None:
        rule = None if name == NEVER else rules.verdict(path, name, is_folder=is_folder)
        shown = path + "/" * is_folder
        if rule is not None and not rule.keeps:
            self.verdicts.append(Verdict(shown, False, rule.source, rule.line, rule.text))
        elif name == NEVER:
            self.verdicts.append(Verdict(shown, False, rule="never part of a snapshot"))
        elif name in BY_DEFAULT:
            words = "left out unless a line such as !%s/ keeps it" % name
            self.verdicts.append(Verdict(shown, False, rule=words))
        else:
            self.verdicts.append(Verdict(shown, False, rule="Trainshed's own folder"))

    def keep(self, path: str, size_bytes: int) -> None:
        folder, _, name = path.rpartition("/")
        rule = self._rules_of[folder].verdict(path, name, is_folder=False)
        if rule is None:
            self.verdicts.append(Verdict(path, True, size_bytes=size_bytes))
        else:
            self.verdicts.append(Verdict(path, True, rule.source, rule.line, rule.text, size_bytes))


def explain(folder: str) -> List[Verdict]:
    """What a snapshot of ``folder`` holds and what it leaves out, sorted by path.

    Args:
        folder: the source folder.

    Raises:
        SourceMissing: it is no folder.
        SourceUnreadable: a folder in it cannot be listed.
    """
    root = os.path.abspath(os.path.expanduser(folder))
    require_folder(root)
    explainer = _Explainer(root, our_folders())
    explainer.folder(root, "", Rules(), ())
    for file in explainer.files:
        explainer.keep(file.path, file.size_bytes)
    for link in explainer.links:
        explainer.keep(link.path, 0)
    for path in explainer.skipped:
        explainer.verdicts.append(Verdict(path, False, rule="a link to nowhere, a pipe, a socket or a device"))
    return sorted(explainer.verdicts, key=lambda verdict: verdict.path)
