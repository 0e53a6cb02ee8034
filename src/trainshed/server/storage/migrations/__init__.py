"""Alembic's environment: one file in ``versions`` per change of the schema; imported when a database has to change."""
