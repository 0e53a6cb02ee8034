"""Folders that live processes write to: searched while entries come and go, and removed when nobody writes any more.

`Path.rglob` and `Path.glob` raise when a folder goes while they look; what is here does not.
"""

from __future__ import annotations

import glob
import os
import shutil
from pathlib import Path
from typing import Iterator, List, Tuple

from tests.support.processes import end_processes, processes_of


def below(folder: Path) -> Iterator[Path]:
    """Everything below `folder`, at whatever depth, as far as it is still there when its turn comes."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(root, name)


def files_below(folder: Path) -> List[Path]:
    """The files below `folder` (a link to a file counts, as with `Path.is_file`)."""
    return [path for path in below(folder) if path.is_file()]


def contents_below(folder: Path) -> Iterator[Tuple[Path, bytes]]:
    """The files below `folder` with what they hold, but those that go before their turn comes."""
    for path in files_below(folder):
        try:
            yield path, path.read_bytes()
        except FileNotFoundError:
            continue


def named(folder: Path, name: str) -> List[Path]:
    """What has that name below `folder`."""
    return [path for path in below(folder) if path.name == name]


def matching(folder: Path, pattern: str) -> List[Path]:
    """`Path.glob` for patterns without `**`, sorted; hidden names match only a pattern that begins with a dot."""
    return sorted(folder / name for name in glob.glob(pattern, root_dir=folder))  # noqa: PTH207


def remove_home(home: Path, grace_s: float = 60.0) -> None:
    """Remove a home after everybody who writes there has ended.

    An agent writes the next run's code after its run is over, so the end of a run is not the end of its processes.

    Raises:
        AssertionError: A process had to be killed. The home is removed all the same.
    """
    left = end_processes(lambda: processes_of(home), grace_s)
    shutil.rmtree(home)
    assert not left, "processes of the home did not end by themselves:\n" + "\n".join(left)
