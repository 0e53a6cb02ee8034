"""The first schema, as it was written then: later changes of tables.py have revisions of their own."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE blobs (
        sha256 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        touched_at BIGINT NOT NULL,
        durable BOOLEAN DEFAULT 0 NOT NULL,
        PRIMARY KEY (sha256)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX blobs_by_age ON blobs (touched_at)
    """,
    """
    CREATE INDEX blobs_not_durable ON blobs (sha256) WHERE NOT durable
    """,
    """
    CREATE TABLE facts (
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE portal_codes (
        code_sha256 TEXT NOT NULL,
        path TEXT NOT NULL,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (code_sha256)
    )
    """,
    """
    CREATE TABLE workspaces (
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        subscription_id TEXT NOT NULL,
        resource_group TEXT NOT NULL,
        location TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (subscription_id, resource_group, name)
    )
    """,
    """
    CREATE TABLE blob_refs (
        sha256 TEXT NOT NULL,
        kind TEXT NOT NULL,
        owner TEXT NOT NULL,
        PRIMARY KEY (sha256, kind, owner),
        FOREIGN KEY(sha256) REFERENCES blobs (sha256)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE experiments (
        id INTEGER NOT NULL,
        workspace_id TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        run_count INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (workspace_id, name),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE TABLE snapshots (
        workspace_id TEXT NOT NULL,
        id TEXT NOT NULL,
        manifest TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, id),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id)
    )
    """,
    """
    CREATE TABLE runs (
        uid INTEGER NOT NULL,
        id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        experiment_id INTEGER NOT NULL,
        experiment TEXT NOT NULL,
        number INTEGER NOT NULL,
        status TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        event_seq INTEGER NOT NULL,
        type TEXT,
        parent_uid INTEGER,
        parent_id TEXT,
        root_id TEXT,
        name TEXT,
        description TEXT,
        target TEXT,
        created_by TEXT NOT NULL,
        started_at BIGINT,
        ended_at BIGINT,
        attempt INTEGER DEFAULT '0' NOT NULL,
        cancel_requested BOOLEAN DEFAULT 0 NOT NULL,
        status_reason TEXT,
        status_before_silence TEXT,
        error TEXT,
        warnings TEXT,
        snapshot_id TEXT,
        wished_ending TEXT,
        metrics_dropped INTEGER DEFAULT '0' NOT NULL,
        torn_lines INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (uid),
        UNIQUE (workspace_id, id),
        FOREIGN KEY(workspace_id) REFERENCES workspaces (id),
        FOREIGN KEY(experiment_id) REFERENCES experiments (id),
        FOREIGN KEY(parent_uid) REFERENCES runs (uid)
    )
    """,
    """
    CREATE INDEX runs_by_status ON runs (status, uid)
    """,
    """
    CREATE INDEX runs_live ON runs (status) WHERE status NOT IN ('Completed', 'Failed', 'Canceled')
    AND target IS NOT NULL
    """,
    """
    CREATE INDEX runs_of_experiment ON runs (experiment_id, uid)
    """,
    """
    CREATE INDEX runs_of_parent ON runs (parent_uid, uid)
    """,
    """
    CREATE INDEX runs_of_workspace ON runs (workspace_id, uid)
    """,
    """
    CREATE INDEX runs_top ON runs (workspace_id, uid) WHERE parent_uid IS NULL
    """,
    """
    CREATE TABLE attempts (
        id TEXT NOT NULL,
        run_uid INTEGER NOT NULL,
        run_id TEXT NOT NULL,
        workspace_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        node_count INTEGER DEFAULT '1' NOT NULL,
        status TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        given_up_reason TEXT,
        last_sync_at BIGINT,
        agent_token_sha256 TEXT NOT NULL,
        run_token_sha256 TEXT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (run_uid, number),
        FOREIGN KEY(run_uid) REFERENCES runs (uid),
        UNIQUE (agent_token_sha256),
        UNIQUE (run_token_sha256)
    )
    """,
    """
    CREATE INDEX attempts_alive ON attempts (created_at) WHERE given_up_reason IS NULL
    AND status NOT IN ('Completed', 'Failed', 'Canceled')
    """,
    """
    CREATE TABLE metric_series (
        id INTEGER NOT NULL,
        run_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        description TEXT DEFAULT '' NOT NULL,
        count INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (run_uid, name, kind),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
    """,
    """
    CREATE TABLE properties (
        run_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT,
        PRIMARY KEY (run_uid, name),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX properties_by_name ON properties (name, value, run_uid)
    """,
    """
    CREATE TABLE run_events (
        run_uid INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        reason TEXT NOT NULL,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        PRIMARY KEY (run_uid, seq),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE run_specs (
        run_uid INTEGER NOT NULL,
        spec TEXT NOT NULL,
        PRIMARY KEY (run_uid),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
    """,
    """
    CREATE TABLE streams (
        id INTEGER NOT NULL,
        run_uid INTEGER NOT NULL,
        attempt_id TEXT DEFAULT '' NOT NULL,
        node INTEGER DEFAULT '0' NOT NULL,
        path TEXT NOT NULL,
        kind TEXT NOT NULL,
        have INTEGER DEFAULT '0' NOT NULL,
        durable INTEGER DEFAULT '0' NOT NULL,
        closed BOOLEAN DEFAULT 0 NOT NULL,
        sealed BOOLEAN DEFAULT 0 NOT NULL,
        tail BLOB,
        speaks_for INTEGER,
        PRIMARY KEY (id),
        UNIQUE (run_uid, attempt_id, node, path),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
    """,
    """
    CREATE INDEX streams_not_durable ON streams (id) WHERE durable < have
    """,
    """
    CREATE INDEX streams_of_attempt ON streams (attempt_id, node)
    """,
    """
    CREATE INDEX streams_to_seal ON streams (id) WHERE closed AND NOT sealed
    """,
    """
    CREATE TABLE tags (
        run_uid INTEGER NOT NULL,
        name TEXT NOT NULL,
        value TEXT,
        PRIMARY KEY (run_uid, name),
        FOREIGN KEY(run_uid) REFERENCES runs (uid)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX tags_by_name ON tags (name, value, run_uid)
    """,
    """
    CREATE TABLE files (
        run_uid INTEGER NOT NULL,
        path TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        sha256 TEXT,
        provisional BOOLEAN NOT NULL,
        stream_id INTEGER,
        attempt_id TEXT DEFAULT '' NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (run_uid, path),
        FOREIGN KEY(run_uid) REFERENCES runs (uid),
        FOREIGN KEY(sha256) REFERENCES blobs (sha256),
        FOREIGN KEY(stream_id) REFERENCES streams (id)
    )
     WITHOUT ROWID
    """,
    """
    CREATE INDEX files_of_stream ON files (stream_id)
    """,
    """
    CREATE TABLE metric_chunks (
        series_id INTEGER NOT NULL,
        first INTEGER NOT NULL,
        count INTEGER NOT NULL,
        low FLOAT,
        high FLOAT,
        numbers BLOB NOT NULL,
        times BLOB NOT NULL,
        steps BLOB,
        types BLOB,
        others TEXT,
        pyramid BLOB,
        PRIMARY KEY (series_id, first),
        FOREIGN KEY(series_id) REFERENCES metric_series (id)
    )
    """,
    """
    CREATE TABLE node_reports (
        attempt_id TEXT NOT NULL,
        node INTEGER NOT NULL,
        report TEXT NOT NULL,
        final BOOLEAN DEFAULT 0 NOT NULL,
        PRIMARY KEY (attempt_id, node),
        FOREIGN KEY(attempt_id) REFERENCES attempts (id)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE orders (
        attempt_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        grace_s FLOAT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (attempt_id, number),
        FOREIGN KEY(attempt_id) REFERENCES attempts (id)
    )
     WITHOUT ROWID
    """,
)


def upgrade() -> None:
    """An empty database gets all tables."""
    for statement in STATEMENTS:
        op.execute(statement)
