"""The code of the next run, written while nobody waits: most runs submit what was submitted before.

After its own work is done, an agent writes one more copy of its snapshot to ``spare/<snapshot>/``; the next run with
that snapshot renames it instead of writing hundreds of files. A spare is taken by one run only, and never handed out
again.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from trainshed.contract.errors import Coded
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig
from trainshed.node import disk
from trainshed.node.agent.code import Source

_KEPT = 3
#: Fewer files are written as fast as renamed; more are not worth the space.
_FEWEST_FILES, _MOST_FILES, _MOST_BYTES = 8, 5000, 100 << 20
_MANIFEST, _CODE = "manifest.json", "code"


class Spares:
    """The spares of a home. ``None`` where the content store is on another machine."""

    def __init__(self, config: AgentConfig, layout: NodeLayout) -> None:
        self._root = HomeLayout(Path(config.runtime).parent.parent).spares
        self._near = config.store is not None
        self._half_made = layout.root / "spare.new"
        self._taken = layout.root / "spare"

    def manifest(self, snapshot: str) -> Optional[Dict[str, Any]]:
        """The manifest of a spare that is there now, in its wire form."""
        try:
            data = json.loads((self._root / snapshot / _MANIFEST).read_bytes())
        except (OSError, ValueError):
            return None
        return data if isinstance(data, dict) else None

    def take(self, snapshot: str, target: str) -> bool:
        """Move the spare of a snapshot to ``target``, which must not exist; False when there is none (any more)."""
        try:
            os.rename(self._root / snapshot, self._taken)  # of several runs that try, one succeeds
            os.rename(self._taken / _CODE, target)
        except OSError:
            return False
        return True

    def keep(self, snapshot: str, source: Source) -> None:
        """Write a spare unless there is one. What fails leaves nothing behind."""
        shutil.rmtree(self._taken, ignore_errors=True)
        if not self._is_worth_it(snapshot, source):
            return
        try:
            self._half_made.mkdir()
            source.write(str(self._half_made / _CODE))
            disk.write_whole(self._half_made / _MANIFEST, json.dumps(source.manifest).encode("utf-8"))
            self._root.mkdir(mode=0o700, exist_ok=True)
            self._make_room()
            os.rename(self._half_made, self._root / snapshot)
        except (OSError, Coded):
            pass  # a full disk, a content that is gone, or another agent was faster
        finally:
            shutil.rmtree(self._half_made, ignore_errors=True)

    def _is_worth_it(self, snapshot: str, source: Source) -> bool:
        size = sum(file.size_bytes for file in source.files)
        fits = _FEWEST_FILES <= len(source.files) <= _MOST_FILES and size <= _MOST_BYTES
        return self._near and fits and not (self._root / snapshot).exists() and self._same_disk()

    def _same_disk(self) -> bool:
        try:
            return os.stat(self._root.parent).st_dev == os.stat(self._half_made.parent).st_dev
        except OSError:
            return False

    def _make_room(self) -> None:
        """The oldest go; moved into the node's folder first, so that no run takes one that is half removed."""
        spares: List[Path] = sorted(self._root.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in spares[: max(0, len(spares) - _KEPT + 1)]:
            os.rename(old, self._taken)
            shutil.rmtree(self._taken, ignore_errors=True)
