"""The table for secrets: sealed values only. A change needs a migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from trainshed.server.storage.columns import UtcTime
from trainshed.server.storage.tables import metadata

#: ``sealed``: the value as storage/vault.py encrypts it.
secrets = Table(
    "secrets",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("content_type", Text),
    Column("updated_at", UtcTime, nullable=False),
    sqlite_with_rowid=False,
)
