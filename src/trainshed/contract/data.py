"""Which files a dataset holds, in which order, and under which names they appear: pure functions over names.

SDK and node must agree on every one of these; ``contract/data_files.py`` looks at the disk with them.

Follows: azureml.data.FileDataset (1.11): ``to_path``, ``skip``, ``take``, ``take_sample``, ``random_split``. Known
difference: files of one path come in natural order of their names (``2.png`` before ``10.png``); those of several paths
in the order in which the paths were given.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from typing import Dict, List, Pattern, Sequence, Tuple, TypeVar

from trainshed.contract.frozen import replace
from trainshed.contract.spec import DataOutput, DataPath, DataStep
from trainshed.contract.tuples import NamedTuple

_Item = TypeVar("_Item")
_DIGITS = re.compile(r"(\d+)")
_WILD = frozenset("*?")


class Entry(NamedTuple):
    """One file: which of a dataset's paths it belongs to, and its name relative to that path's root."""

    path: int
    relative: str


# --- patterns


def has_wildcard(pattern: str) -> bool:
    """Whether a DataPath's pattern holds ``*`` or ``?``."""
    return not _WILD.isdisjoint(pattern)


def clean_pattern(pattern: str) -> str:
    """Forward slashes, no empty and no ``.`` segments: ``/a//b/`` is ``a/b``. ValueError for ``..``."""
    segments = [part for part in pattern.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in segments or "\0" in pattern:
        raise ValueError("a path within a datastore may not hold '..'")
    return "/".join(segments)


def fixed_folder(pattern: str) -> str:
    """The deepest folder above the first wildcard: ``a/b`` for ``a/b/c*/*.jpg``; all of a pattern without one."""
    segments = clean_pattern(pattern).split("/")
    for number, segment in enumerate(segments):
        if has_wildcard(segment):
            return "/".join(segments[:number])
    return "/".join(segments)


def matches(pattern: str, relative: str) -> bool:
    """Whether a file belongs to a pattern.

    ``*`` and ``?`` stay within a segment, ``**`` spans any number of them (also none). A pattern without a wildcard
    names a file, or a folder with all that is below it; the empty one everything.

    Args:
        relative: the file's name relative to the path's root, with forward slashes.
    """
    return _compiled(pattern).match(relative) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Pattern[str]:
    cleaned = clean_pattern(pattern)
    if not cleaned:
        return re.compile(r"(?s:.+)\Z")
    if not has_wildcard(cleaned):
        return re.compile(r"(?s:%s(?:/.+)?)\Z" % re.escape(cleaned))
    segments = cleaned.split("/")
    parts: List[str] = []
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "**":
            parts.append(".+" if last else "(?:[^/]+/)*")
        else:
            parts.append(_segment(segment) + ("" if last else "/"))
    return re.compile(r"(?s:%s)\Z" % "".join(parts))


def _segment(segment: str) -> str:
    """``**`` beside other characters means what ``*`` means."""
    made = ""
    for char in re.sub(r"\*+", "*", segment):
        made += {"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char)
    return made


# --- order and choice


def natural_key(name: str) -> Tuple[Tuple[Tuple[int, int, str], ...], str]:
    """Sorts ``img2`` before ``img10``, folder by folder; the name itself decides where only zeros differ."""
    parts: List[Tuple[int, int, str]] = []
    for segment in name.split("/"):
        for number, part in enumerate(_DIGITS.split(segment)):
            if number % 2:
                parts.append((1, int(part), ""))
            elif part:
                parts.append((2, 0, part))
        parts.append((0, 0, ""))
    return tuple(parts), name


def select(items: Sequence[_Item], steps: Sequence[DataStep]) -> List[_Item]:
    """What is left of a dataset's files, in their order, after its steps.

    Raises:
        ValueError: a step of an unknown kind.
    """
    left = list(items)
    for step in steps:
        if step.kind == "skip":
            left = left[step.count :]
        elif step.kind == "take":
            left = left[: step.count]
        elif step.kind == "sample":
            left = [item for number, item in enumerate(left) if step.low <= draw(step.seed, number) < step.high]
        else:
            raise ValueError("unknown step %r of a dataset" % step.kind)
    return left


def draw(seed: int, number: int) -> float:
    """The place of a file in [0, 1): the same on every machine and in every Python."""
    import hashlib

    digest = hashlib.sha256(b"%d:%d" % (seed, number)).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2.0**53


# --- names


def appear_as(paths: Sequence[DataPath], entries: Sequence[Entry]) -> List[str]:
    """The names under which a dataset's files appear where it is mounted or downloaded, in the order of ``entries``.

    They are relative to the deepest folder that the *definition* fixes, whatever files there are: a path's own fixed
    folder (:func:`fixed_folder`; of one file or URL the folder it lies in), for several paths the deepest folder that
    is above all of theirs. What several datastores or hosts have in common is nothing: their names come first.
    Two files that would get the same name (URLs that differ in their query) are told apart by ``_2``, ``_3``.

    Args:
        entries: of all files of the dataset, before any steps.
    """
    folders = [_address(path) + _fixed_segments(number, path, entries) for number, path in enumerate(paths)]
    shared = _shared_count(folders)
    taken: Dict[str, int] = {}
    names: List[str] = []
    for entry in entries:
        path = paths[entry.path]
        whole = _address(path) + (_segments(entry.relative) if path.kind == "folder" else _url_segments(path.root)[2:])
        names.append(_unique("/".join(whole[shared:]), taken))
    return names


def names_one_file(paths: Sequence[DataPath], steps: Sequence[DataStep], entries: Sequence[Entry]) -> bool:
    """Whether a dataset is one file by its definition (no wildcard, no folder, no step): then v1 hands a script the
    file itself, not the folder it lies in.
    """
    if len(paths) != 1 or steps:
        return False
    path = paths[0]
    if path.kind == "url":
        return True
    cleaned = clean_pattern(path.pattern)
    return bool(cleaned) and not has_wildcard(cleaned) and [entry.relative for entry in entries] == [cleaned]


def with_run_id(outputs: Sequence[DataOutput], run_id: str) -> Tuple[DataOutput, ...]:
    """The outputs of a run, once its id is known: ``{run-id}`` in the path of a target is replaced by it."""
    return tuple(
        output
        if output.target is None
        else replace(output, target=replace(output.target, pattern=output.target.pattern.replace("{run-id}", run_id)))
        for output in outputs
    )


def _address(path: DataPath) -> List[str]:
    """Where a path's root lies, as segments; the first ones tell stores and hosts apart."""
    if path.kind == "url":
        return _url_segments(path.root)[:2]
    return [path.datastore] if path.datastore else ["local", *_segments(path.root.replace("\\", "/"))]


def _fixed_segments(number: int, path: DataPath, entries: Sequence[Entry]) -> List[str]:
    if path.kind == "url":
        return _url_segments(path.root)[2:-1]
    folder = fixed_folder(path.pattern)
    if any(entry.path == number and entry.relative == folder for entry in entries):
        return _segments(folder)[:-1]  # the pattern names one file
    return _segments(folder)


def _url_segments(url: str) -> List[str]:
    """Scheme, host, and the segments of its path; none of them can leave a folder."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    segments = [unquote(part).replace("/", "_").replace("\0", "_") for part in parts.path.split("/")]
    kept = [part for part in segments if part not in ("", ".", "..")]
    return [parts.scheme.lower(), parts.netloc.rsplit("@", 1)[-1].lower()] + (kept or ["index"])


def _segments(name: str) -> List[str]:
    return [part for part in name.split("/") if part]


def _shared_count(folders: Sequence[List[str]]) -> int:
    if not folders:
        return 0
    low, high = min(folders), max(folders)
    count = 0
    while count < min(len(low), len(high)) and low[count] == high[count]:
        count += 1
    return count


def _unique(name: str, taken: Dict[str, int]) -> str:
    made = name
    stem, suffix = posixpath.splitext(name)
    while made in taken:
        taken[name] += 1
        made = "%s_%d%s" % (stem, taken[name], suffix)
    taken[made] = 1
    return made
