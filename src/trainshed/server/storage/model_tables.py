"""The tables for models. A change needs a migration."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from trainshed.server.storage.columns import Json, UtcTime
from trainshed.server.storage.tables import metadata

#: The last version given to each name, so that a deleted one's number is not given again.
model_names = Table(
    "model_names",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("last_version", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: Known to the outside by workspace, name and version; newest first is ``uid`` falling. ``root``: the name of the file
#: or folder that the model is.
models = Table(
    "models",
    metadata,
    Column("uid", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("root", Text, nullable=False),
    Column("is_folder", Boolean, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("file_count", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("description", Text),
    Column("framework", Text),
    Column("framework_version", Text),
    Column("run_id", Text),
    Column("experiment", Text),
    Column("sample_input_dataset_id", Text),
    Column("sample_output_dataset_id", Text),
    Column("resources", Json),
    UniqueConstraint("workspace_id", "name", "version"),
)
Index("models_of_workspace", models.c.workspace_id, models.c.uid)
Index("models_of_run", models.c.workspace_id, models.c.run_id, models.c.uid)

model_tags = Table(
    "model_tags",
    metadata,
    Column("model_uid", Integer, ForeignKey("models.uid"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    sqlite_with_rowid=False,
)

model_properties = Table(
    "model_properties",
    metadata,
    Column("model_uid", Integer, ForeignKey("models.uid"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    sqlite_with_rowid=False,
)

#: Which data a model was made from, in the order told.
model_datasets = Table(
    "model_datasets",
    metadata,
    Column("model_uid", Integer, ForeignKey("models.uid"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("dataset_id", Text, nullable=False),
    Column("name", Text),
    Column("version", Integer),
    sqlite_with_rowid=False,
)
Index("model_datasets_by_dataset", model_datasets.c.dataset_id, model_datasets.c.model_uid)

#: The contents that a model is; each also has its row in ``blob_refs``, kind ``model``, owner ``<model uid>/<path>``.
model_files = Table(
    "model_files",
    metadata,
    Column("model_uid", Integer, ForeignKey("models.uid"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    sqlite_with_rowid=False,
)
