"""Bring the stored schema to that of this release: make it, migrate it after a backup, or refuse a newer one."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Optional, Tuple

from sqlalchemy.exc import DBAPIError

from trainshed.contract.errors import SchemaTooNew
from trainshed.contract.layout import HomeLayout
from trainshed.contract.version import VERSION
from trainshed.server.storage import (
    compute_tables,
    data_tables,
    environment_tables,
    history_tables,
    model_tables,
    secret_tables,
)
from trainshed.server.storage.faults import storage_full
from trainshed.server.storage.tables import SCHEMA, metadata

#: Modules whose import makes their tables known to ``metadata``.
TABLES = (environment_tables, data_tables, model_tables, secret_tables, compute_tables, history_tables)
MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(layout: HomeLayout) -> None:
    """Make the folders and the database ready for this release.

    Raises:
        SchemaTooNew: a newer release wrote the database.
        StorageFull: the disk takes nothing.
    """
    try:
        for folder in (layout.root, layout.store, layout.incoming, layout.growing):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _prepare_database(layout)
    except (OSError, sqlite3.Error, DBAPIError) as error:
        full = storage_full(error, layout.root)
        if full is None:
            raise
        raise full from error


def stored_schema(database: Path) -> Tuple[Optional[str], str]:
    """The revision of a database (None: it has no tables) and the release that wrote it last."""
    connection = sqlite3.connect(database)
    try:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in names:
            return None, ""
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        written_by = connection.execute("SELECT value FROM facts WHERE name = 'written_by'").fetchone()
        return (revision[0] if revision else None), (written_by[0] if written_by else "?")
    finally:
        connection.close()


def _prepare_database(layout: HomeLayout) -> None:
    path = layout.database
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    revision, written_by = stored_schema(path)
    if revision is None:
        create(path)
    elif revision != SCHEMA:
        _migrate(layout, revision, written_by)
    _say_who_writes(path)


def create(path: Path) -> None:
    """All tables of this release, in one transaction, so that a kill in the middle leaves an empty database."""
    from sqlalchemy import create_engine

    engine = create_engine("sqlite:///%s" % path, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        metadata.create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (SCHEMA,))
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


def _say_who_writes(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute("INSERT OR REPLACE INTO facts (name, value) VALUES ('written_by', ?)", (VERSION,))
    finally:
        connection.close()


def _migrate(layout: HomeLayout, revision: str, written_by: str) -> None:
    from alembic import command  # only here: its import would slow down every start
    from alembic.script import ScriptDirectory

    config = alembic_config(layout.database)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision not in known:
        raise SchemaTooNew(home=str(layout.root), newer=written_by, schema=revision, version=VERSION)
    backup(layout, revision)
    command.upgrade(config, SCHEMA)


def alembic_config(database: Path) -> Any:
    """What Alembic needs to find the packaged migrations and the database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database"] = database
    return config


def backup(layout: HomeLayout, revision: str) -> Path:
    """A whole copy of the database as it is, in ``backups``; written under another name, then renamed."""
    layout.backups.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = sum(1 for _ in layout.backups.iterdir()) + 1
    goal = layout.backups / ("trainshed-%s-%d.db" % (revision, number))
    partial = goal.with_suffix(".partial")
    source, copy = sqlite3.connect(layout.database), sqlite3.connect(partial)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    partial.rename(goal)
    return goal
