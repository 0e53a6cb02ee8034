"""Indexes that answer the filters of lists of runs, as they were first."""

from __future__ import annotations

from typing import Tuple

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS: Tuple[str, ...] = (
    """
    DROP INDEX runs_top
    """,
    """
    DROP INDEX runs_of_workspace
    """,
    """
    DROP INDEX runs_of_experiment
    """,
    """
    CREATE INDEX runs_top ON runs (workspace_id, parent_uid, uid, status, target, type, created_at, ended_at)
    """,
    """
    CREATE INDEX runs_of_workspace ON runs (workspace_id, uid, status, target, type, created_at, ended_at)
    """,
    """
    CREATE INDEX runs_of_experiment ON runs (experiment_id, uid, parent_uid, status, target, type, created_at, ended_at)
    """,
    """
    CREATE INDEX runs_on_target ON runs (target, uid) WHERE target IS NOT NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
