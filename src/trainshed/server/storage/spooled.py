"""Spool bytes as columns of points, many lines at a time.

Understands what contract/spool.py describes, several times faster.
"""

from __future__ import annotations

import json
from binascii import crc32
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import msgspec

from trainshed.contract.spool import DROPPED, HEAD, LIST, ROW, SCALAR, TABLE, unplain
from trainshed.server.storage.columns import storable

KINDS = {SCALAR: "scalar", LIST: "list", ROW: "row", TABLE: "table"}
_NUMBERS = ("scalar", "list")

#: A line without an end that grew beyond this is given up as torn.
TAIL_LIMIT_BYTES = 64 * 2**20


class Line(msgspec.Struct, array_like=True, gc=False):
    """A line's body. Not a dataclass: these are made by the hundred thousand."""

    seq: int
    time: float
    kind: str
    name: str
    value: Any
    step: Optional[int] = None
    more: Optional[Dict[str, Any]] = None


_decode = msgspec.json.Decoder(List[Line]).decode


@dataclass
class Points:
    """What was logged under one name, in order, whatever the calls were; the three lists are of one length."""

    kind: str
    name: str
    values: List[Any] = field(default_factory=list)
    times: List[float] = field(default_factory=list)
    steps: List[Optional[int]] = field(default_factory=list)
    description: str = ""


@dataclass
class Part:
    """The points of a stretch of a spool that speaks for one run: None, the run that the stretch before spoke for."""

    run_id: Optional[str]
    points: Dict[str, Points] = field(default_factory=dict)
    dropped: int = 0


@dataclass
class Spooled:
    """All that some bytes of a spool say. ``tail``: the line that has not ended."""

    parts: List[Part]
    torn_lines: int
    tail: bytes

    @property
    def point_count(self) -> int:
        return sum(len(points.values) for part in self.parts for points in part.points.values())


def common_kind(one: str, other: str) -> str:
    """What a series is when calls of two kinds were made under its name."""
    if one == other:
        return one
    return "list" if one in _NUMBERS and other in _NUMBERS else "table"


def parse(data: bytes) -> Spooled:
    """Read the whole lines of ``data``; never raises for broken ones: they are counted."""
    end = data.rfind(b"\n") + 1
    tail = data[end:]
    bodies, torn = _checked(data[:end])
    if len(tail) > TAIL_LIMIT_BYTES:
        tail, torn = b"", torn + 1
    try:
        lines = _decode(b"[" + b",".join(bodies) + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError):
        lines, more = _one_by_one(bodies)
        torn += more
    parts, more = _sorted_out(lines)
    return Spooled(parts, torn + more, tail)


def _checked(data: bytes) -> Tuple[List[bytes], int]:
    """The bodies of the lines whose check value is right, and how many had a wrong one."""
    bodies: List[bytes] = []
    torn = 0
    for line in data.split(b"\n"):
        body = line[9:]
        try:
            if body and int(line[:8], 16) == crc32(body):
                bodies.append(body)
                continue
        except ValueError:
            pass
        if line:
            torn += 1
    return bodies, torn


def _one_by_one(bodies: List[bytes]) -> Tuple[List[Line], int]:
    """For the rare body that passes its check value and is not what it should be, or holds what UTF-8 cannot say."""
    lines = []
    for body in bodies:
        try:
            lines.append(msgspec.convert(json.loads(body), Line))
        except (ValueError, msgspec.MsgspecError, RecursionError):
            pass
    return lines, len(bodies) - len(lines)


def _sorted_out(lines: List[Line]) -> Tuple[List[Part], int]:
    part = Part(None)
    parts = [part]
    torn = 0
    scalars: Dict[str, Points] = {}
    for line in lines:
        try:
            if line.kind == SCALAR and line.more is None and line.value.__class__ is not dict and line.name in scalars:
                points = scalars[line.name]
                points.values.append(line.value)
                points.times.append(line.time)
                points.steps.append(line.step)
            elif line.kind == HEAD:
                part, scalars = Part(storable(line.name)), {}
                parts.append(part)
            elif line.kind == DROPPED:
                part.dropped += int(line.value)
            else:
                _add(part, line, scalars)
        except (TypeError, ValueError, AttributeError, KeyError):
            torn += 1
    return [part for part in parts if part.points or part.dropped or part.run_id is not None], torn


def _add(part: Part, line: Line, scalars: Dict[str, Points]) -> None:
    """One line's points, for all kinds and all optional fields; a scalar's name is quick from then on."""
    kind, value = KINDS[line.kind], unplain(line.value)
    values = list(value) if kind == "list" else [value]
    name = storable(line.name)
    points = part.points.get(name)
    if points is None:
        points = part.points[name] = Points(kind, name)
    points.kind = common_kind(points.kind, kind)
    if kind == "scalar":
        scalars[line.name] = points
    if line.more:
        points.description = storable(str(line.more.get("description", ""))) or points.description
    points.values.extend(values)
    points.times.extend([line.time] * len(values))
    points.steps.extend([line.step] * len(values))
