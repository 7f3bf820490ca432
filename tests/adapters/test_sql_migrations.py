"""The migrations lead exactly to the schema the code expects, and every column explains itself."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from crisislink.adapters.sql.migrate import config, migrate
from crisislink.adapters.sql.schema import metadata
from tests.servers import Postgresql


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    migrate(tmp_path / "crisislink.db")
    return create_engine(f"sqlite:///{tmp_path / 'crisislink.db'}")


def test_every_table_and_column_says_what_it_means() -> None:
    mute = [f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.columns if not c.comment]
    assert not mute
    assert all(t.comment for t in metadata.tables.values())


def test_the_migrations_lead_to_the_schema_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        made = _tables(connection)
    expected = create_engine("sqlite://")
    with expected.connect() as connection:
        metadata.create_all(connection)
        wanted = _tables(connection)
    for table, sql in wanted.items():
        assert sorted(_clauses(made[table])) == sorted(_clauses(sql)), table


def _tables(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    return {row.name: row.sql for row in rows}


def _clauses(sql: str) -> list[str]:
    """A table's clauses in any order: Alembic writes a check after its column, `create_all` inside it."""
    lines = sql.replace(" CONSTRAINT", "\nCONSTRAINT").replace(",", "\n").splitlines()
    return [line.strip() for line in lines if line.strip()]


def test_the_migrations_lead_back_to_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(config(connection), "base")
    with engine.connect() as connection:
        left = connection.execute(
            text("SELECT name FROM sqlite_master WHERE name NOT LIKE '%alembic%'")
        ).all()
    assert left == []


def test_the_register_cannot_be_updated_or_deleted(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO register_entry VALUES (1, 0, 'k', x'00', x'00')"))
    raw = sqlite3.connect(str(engine.url.database))
    try:
        for verb in ("UPDATE register_entry SET kind = 'other'", "DELETE FROM register_entry"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added to"):
                raw.execute(verb)
    finally:
        raw.close()


def test_the_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    migrate(tmp_path / "crisislink.db")
    assert (tmp_path / "crisislink.db").stat().st_mode & 0o777 == 0o600


def test_on_postgresql_the_migrations_lead_to_the_same_schema_and_back(postgresql: Postgresql) -> None:
    with postgresql.database(template="template1") as url:
        migrate(url)
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        with engine.begin() as connection:
            command.downgrade(config(connection), "base")
        with engine.connect() as connection:
            left = connection.execute(
                text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            ).scalars()
            assert {name for name in left if "alembic" not in name} == set()
        engine.dispose()


@pytest.mark.parametrize("tampering", ["UPDATE register_entry SET at = 0", "DELETE FROM register_entry"])
def test_on_postgresql_the_register_cannot_be_changed(postgresql: Postgresql, tampering: str) -> None:
    with postgresql.database() as url:
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection, pytest.raises(DBAPIError, match="only ever added to"):
            connection.execute(text(tampering))
        with engine.begin() as connection, pytest.raises(DBAPIError, match="only ever added to"):
            connection.execute(text("TRUNCATE register_entry"))
        engine.dispose()
