"""Tables for registered environments, their labels, and private wheels, as they were first."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE environments (
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        digest TEXT NOT NULL,
        definition TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, name, version),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE TABLE environment_labels (
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        label TEXT NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (workspace_id, name, label),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE wheels (
        workspace_id TEXT NOT NULL,
        file_name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, file_name, sha256),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
     WITHOUT ROWID
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
