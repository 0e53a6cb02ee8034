"""The stored schema: made, kept, migrated after a backup, refused when newer."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from array import array

import pytest

from trainshed.contract.errors import SchemaTooNew
from trainshed.contract.layout import HomeLayout
from trainshed.contract.version import VERSION
from trainshed.server.storage import charts, metric_rows, schema
from trainshed.server.storage import series as packing
from trainshed.server.storage.database import Database
from trainshed.server.storage.tables import SCHEMA


def described(layout: HomeLayout) -> list[tuple[str, ...]]:
    """All that SQLite knows about the tables, whatever words made them."""
    connection = sqlite3.connect(layout.database)
    rows: list[tuple[str, ...]] = []
    names = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
    for kind, name, sql in names:
        rows.append((kind, name, "WITHOUT ROWID" in sql, " ".join(sql.partition(" WHERE ")[2].split())))
        pragmas = ("table_xinfo", "foreign_key_list", "index_list") if kind == "table" else ("index_xinfo",)
        for pragma in pragmas:
            found = connection.execute('PRAGMA %s("%s")' % (pragma, name)).fetchall()
            # The first value of an index's row is its place in the order of making.
            rows += [(name, pragma, *map(str, row[pragma == "index_list" :])) for row in found]
    connection.close()
    return sorted(rows, key=repr)


def test_a_new_database_needs_no_alembic(layout: HomeLayout) -> None:
    code = (
        "import sys; from pathlib import Path; from trainshed.contract.layout import HomeLayout;"
        "from trainshed.server.storage.database import Database;"
        "d = Database(HomeLayout(Path(sys.argv[1]))); d.close(); assert 'alembic' not in sys.modules"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(layout.root)], check=True)
    assert schema.stored_schema(layout.database) == (SCHEMA, VERSION)
    assert layout.database.stat().st_mode & 0o777 == 0o600


def test_migrations_and_tables_give_the_same_schema(layout: HomeLayout) -> None:
    from alembic import command

    Database(layout).close()
    made = described(layout)
    layout.database.unlink()
    command.upgrade(schema.alembic_config(layout.database), "head")
    assert described(layout) == made


def test_the_newest_migration_is_the_schema_of_this_release(layout: HomeLayout) -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(schema.alembic_config(layout.database)).get_heads() == [SCHEMA]


def test_an_older_database_is_backed_up_and_migrated(
    layout: HomeLayout, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    """With a migration of this test's own behind the packaged ones."""
    import shutil

    Database(layout).close()
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "r9999_test.py").write_text(
        "from alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '9999', %r, None, None\n"
        "def upgrade():\n    op.execute('ALTER TABLE facts ADD COLUMN more TEXT')\n" % SCHEMA
    )
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "SCHEMA", "9999")
    schema.prepare(layout)
    assert schema.stored_schema(layout.database)[0] == "9999"
    (backup,) = layout.backups.iterdir()
    assert schema.stored_schema(backup)[0] == SCHEMA
    connection = sqlite3.connect(layout.database)
    assert "more" in [row[1] for row in connection.execute("PRAGMA table_info(facts)")]
    connection.close()


def test_series_of_one_name_become_one(layout: HomeLayout) -> None:
    """Schema 0006 had a series for each kind of call."""
    from alembic import command

    layout.root.mkdir(exist_ok=True)
    command.upgrade(schema.alembic_config(layout.database), "0006")
    connection = sqlite3.connect(layout.database)
    with connection:
        connection.executemany(
            "INSERT INTO metric_series (id, run_uid, name, kind, count) VALUES (?, ?, ?, ?, ?)",
            [
                (1, 1, "a", "scalar", 3),
                (2, 1, "b", "row", 1),
                (3, 1, "a", "list", 2),
                (4, 2, "a", "list", 1),
                (5, 1, "b", "table", 1),
                (6, 1, "b", "scalar", 1),
                (7, 1, "c", "scalar", 0),
            ],
        )
        connection.executemany(
            "INSERT INTO metric_chunks (series_id, first, count, numbers, times) VALUES (?, ?, ?, ?, '')",
            [
                (1, 0, 2, "a0"),
                (1, 2, 1, "a2"),
                (2, 0, 1, "b0"),
                (3, 0, 1, "a3"),
                (3, 1, 1, "a4"),
                (4, 0, 1, "other"),
                (5, 0, 1, "b1"),
                (6, 0, 1, "b2"),
            ],
        )
    connection.close()
    command.upgrade(schema.alembic_config(layout.database), "head")
    connection = sqlite3.connect(layout.database)
    series = connection.execute("SELECT id, run_uid, name, kind, count FROM metric_series ORDER BY id").fetchall()
    chunks = connection.execute("SELECT series_id, first, numbers FROM metric_chunks ORDER BY 1, 2").fetchall()
    connection.close()
    assert series == [(1, 1, "a", "list", 5), (2, 1, "b", "table", 3), (4, 2, "a", "list", 1), (7, 1, "c", "scalar", 0)]
    assert [chunk for chunk in chunks if chunk[0] == 1] == [(1, 0, "a0"), (1, 2, "a2"), (1, 3, "a3"), (1, 4, "a4")]
    assert [chunk for chunk in chunks if chunk[0] != 1] == [(2, 0, "b0"), (2, 1, "b1"), (2, 2, "b2"), (4, 0, "other")]


def test_outlines_are_made_from_the_chunks_that_held_them(layout: HomeLayout) -> None:
    """Schema 0008 kept a chunk's extent and pyramid in its own row."""
    from alembic import command

    layout.root.mkdir(exist_ok=True)
    command.upgrade(schema.alembic_config(layout.database), "0008")
    values, times = [float(i) for i in range(100)], [1e9 + i for i in range(100)]
    chunk = packing.pack(values, times, [None, *range(1, 100)])
    outline = packing.outline(chunk)
    assert outline is not None
    connection = sqlite3.connect(layout.database)
    with connection:
        connection.execute(
            "INSERT INTO metric_series (id, run_uid, name, kind, count) VALUES (1, 1, 'a', 'table', 101)"
        )
        rows = [
            (1, 0, 100, 0.0, 99.0, chunk.numbers, chunk.times, chunk.steps, None, None, outline.pyramid),
            (1, 100, 1, None, None, b"", array("d", [2e9]).tobytes(), None, b"\4", '[{"x":1}]', None),
        ]
        connection.executemany("INSERT INTO metric_chunks VALUES (%s)" % ", ".join("?" * 11), rows)
    connection.close()
    command.upgrade(schema.alembic_config(layout.database), "head")
    database = Database(layout)
    (row,) = metric_rows.of_run(database.reader, 1)
    first, second = metric_rows.chunks(database.reader, row.id)
    coarse, fine = [charts.chart(database.reader, row, 0, 100, width) for width in (1, 1000)]
    database.close()
    assert first == chunk and packing.values_of(second) == [{"x": 1}]
    assert coarse == charts.Chart((0, 64), (64, 36), (0.0, 64.0), (63.0, 99.0), (1e9, 1e9 + 64), (None, 64))
    assert (fine.lows, fine.highs, fine.times) == (tuple(values), tuple(values), tuple(times))
    assert fine.steps == (None, *range(1, 100))


def test_a_migration_that_fails_changes_nothing(layout: HomeLayout, monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import shutil

    Database(layout).close()
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "r9999_test.py").write_text(
        "from alembic import op\n"
        "revision, down_revision, branch_labels, depends_on = '9999', %r, None, None\n"
        "def upgrade():\n    op.execute('ALTER TABLE facts ADD COLUMN more TEXT')\n    op.execute('nonsense')\n"
        % SCHEMA
    )
    before = described(layout)
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "SCHEMA", "9999")
    with pytest.raises(Exception, match="nonsense"):
        schema.prepare(layout)
    assert schema.stored_schema(layout.database)[0] == SCHEMA
    assert described(layout) == before


def test_a_newer_database_is_refused_and_left_alone(layout: HomeLayout) -> None:
    Database(layout).close()
    connection = sqlite3.connect(layout.database)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from the future'")
        connection.execute("UPDATE facts SET value = '99.0' WHERE name = 'written_by'")
    connection.close()
    with pytest.raises(SchemaTooNew, match=r"99\.0.*pip install -U trainshed"):
        Database(layout)
    assert schema.stored_schema(layout.database) == ("from the future", "99.0")
    assert not layout.backups.exists()
