"""Files that were fetched from URLs into the home's cache: which of them may go, and their removal.

What people put into the cache themselves is theirs: it counts, and stays.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Mapping, Set, Tuple

from trainshed.contract import fetched
from trainshed.contract.layout import HomeLayout


def stems_of(specs: Iterable[Mapping[str, Any]], layout: HomeLayout) -> Set[str]:
    """Records of the URLs that the inputs of these specs (in wire form) name."""
    return {
        fetched.stem_of(str(layout.url_cache), path["root"])
        for spec in specs
        for item in spec.get("inputs") or ()
        for path in item.get("paths") or ()
        if path.get("kind") == "url"
    }


def prunable(layout: HomeLayout, older_than_s: float, in_use: Set[str]) -> Iterator[Path]:
    """Records of files that nobody asked for in so long, and broken downloads that nobody went on with."""
    before = time.time() - older_than_s
    for record in _listed(layout.url_cache / fetched.FOLDER, fetched.RECORD):
        if str(record.with_suffix("")) not in in_use and _mtime(record) < before:
            yield record
    for partial in _listed(layout.url_cache / fetched.FOLDER, fetched.PARTIAL):
        if _mtime(partial) < before:
            yield partial


def prune(layout: HomeLayout, older_than_s: float, in_use: Set[str], *, dry_run: bool) -> List[Tuple[Path, int]]:
    """Remove those, with the files they speak of; what goes (or would), with its size in bytes."""
    gone: List[Tuple[Path, int]] = []
    for record in prunable(layout, older_than_s, in_use):
        lock = _try_to_hold(record.with_suffix(fetched.LOCK))
        if lock is None:
            continue  # it is being fetched
        try:
            if _mtime(record) < time.time() - older_than_s:
                gone += _remove(layout, record, dry_run=dry_run)
        finally:
            os.close(lock)
    return gone


def _remove(layout: HomeLayout, record: Path, *, dry_run: bool) -> List[Tuple[Path, int]]:
    file = record
    if record.suffix == fetched.RECORD:
        known = fetched.read(str(record))
        file = layout.url_cache.joinpath(*known.place) if known else record
        if known and fetched.identity_of(str(file)) != known.identity:
            file = record  # people have put another one there
    found = (file, file.stat().st_blocks * 512)
    if not dry_run:
        file.unlink(missing_ok=True)
        record.unlink(missing_ok=True)
        _remove_empty(file.parent, layout.url_cache)
    return [found]


def _remove_empty(folder: Path, root: Path) -> None:
    try:
        while folder != root and root in folder.parents and folder.name != fetched.FOLDER:
            folder.rmdir()
            folder = folder.parent
    except OSError:
        pass  # not empty


def _listed(folder: Path, suffix: str) -> List[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == suffix)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _try_to_hold(path: Path) -> int | None:
    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held
