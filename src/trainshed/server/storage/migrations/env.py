"""Run by Alembic: opens the database that schema.py hands over and migrates it in one transaction."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection

from trainshed.server.storage.tables import metadata


def migrate() -> None:
    """All pending revisions together, or none: SQLite's schema changes are part of the transaction."""
    engine = create_engine("sqlite:///%s" % context.config.attributes["database"])
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    with engine.connect() as connection, connection.begin():
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
        context.run_migrations()
    engine.dispose()


def _leave_transactions_to_us(raw: Any, record: object) -> None:
    raw.isolation_level = None  # Python's driver would commit before each change of the schema


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


migrate()
