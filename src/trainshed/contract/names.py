"""Names from outside: which are allowed, and how new ones are made. A name that passes here is safe in a path and a
URL.
"""

from __future__ import annotations

import os
import re
import time

from trainshed.contract.errors import BadExperimentName, BadFileName, BadRunId, BadValue

#: What a file system takes as the name of one file or folder.
PART_MOST_BYTES = 255

# Not compiled here: most processes that import this check no name.
_EXPERIMENT = r"(?a:[A-Za-z0-9][\w-]{0,254})"
_PATH_PART = r"(?![-.\s])[^/]{0,254}[^/\s]"
_RUN_ID = r"(?a:[A-Za-z0-9][\w.-]{0,254})"


def check_experiment_name(name: object) -> str:
    """Return ``name`` if v1 would take it: 1-255 characters, alphanumeric first, then word characters or ``-``; else
    BadExperimentName.
    """
    if not isinstance(name, str) or not re.fullmatch(_EXPERIMENT, name):
        raise BadExperimentName(name=name)
    return name


def check_workspace_names(name: object, subscription_id: object, resource_group: object) -> None:
    """BadValue unless a workspace can be called so: texts that config.json's path of names can hold."""
    named = (("name", name), ("subscription_id", subscription_id), ("resource_group", resource_group))
    for what, value in named:
        if not isinstance(value, str) or not re.fullmatch(_PATH_PART, value) or not value.isprintable():
            shown = value[:60] + "..." if isinstance(value, str) and len(value) > PART_MOST_BYTES else value
            why = "use 1 to 255 characters on one line, without '/', and no blank at an end, no '-' or '.' first"
            raise BadValue(what="workspace %s %r" % (what, shown), why=why)


def check_run_id(run_id: object) -> str:
    """Return ``run_id`` if it can be a folder's name and a part of a URL; else BadRunId."""
    if not isinstance(run_id, str) or not re.fullmatch(_RUN_ID, run_id) or ".." in run_id:
        raise BadRunId(run_id=run_id)
    return run_id


def new_run_id(experiment: str) -> str:
    """v1's form: ``<experiment>_<epoch seconds>_<8 hex>``."""
    tail = "_%d_%s" % (int(time.time()), os.urandom(4).hex())
    return experiment[: 255 - len(tail)] + tail


def new_id() -> str:
    """24 random hex digits, for whatever people do not read."""
    return os.urandom(12).hex()


def check_file_name(path: object) -> str:
    """The clean form of a file's name within a run, with forward slashes; ``./a//b`` becomes ``a/b``.

    Raises:
        BadFileName: empty, absolute, with ``..``, a drive letter, a NUL or a line break, or with a part that no file
            system takes.
    """
    if not isinstance(path, str):
        raise BadFileName(path=path, why="a file name is a string")
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts:
        raise BadFileName(path=path, why="it is empty")
    if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
        raise BadFileName(path=path, why="it must be relative to the run")
    if ".." in parts:
        raise BadFileName(path=path, why="'..' would leave the run's folder")
    if any(ord(char) < 32 for char in path):
        raise BadFileName(path=path, why="it holds a control character")
    longest = max(map(_size_bytes, parts))
    if longest > PART_MOST_BYTES:
        why = "a part of it has %d bytes, and file systems take %d between slashes" % (longest, PART_MOST_BYTES)
        raise BadFileName(path=path, why=why)
    return "/".join(parts)


def _size_bytes(part: str) -> int:
    # A lone surrogate stands for one broken byte.
    return len(part.encode("utf-8", "replace"))
