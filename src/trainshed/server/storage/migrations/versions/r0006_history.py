"""What is kept about experiments and workspaces, as it was first."""

from __future__ import annotations

from typing import Tuple

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS: Tuple[str, ...] = (
    """
    ALTER TABLE experiments ADD COLUMN archived_at BIGINT
    """,
    """
    CREATE TABLE experiment_tags (
        experiment_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT,
        PRIMARY KEY (experiment_id, name),
        FOREIGN KEY(experiment_id) REFERENCES experiments (id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE workspace_notes (
        workspace_id TEXT NOT NULL,
        friendly_name TEXT,
        description TEXT,
        tags TEXT,
        PRIMARY KEY (workspace_id),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    ) WITHOUT ROWID
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
