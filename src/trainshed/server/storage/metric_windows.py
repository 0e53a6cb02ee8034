"""Parts of a series that a page shows: the values logged last."""

from __future__ import annotations

from typing import Any, List

from sqlalchemy import bindparam, select

from trainshed.server.storage import series
from trainshed.server.storage import tables as t
from trainshed.server.storage.series import Chunk
from trainshed.server.storage.writer import Reading

_c = t.metric_chunks.c
_COLUMNS = tuple(_c[name] for name in Chunk.__dataclass_fields__)
_NEWEST = select(*_COLUMNS).where(_c.series_id == bindparam("series")).order_by(_c.first.desc())


def newest(connection: Reading, series_id: int, limit: int) -> List[Any]:
    """The values logged last, oldest first; of its own type each."""
    found: List[Any] = []
    for row in connection.execute(_NEWEST, {"series": series_id}):
        found = series.values_of(Chunk(*row)) + found
        if len(found) >= limit:
            break
    return found[-limit:]
