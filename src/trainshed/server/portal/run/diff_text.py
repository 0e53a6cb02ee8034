"""A diff as lines with a class each."""

from __future__ import annotations

from dataclasses import dataclass

#: A longer diff is shown up to here, in bytes; all of it can be downloaded.
MOST_BYTES = 512 * 1024


@dataclass(frozen=True)
class DiffLine:
    """``kind``: file, hunk, added, removed or same."""

    kind: str
    text: str


def diff_lines(data: bytes) -> tuple[DiffLine, ...]:
    """The lines of a unified diff."""
    text = data[:MOST_BYTES].decode("utf-8", "replace")
    found, inside = [], False
    for line in text.splitlines():
        if line.startswith("diff "):
            inside = False
        elif line.startswith("@@"):
            inside = True
        found.append(DiffLine(_kind(line, inside=inside), line))
    return tuple(found)


def _kind(line: str, *, inside: bool) -> str:
    if line.startswith("@@"):
        return "hunk"
    if not inside:
        return "file"
    return {"+": "added", "-": "removed"}.get(line[:1], "same")
