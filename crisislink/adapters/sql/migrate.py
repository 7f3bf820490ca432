"""Brings a database file to the schema this version expects (Alembic), before anything opens it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

_HERE = Path(__file__).parent / "migrations"


def config(connection: Connection) -> Config:
    """Alembic's configuration on an open connection."""
    made = Config()
    made.set_main_option("script_location", str(_HERE))
    made.attributes["connection"] = connection
    return made


def migrate(path: Path, *, to: str = "head") -> None:
    """Upgrade the SQLite file at `path` (created when absent), readable by its owner only."""
    if not path.exists():
        path.touch(mode=0o600)
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            command.upgrade(config(connection), to)
    finally:
        engine.dispose()
