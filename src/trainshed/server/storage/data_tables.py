"""The tables for datastores and datasets. A change needs a migration."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from trainshed.server.storage.columns import Json, UtcTime
from trainshed.server.storage.tables import metadata

#: Registered datastores; those that every workspace has need no row.
datastores = Table(
    "datastores",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("properties", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

#: The default datastore of workspaces that have another one than workspaceblobstore.
default_datastores = Table(
    "default_datastores",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, nullable=False),
)

#: Datasets that were registered or given to a run. ``digest`` is of the definition. A registration that is taken back
#: loses name and version; the row stays, for runs refer to it.
datasets = Table(
    "datasets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text),
    Column("version", Integer),
    Column("digest", Text, nullable=False),
    Column("definition", Json, nullable=False),
    Column("description", Text),
    Column("tags", Json, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("workspace_id", "name", "version"),
)
Index("datasets_by_digest", datasets.c.workspace_id, datasets.c.digest)

#: Which run was given which dataset, under which of its names.
run_datasets = Table(
    "run_datasets",
    metadata,
    Column("run_uid", Integer, ForeignKey("runs.uid"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("dataset_id", Text, ForeignKey("datasets.id"), nullable=False),
    Column("mode", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("run_datasets_by_dataset", run_datasets.c.dataset_id, run_datasets.c.run_uid)
