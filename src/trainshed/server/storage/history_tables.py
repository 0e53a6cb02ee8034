"""The tables for what is kept about experiments and workspaces. A change needs a migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from trainshed.server.storage.columns import Json
from trainshed.server.storage.tables import metadata

experiment_tags = Table(
    "experiment_tags",
    metadata,
    Column("experiment_id", Integer, ForeignKey("experiments.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    sqlite_with_rowid=False,
)

#: What people say about a workspace; no row: nothing was said.
workspace_notes = Table(
    "workspace_notes",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("friendly_name", Text),
    Column("description", Text),
    Column("tags", Json),
    sqlite_with_rowid=False,
)
