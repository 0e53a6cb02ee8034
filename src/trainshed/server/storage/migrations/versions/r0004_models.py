"""Tables for models and secrets, as they were first."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE model_names (
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        last_version INTEGER NOT NULL,
        PRIMARY KEY (workspace_id, name),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE models (
        uid INTEGER NOT NULL,
        id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        root TEXT NOT NULL,
        is_folder BOOLEAN NOT NULL,
        size_bytes INTEGER NOT NULL,
        file_count INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        created_by TEXT NOT NULL,
        description TEXT,
        framework TEXT,
        framework_version TEXT,
        run_id TEXT,
        experiment TEXT,
        sample_input_dataset_id TEXT,
        sample_output_dataset_id TEXT,
        resources TEXT,
        PRIMARY KEY (uid),
        UNIQUE (workspace_id, name, version),
        UNIQUE (id),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE INDEX models_of_run ON models (workspace_id, run_id, uid)
    """,
    """
    CREATE INDEX models_of_workspace ON models (workspace_id, uid)
    """,
    """
    CREATE TABLE model_tags (
        model_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT,
        PRIMARY KEY (model_uid, name),
        FOREIGN KEY(model_uid) REFERENCES models (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE model_properties (
        model_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT,
        PRIMARY KEY (model_uid, name),
        FOREIGN KEY(model_uid) REFERENCES models (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE model_datasets (
        model_uid INTEGER NOT NULL,
        position INTEGER NOT NULL,
        purpose TEXT NOT NULL,
        dataset_id TEXT NOT NULL,
        name TEXT,
        version INTEGER,
        PRIMARY KEY (model_uid, position),
        FOREIGN KEY(model_uid) REFERENCES models (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX model_datasets_by_dataset ON model_datasets (dataset_id, model_uid)
    """,
    """
    CREATE TABLE model_files (
        model_uid INTEGER NOT NULL,
        path TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        PRIMARY KEY (model_uid, path),
        FOREIGN KEY(model_uid) REFERENCES models (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE secrets (
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        sealed BLOB NOT NULL,
        content_type TEXT,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, name),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
     WITHOUT ROWID
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
