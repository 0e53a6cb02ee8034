"""Which entries of a source folder are left out, and by which rule.

``.amlignore`` wins over ``.gitignore``: from the folder that holds an ``.amlignore`` downwards, no ``.gitignore`` is
read (v1 read ``.gitignore`` only where ``.amlignore`` is absent). Only files inside the source folder count, as in v1:
not those of folders above, nor git's settings. ``.git`` never belongs to a snapshot; ``__pycache__`` and
``.ipynb_checkpoints`` don't unless a line such as ``!__pycache__/`` says so.
"""

from __future__ import annotations

import os
from typing import Dict, FrozenSet, Optional, Tuple

from trainshed.contract.layout import default_home
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.snapshot.rules import Rule, RuleFile

AMLIGNORE, GITIGNORE = ".amlignore", ".gitignore"
NEVER = ".git"
BY_DEFAULT = frozenset({"__pycache__", ".ipynb_checkpoints"})


def our_folders() -> FrozenSet[str]:
    """Folders that belong to no snapshot wherever they lie (real paths): our own home."""
    return frozenset({os.path.realpath(str(default_home()))})


#: Rules by the content of their file, so that a warm process parses none twice.
_PARSED: Dict[Tuple[str, bytes], RuleFile] = {}
_PARSED_MOST = 500


class Rules(NamedTuple):
    """The ignore files that hold in a folder, outermost first. ``own``: an ``.amlignore`` is among them."""

    files: Tuple[RuleFile, ...] = ()
    own: bool = False

    def below(self, folder: str, path: str, *, has_amlignore: bool, has_gitignore: bool) -> Rules:
        """The rules in a folder that holds ignore files itself.

        Args:
            folder: where it lies.
            path: its name relative to the source folder; empty for that itself.
        """
        if has_amlignore:
            return Rules((*self.files, _read(folder, path, AMLIGNORE)), own=True)
        if has_gitignore and not self.own:
            return Rules((*self.files, _read(folder, path, GITIGNORE)), own=False)
        return self

    def verdict(self, path: str, name: str, *, is_folder: bool) -> Optional[Rule]:
        """The rule that decides about an entry, if there is one; the innermost file's last one."""
        path_bytes, name_bytes = os.fsencode(path), os.fsencode(name)
        for file in reversed(self.files):
            rule = file.last_match(path_bytes, name_bytes, is_folder=is_folder)
            if rule is not None:
                return rule
        return None

    def leaves_out(self, path: str, name: str, *, is_folder: bool) -> bool:
        """Whether an entry is no part of the snapshot. With no ignore file this is asked of folders only."""
        if name == NEVER:
            return True
        rule = self.verdict(path, name, is_folder=is_folder) if self.files else None
        if rule is not None:
            return not rule.keeps
        return is_folder and name in BY_DEFAULT


def _read(folder: str, path: str, name: str) -> RuleFile:
    with open(os.path.join(folder, name), "rb") as file:
        content = file.read()
    source = "%s/%s" % (path, name) if path else name
    found = _PARSED.get((source, content))
    if found is None:
        if len(_PARSED) >= _PARSED_MOST:
            _PARSED.clear()
        found = _PARSED[source, content] = RuleFile(content, source)
    return found
