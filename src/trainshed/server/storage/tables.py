"""The tables. A change here needs a migration in ``migrations/versions`` and a new :data:`SCHEMA`.

Runs are known to the outside by workspace and id, inside by ``uid``, which rises with each new run: newest first is
``uid`` falling.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    false,
    text,
)

from trainshed.server.storage.columns import Json, UtcTime

#: The newest revision in ``migrations/versions``.
SCHEMA = "0009"

metadata = MetaData()

#: One row per fact about the database itself: the release that wrote it last, the boot of the machine it was written
#: in.
facts = Table("facts", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("subscription_id", Text, nullable=False),
    Column("resource_group", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("subscription_id", "resource_group", "name"),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("run_count", Integer, nullable=False, server_default="0"),
    Column("archived_at", UtcTime),
    UniqueConstraint("workspace_id", "name"),
)

runs = Table(
    "runs",
    metadata,
    Column("uid", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("experiment_id", Integer, ForeignKey("experiments.id"), nullable=False),
    Column("experiment", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("event_seq", Integer, nullable=False),
    Column("type", Text),
    Column("parent_uid", Integer, ForeignKey("runs.uid")),
    Column("parent_id", Text),
    Column("root_id", Text),
    Column("name", Text),
    Column("description", Text),
    Column("target", Text),
    Column("created_by", Text, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("cancel_requested", Boolean, nullable=False, server_default=false()),
    Column("status_reason", Text),
    Column("status_before_silence", Text),
    Column("error", Json),
    Column("warnings", Json),
    Column("snapshot_id", Text),
    # How the run shall end although its processes still have to be stopped: `run.fail()` from outside. An Ending.
    Column("wished_ending", Json),
    Column("metrics_dropped", Integer, nullable=False, server_default="0"),
    Column("torn_lines", Integer, nullable=False, server_default="0"),
    UniqueConstraint("workspace_id", "id"),
)
#: What lists are narrowed by; at the end of wide indexes, so that storage/run_lists.py reads matching runs only.
_FACTS = tuple(runs.c[name] for name in ("status", "target", "type", "created_at", "ended_at"))
Index("runs_top", runs.c.workspace_id, runs.c.parent_uid, runs.c.uid, *_FACTS)
Index("runs_of_workspace", runs.c.workspace_id, runs.c.uid, *_FACTS)
Index("runs_of_experiment", runs.c.experiment_id, runs.c.uid, runs.c.parent_uid, *_FACTS)
Index("runs_on_target", runs.c.target, runs.c.uid, sqlite_where=text("target IS NOT NULL"))
Index("runs_of_parent", runs.c.parent_uid, runs.c.uid)
Index("runs_by_status", runs.c.status, runs.c.uid)

#: As literal words: SQLite uses a partial index only where a query says the same.
NOT_ENDED = text("status NOT IN ('Completed', 'Failed', 'Canceled')")
HAS_TARGET = text("target IS NOT NULL")
NOT_GIVEN_UP = text("given_up_reason IS NULL")
Index("runs_live", runs.c.status, sqlite_where=and_(NOT_ENDED, HAS_TARGET))

#: The frozen RunSpec, apart from ``runs``, so that lists stay small.
run_specs = Table(
    "run_specs",
    metadata,
    Column("run_uid", Integer, ForeignKey("runs.uid"), primary_key=True),
    Column("spec", Json, nullable=False),
)

run_events = Table(
    "run_events",
    metadata,
    Column("run_uid", Integer, ForeignKey("runs.uid"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    sqlite_with_rowid=False,
)

tags = Table(
    "tags",
    metadata,
    Column("run_uid", Integer, ForeignKey("runs.uid"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    sqlite_with_rowid=False,
)
Index("tags_by_name", tags.c.name, tags.c.value, tags.c.run_uid)

properties = Table(
    "properties",
    metadata,
    Column("run_uid", Integer, ForeignKey("runs.uid"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    sqlite_with_rowid=False,
)
Index("properties_by_name", properties.c.name, properties.c.value, properties.c.run_uid)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_uid", Integer, ForeignKey("runs.uid"), nullable=False),
    Column("run_id", Text, nullable=False),
    Column("workspace_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("node_count", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("given_up_reason", Text),
    Column("last_sync_at", UtcTime),
    Column("agent_token_sha256", Text, nullable=False, unique=True),
    Column("run_token_sha256", Text, nullable=False, unique=True),
    UniqueConstraint("run_uid", "number"),
)
Index("attempts_alive", attempts.c.created_at, sqlite_where=and_(NOT_GIVEN_UP, NOT_ENDED))

#: The newest report of each node of an attempt. ``final``: the node said that nothing more will come.
node_reports = Table(
    "node_reports",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    Column("node", Integer, primary_key=True),
    Column("report", Json, nullable=False),
    Column("final", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)

orders = Table(
    "orders",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("grace_s", Float, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: Bytes that arrive at offsets. ``have``: bytes received; ``durable``: of those, what survives a power loss.
#: ``attempt_id`` is empty for a notebook's spool. A spool is parsed on arrival: ``tail`` is the line that has not
#: ended yet, ``speaks_for`` the run whose metrics come next; a log or file lies under ``growing/<run uid>/<stream
#: id>`` until it is sealed.
streams = Table(
    "streams",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_uid", Integer, ForeignKey("runs.uid"), nullable=False),
    Column("attempt_id", Text, nullable=False, server_default=""),
    Column("node", Integer, nullable=False, server_default="0"),
    Column("path", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("have", Integer, nullable=False, server_default="0"),
    Column("durable", Integer, nullable=False, server_default="0"),
    Column("closed", Boolean, nullable=False, server_default=false()),
    Column("sealed", Boolean, nullable=False, server_default=false()),
    Column("tail", LargeBinary),
    Column("speaks_for", Integer),
    UniqueConstraint("run_uid", "attempt_id", "node", "path"),
)
Index("streams_of_attempt", streams.c.attempt_id, streams.c.node)
Index("streams_not_durable", streams.c.id, sqlite_where=text("durable < have"))
Index("streams_to_seal", streams.c.id, sqlite_where=text("closed AND NOT sealed"))

#: What a run logged under one name, by whatever calls; ``kind`` is what they have in common.
metric_series = Table(
    "metric_series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_uid", Integer, ForeignKey("runs.uid"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("count", Integer, nullable=False, server_default="0"),
    UniqueConstraint("run_uid", "name"),
)

#: Points of a series; storage/series.py tells how they are packed. ``first`` is the index of the chunk's first point.
metric_chunks = Table(
    "metric_chunks",
    metadata,
    Column("series_id", Integer, ForeignKey("metric_series.id"), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    Column("times", LargeBinary, nullable=False),
    Column("steps", LargeBinary),
    Column("types", LargeBinary),
    Column("others", Json),
)

#: What charts are drawn from. Small rows: many of them on a page.
metric_outlines = Table(
    "metric_outlines",
    metadata,
    Column("series_id", Integer, ForeignKey("metric_series.id"), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("time", Float, nullable=False),
    Column("step", Integer),
    Column("pyramid", LargeBinary, nullable=False),
    Column("steps", LargeBinary),
    sqlite_with_rowid=False,
)

files = Table(
    "files",
    metadata,
    Column("run_uid", Integer, ForeignKey("runs.uid"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", Text, ForeignKey("blobs.sha256")),
    Column("provisional", Boolean, nullable=False),
    Column("stream_id", Integer, ForeignKey("streams.id")),
    # Which attempt wrote it; empty: somebody outside.
    Column("attempt_id", Text, nullable=False, server_default=""),
    Column("updated_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
Index("files_of_stream", files.c.stream_id)

#: Contents in the store. ``durable``: the bytes survive a power loss.
blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("touched_at", UtcTime, nullable=False),
    Column("durable", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)
Index("blobs_by_age", blobs.c.touched_at)
Index("blobs_not_durable", blobs.c.sha256, sqlite_where=text("NOT durable"))

#: Every reference to a content. ``kind``: file (owner ``<run uid>/<path>``) or snapshot (owner: its id).
blob_refs = Table(
    "blob_refs",
    metadata,
    Column("sha256", Text, ForeignKey("blobs.sha256"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    sqlite_with_rowid=False,
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("manifest", Json, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

#: One-time codes of portal links; only the code's hash is kept.
portal_codes = Table(
    "portal_codes",
    metadata,
    Column("code_sha256", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
