"""The tables for compute targets. A change needs a migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text

from trainshed.server.storage.columns import Json, UtcTime
from trainshed.server.storage.tables import metadata

#: The compute targets that somebody made. One that was deleted stays as a row: runs that ended there name it.
compute_targets = Table(
    "compute_targets",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("settings", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("modified_at", UtcTime, nullable=False),
    Column("description", Text),
    Column("tags", Json),
    sqlite_with_rowid=False,
)
