"""One series per name of a run, whatever calls were made, as it was first."""

from __future__ import annotations

from typing import Tuple

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS: Tuple[str, ...] = (
    """
    CREATE TABLE metric_series_by_name (
        id INTEGER NOT NULL,
        run_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        description TEXT DEFAULT '' NOT NULL,
        count INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (run_uid, name),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
    """,
    """
    INSERT INTO metric_series_by_name
    SELECT min(id), run_uid, name,
        CASE WHEN count(*) = 1 THEN kind WHEN max(kind IN ('row', 'table')) THEN 'table' ELSE 'list' END,
        max(description), sum(count)
    FROM metric_series GROUP BY run_uid, name
    """,
    # The points of a further kind come behind those of the first: nothing tells any more how they were mixed.
    """
    UPDATE metric_chunks SET
        first = first + (
            SELECT sum(before.count) FROM metric_series AS own, metric_series AS before
            WHERE own.id = metric_chunks.series_id AND before.run_uid = own.run_uid AND before.name = own.name
            AND before.id < own.id
        ),
        series_id = (
            SELECT min(before.id) FROM metric_series AS own, metric_series AS before
            WHERE own.id = metric_chunks.series_id AND before.run_uid = own.run_uid AND before.name = own.name
        )
    WHERE series_id NOT IN (SELECT id FROM metric_series_by_name)
    """,
    """
    DROP TABLE metric_series
    """,
    """
    ALTER TABLE metric_series_by_name RENAME TO metric_series
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
