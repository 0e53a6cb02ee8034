"""What charts are drawn from gets a table of its own, as it was first."""

from __future__ import annotations

from array import array
from typing import Any, Dict, Tuple

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BUCKET, _NO_STEP = 64, -(2**63)

BEFORE: Tuple[str, ...] = (
    """
    CREATE TABLE metric_outlines (
        series_id INTEGER NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        low FLOAT NOT NULL,
        high FLOAT NOT NULL,
        time FLOAT NOT NULL,
        step INTEGER,
        pyramid BLOB NOT NULL,
        steps BLOB,
        PRIMARY KEY (series_id, first),
        FOREIGN KEY(series_id) REFERENCES metric_series (id)
    ) WITHOUT ROWID
    """,
)
AFTER: Tuple[str, ...] = (
    """
    CREATE TABLE metric_chunks_alone (
        series_id INTEGER NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        numbers BLOB NOT NULL,
        times BLOB NOT NULL,
        steps BLOB,
        types BLOB,
        others TEXT,
        PRIMARY KEY (series_id, first),
        FOREIGN KEY(series_id) REFERENCES metric_series (id)
    )
    """,
    """
    INSERT INTO metric_chunks_alone
    SELECT series_id, first, count, numbers, times, steps, types, others FROM metric_chunks
    """,
    """
    DROP TABLE metric_chunks
    """,
    """
    ALTER TABLE metric_chunks_alone RENAME TO metric_chunks
    """,
)
CHOSEN = sa.text(
    "SELECT series_id, first, count, low, high, steps, pyramid FROM metric_chunks"
    " WHERE low IS NOT NULL AND high IS NOT NULL AND pyramid IS NOT NULL"
)
INSERTED = sa.text(
    "INSERT INTO metric_outlines (series_id, first, count, low, high, time, step, pyramid, steps)"
    " VALUES (:series_id, :first, :count, :low, :high, :time, :step, :pyramid, :steps)"
)


def upgrade() -> None:
    for statement in BEFORE:
        op.execute(statement)
    connection = op.get_bind()
    for rows in connection.execute(CHOSEN).partitions(500):
        connection.execute(INSERTED, [_outline(row._mapping) for row in rows])
    for statement in AFTER:
        op.execute(statement)


def _outline(chunk: Any) -> Dict[str, Any]:
    steps = None if chunk["steps"] is None else array("q", chunk["steps"])[::_BUCKET]
    known = {name: chunk[name] for name in ("series_id", "first", "count", "low", "high", "pyramid")}
    return {
        **known,
        "time": array("d", chunk["pyramid"][:24])[2],
        "step": None if steps is None or steps[0] == _NO_STEP else steps[0],
        "steps": None if steps is None else steps.tobytes(),
    }
