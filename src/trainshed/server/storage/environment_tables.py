"""The tables for registered environments, their labels, and private wheels. A change needs a migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from trainshed.server.storage.columns import Json, UtcTime
from trainshed.server.storage.tables import metadata

#: Registered environments, each version. ``digest`` is of the definition.
environments = Table(
    "environments",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("definition", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

#: Which version of an environment a label is on.
environment_labels = Table(
    "environment_labels",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("label", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: Private wheels. A name may stand for several contents: environments refer to a wheel by both.
wheels = Table(
    "wheels",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("file_name", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
