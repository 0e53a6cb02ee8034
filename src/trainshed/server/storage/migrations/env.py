"""Run by Alembic: opens the database that schema.py hands over and migrates it in one transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine

from trainshed.server.storage.tables import metadata


def migrate() -> None:
    """All pending revisions together, or none: SQLite's schema changes are part of the transaction."""
    engine = create_engine("sqlite:///%s" % context.config.attributes["database"], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            context.run_migrations()
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


migrate()
