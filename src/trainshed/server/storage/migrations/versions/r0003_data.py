"""Tables for datastores and datasets, as they were first."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE datastores (
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        properties TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, name),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE TABLE default_datastores (
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (workspace_id),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE TABLE datasets (
        id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        name TEXT,
        version INTEGER,
        digest TEXT NOT NULL,
        definition TEXT NOT NULL,
        description TEXT,
        tags TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (workspace_id, name, version),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE INDEX datasets_by_digest ON datasets (workspace_id, digest)
    """,
    """
    CREATE TABLE run_datasets (
        run_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        dataset_id TEXT NOT NULL,
        mode TEXT NOT NULL,
        PRIMARY KEY (run_uid, name),
        FOREIGN KEY(run_uid) REFERENCES runs (uid),
        FOREIGN KEY(dataset_id) REFERENCES datasets (id)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX run_datasets_by_dataset ON run_datasets (dataset_id, run_uid)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
