"""Environments that agents built on this machine: which of them may go, and their removal."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Iterator, List, Optional

from trainshed.contract.layout import EnvironmentLayout, EnvironmentsLayout


def prunable(layout: EnvironmentsLayout, older_than_s: float) -> Iterator[Path]:
    """Environments that no node folder uses and none has used for so long; private wheels that no lock names; what
    killed agents left of their work.
    """
    if not layout.root.is_dir():
        return
    before = time.time() - older_than_s
    for environment in _environments(layout):
        if _last_used(environment) < before and not _is_used(environment):
            yield environment.root
    locks = "".join(environment.locked.read_text() for environment in _environments(layout))
    for folder in _listed(layout.files):
        if _mtime(folder) < before and folder.name not in locks:
            yield folder
    for folder in _listed(layout.work):
        if _mtime(folder) < before:
            yield folder


def remove(layout: EnvironmentsLayout, folder: Path) -> bool:
    """Remove one of those, unless somebody has begun to use or build it meanwhile."""
    with ExitStack() as held:
        for name in (folder.name, folder.name + ".compiling"):
            lock = _try_to_hold(layout.lock(name))
            if lock is None:
                return False
            held.callback(os.close, lock)
        if folder.parent == layout.root:
            if _is_used(layout.environment(folder.name)):
                return False
            _forget_requests(layout, folder.name)
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _forget_requests(layout: EnvironmentsLayout, name: str) -> None:
    """They will be resolved anew."""
    for path in _listed(layout.request("any").parent):
        if (_json(path) or {}).get("environment") == name:
            path.unlink(missing_ok=True)


def _environments(layout: EnvironmentsLayout) -> List[EnvironmentLayout]:
    return [layout.environment(path.parent.name) for path in sorted(layout.root.glob("*/lock.txt"))]


def _is_used(environment: EnvironmentLayout) -> bool:
    uses = [_json(path) or {} for path in _listed(environment.uses)]
    folders = [Path(use["node_folder"]) for use in uses if "node_folder" in use]
    return any(folder.is_dir() and not (folder / "done.json").exists() for folder in folders)


def _last_used(environment: EnvironmentLayout) -> float:
    marks = [environment.locked, *environment.root.glob("*/complete.json")]
    return max(map(_mtime, marks))


def _try_to_hold(path: Path) -> Optional[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _json(path: Path) -> Optional[dict[str, str]]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _listed(folder: Path) -> List[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _mtime(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return time.time()
