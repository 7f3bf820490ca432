"""Brings a database to the schema this version expects (Alembic), before anything opens it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url

_HERE = Path(__file__).parent / "migrations"
_LOCK = 0x4D494752  # pg_advisory_lock: "MIGR"


def config(connection: Connection) -> Config:
    """Alembic's configuration on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(_HERE))
    made.attributes["connection"] = connection
    return made


def migrate(where: Path | str, *, to: str = "head") -> None:
    """Upgrade the SQLite file (created when absent, readable by its owner only) or the PostgreSQL database.

    Processes that start together take turns.
    """
    engine = _engine(where)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            command.upgrade(config(connection), to)
    finally:
        engine.dispose()


def _engine(where: Path | str) -> Engine:
    if isinstance(where, str):
        return create_engine(
            make_url(where).set(drivername="postgresql+psycopg"), connect_args={"connect_timeout": 5}
        )
    if not where.exists():
        where.touch(mode=0o600)
    return create_engine(f"sqlite:///{where}")
