"""Make bytes survive a power loss."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Iterable, List

#: From so many files on, one call for the whole file system costs less than one for each.
_MANY = 32


def sync_files(paths: Iterable[str], folder: Path) -> None:
    """Bring files (those that are still there) and the folders that name them to the disk.

    Args:
        paths: absolute; all on the file system of ``folder``.
    """
    chosen: List[str] = list(paths)
    if len(chosen) > _MANY and _sync_file_system(folder):
        return
    for path in chosen:
        sync_path(path)
    for parent in {os.path.dirname(path) for path in chosen}:  # noqa: PTH120  many short strings, no Path needed
        sync_path(parent)


def sync_path(path: str) -> None:
    """fsync one file or folder; one that is gone needs none."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_system(folder: Path) -> bool:
    """``syncfs(2)``; False where the C library has none."""
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except AttributeError:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)
    return True
