"""Alembic's environment: one file in ``versions`` per change of the schema. Imported only when a database has to be changed."""
