"""What of a file can be looked at without saving it: text, JSON, the head of a CSV, a picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

#: Bytes that are read for a preview; rows of a table; of a picture at most.
HEAD_BYTES, MOST_ROWS, MOST_COLUMNS, PICTURE_BYTES = 256 * 1024, 100, 40, 32 * 2**20

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_TABLES = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class Preview:
    """``kind``: text, json, table, picture, binary or empty. ``cut``: only the beginning is shown.

    ``rows``: of a table, the first one its head. ``lines``: of a text.
    """

    kind: str
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    cut: bool = False


def picture_type(head: bytes) -> str | None:
    """The media type of a picture that a browser can show, by its first bytes alone: never by its name.

    SVG is none: it can hold scripts.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in _PICTURES if head.startswith(mark)), None)


def preview(path: str, head: bytes, size_bytes: int) -> Preview:
    """What to show of a file that begins with ``head`` (:data:`HEAD_BYTES` of it, or all)."""
    if not head:
        return Preview("empty")
    if picture_type(head) is not None:
        return Preview("picture" if size_bytes <= PICTURE_BYTES else "binary")
    cut = len(head) < size_bytes
    text = _text(head, cut=cut)
    if text is None:
        return Preview("binary")
    ending = path[path.rfind(".") :].lower()
    if ending in _TABLES:
        return _table(text, _TABLES[ending], cut=cut)
    pretty = _pretty(text) if ending == ".json" and not cut else None
    return Preview("text" if pretty is None else "json", tuple((pretty or text).splitlines()), cut=cut)


def _text(head: bytes, *, cut: bool) -> str | None:
    """None: it is no text. A character that the cut went through does not count."""
    if b"\0" in head:
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if cut and error.start > len(head) - 4:
            return head[: error.start].decode("utf-8-sig")
    text = head.decode("utf-8", "replace")
    return text if text.count("\N{REPLACEMENT CHARACTER}") < len(text) / 20 else None


def _pretty(text: str) -> str | None:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _table(text: str, delimiter: str, *, cut: bool) -> Preview:
    lines = text.splitlines(keepends=True)
    whole = lines[:-1] if cut and len(lines) > 1 else lines
    rows: list[Sequence[str]] = []
    try:
        for row in csv.reader(io.StringIO("".join(whole), newline=""), delimiter=delimiter):
            if len(rows) > MOST_ROWS:
                cut = True
                break
            rows.append(row[:MOST_COLUMNS])
    except csv.Error:
        return Preview("text", tuple(text.splitlines()), cut=cut)
    return Preview("table", rows=tuple(tuple(row) for row in rows), cut=cut)
