"""The code of the next runs, written while nobody waits: most runs submit what was submitted before.

After its own work is done, an agent writes more copies of its snapshot to ``spare/<snapshot>/`` and
``spare/<snapshot>.2/``; the next run with that snapshot renames one instead of writing hundreds of files. There are two
because the next run often begins while an agent still replaces what its own run took. A spare is taken by one run only,
and never handed out again.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Tuple

from trainshed.contract.errors import Coded
from trainshed.contract.layout import HomeLayout, NodeLayout
from trainshed.contract.messages import AgentConfig
from trainshed.node import disk
from trainshed.node.agent.code import Source

#: Snapshots whose spares are kept, and what marks the second spare of one.
_KEPT = 3
_SECOND = ".2"
#: Fewer files are written as fast as renamed; more are not worth the space.
_FEWEST_FILES, _MOST_FILES, _MOST_BYTES = 8, 5000, 100 << 20
_MOST_BYTES_TWICE = 20 << 20
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
        for name in _names(snapshot):
            try:
                data = json.loads((self._root / name / _MANIFEST).read_bytes())
            except (OSError, ValueError):
                continue
            if isinstance(data, dict):
                return data
        return None

    def take(self, snapshot: str, target: str) -> bool:
        """Move a spare of a snapshot to ``target``, which must not exist; False when there is none (any more)."""
        for name in _names(snapshot):
            try:
                os.rename(self._root / name, self._taken)  # of several runs that try, one succeeds
            except OSError:
                continue
            try:
                os.rename(self._taken / _CODE, target)
            except OSError:
                return False
            return True
        return False

    def keep(self, snapshot: str, source: Source) -> None:
        """Write the spares that are missing, one agent after the other. What fails leaves nothing behind."""
        shutil.rmtree(self._taken, ignore_errors=True)
        names = self._worth_it(snapshot, source)
        with self._in_turn():
            for name in names:
                if not (self._root / name).exists():
                    self._write(name, source)

    @contextlib.contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Agents of runs that follow each other closely would write the same spares, and the next run would wait."""
        lock = None
        try:
            self._root.mkdir(mode=0o700, exist_ok=True)
            lock = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:
            pass  # a disk without locks: written twice at worst
        try:
            yield
        finally:
            if lock is not None:
                os.close(lock)

    def _write(self, name: str, source: Source) -> None:
        try:
            self._half_made.mkdir()
            source.write(str(self._half_made / _CODE))
            disk.write_whole(self._half_made / _MANIFEST, json.dumps(source.manifest).encode("utf-8"))
            self._make_room(_snapshot(name))
            os.rename(self._half_made, self._root / name)
        except (OSError, Coded):
            pass  # a full disk, a content that is gone, or another agent was faster
        finally:
            shutil.rmtree(self._half_made, ignore_errors=True)

    def _worth_it(self, snapshot: str, source: Source) -> Tuple[str, ...]:
        """The names of the spares that are worth their space."""
        size = sum(file.size_bytes for file in source.files)
        fits = _FEWEST_FILES <= len(source.files) <= _MOST_FILES and size <= _MOST_BYTES
        if not (self._near and fits and self._same_disk()):
            return ()
        return _names(snapshot)[: 2 if size <= _MOST_BYTES_TWICE else 1]

    def _same_disk(self) -> bool:
        try:
            return os.stat(self._root.parent).st_dev == os.stat(self._half_made.parent).st_dev
        except OSError:
            return False

    def _make_room(self, snapshot: str) -> None:
        """For ``snapshot``: the oldest others go; moved into the node's folder first, so that no run takes one that is
        half removed.
        """
        ages: Dict[str, float] = {}
        for path in self._root.iterdir():
            of = _snapshot(path.name)
            if of != snapshot:
                ages[of] = max(path.stat().st_mtime, ages.get(of, 0.0))
        for old in sorted(ages, key=lambda name: ages[name])[: max(0, len(ages) - _KEPT + 1)]:
            for name in _names(old):
                self._remove(name)

    def _remove(self, name: str) -> None:
        try:
            os.rename(self._root / name, self._taken)
        except FileNotFoundError:
            return  # there is one spare only, or a run took it
        shutil.rmtree(self._taken, ignore_errors=True)


def _names(snapshot: str) -> Tuple[str, str]:
    return snapshot, snapshot + _SECOND


def _snapshot(name: str) -> str:
    """Whose a spare is."""
    return name[: -len(_SECOND)] if name.endswith(_SECOND) else name
