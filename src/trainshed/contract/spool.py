"""The metric spool: one line per ``run.log``, written by scripts with one ``os.write``, shipped as bytes, parsed by
the server.

A line is ``<crc32 of body, 8 hex> <body>\\n`` and a body is the JSON array ``[seq, time, kind, name, value, step?,
more?]``:

    seq    counts from 0 within the file
    time   seconds since the epoch
    kind   "h" head (first line: name is the run's id, value {"pid": .., "rank": ..}) · "s" scalar · "l" list · "r"
    row {column: scalar}
           · "t" table {column: [scalars]} · "d" dropped: value is how many points could not be kept (full disk)
    value  a scalar is a number, string, bool or null; the floats nan, inf, -inf travel as {"f": "nan"} (JSON has no
    such numbers)
    step   an integer or null
    more   {"description": ..} or absent

A line whose check value is wrong is skipped and counted: a writer that was killed, or met a full disk, left it half
written; the next
write of the same writer starts with a line break.
"""

from __future__ import annotations

import json
import math
from binascii import crc32
from typing import Any, Iterator, Mapping, Optional, Tuple, Union

from trainshed.contract.frozen import dataclass

Scalar = Union[float, int, str, bool, None]

HEAD, SCALAR, LIST, ROW, TABLE, DROPPED = "h", "s", "l", "r", "t", "d"


@dataclass(frozen=True)
class SpoolRecord:
    """One parsed line. ``value`` is a scalar, a list of scalars, or a mapping, by ``kind``."""

    seq: int
    time: float
    kind: str
    name: str
    value: Any
    step: Optional[int] = None
    description: str = ""


@dataclass(frozen=True)
class TornLine:
    """Bytes that are no whole line."""

    size_bytes: int


def frame(body: bytes) -> bytes:
    """A body with its check value and line break."""
    return b"%08x %s\n" % (crc32(body), body)


def plain(value: Scalar) -> Any:
    """A scalar as JSON can say it."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"f": repr(value)}
    return value


def unplain(value: Any) -> Any:
    """The reverse of :func:`plain`, also inside lists and mappings of scalars."""
    if isinstance(value, dict):
        if len(value) == 1 and value.get("f") in ("nan", "inf", "-inf"):
            return float(value["f"])
        return {key: unplain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unplain(item) for item in value]
    return value


def encode(
    seq: int, time: float, kind: str, name: str, value: Any, step: Optional[int] = None, description: str = ""
) -> bytes:
    """One whole line. ``value`` must already be :func:`plain`. The SDK has a faster way for floats that gives the
    same bytes.
    """
    fields = [seq, time, kind, name, value]
    if step is not None or description:
        fields.append(step)
    if description:
        fields.append({"description": description})
    return frame(json.dumps(fields, separators=(",", ":"), allow_nan=False).encode("ascii"))


def whole_lines(data: bytes) -> int:
    """How many of the bytes belong to lines that have ended."""
    return data.rfind(b"\n") + 1


def parse(data: bytes) -> Iterator[Union[SpoolRecord, TornLine]]:
    """The records of ``data``, which must end with a line break. Never raises for broken lines: they come as
    :class:`TornLine`.
    """
    for line in data.split(b"\n"):
        if not line:
            continue
        yield _parse_line(line)


def _parse_line(line: bytes) -> Union[SpoolRecord, TornLine]:
    body = line[9:]
    try:
        if int(line[:8], 16) != crc32(body):
            return TornLine(len(line) + 1)
        fields = json.loads(body)
        more: Mapping[str, Any] = fields[6] if len(fields) > 6 else {}
        step = fields[5] if len(fields) > 5 else None
        seq, time, kind, name = fields[:4]
        return SpoolRecord(seq, time, kind, name, unplain(fields[4]), step, more.get("description", ""))
    except (ValueError, IndexError, TypeError, AttributeError):
        return TornLine(len(line) + 1)


def head(run_id: str, pid: int, rank: int, time: float) -> bytes:
    """The first line of a spool file: whose metrics follow."""
    return encode(0, time, HEAD, run_id, {"pid": pid, "rank": rank})


def read_head(record: SpoolRecord) -> Tuple[str, int]:
    """Run id and rank of a head."""
    return record.name, int(record.value.get("rank", 0))
