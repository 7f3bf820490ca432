"""Opens transactions: one writer at a time, readers beside it, every fault a clear error.

After a commit the bus is told: nothing is published that is not on disk.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import psycopg
from sqlalchemy import Executable, RowMapping, Select, Table
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import Database
from crisislink.adapters.sql.work import SqlWork
from crisislink.adapters.sql.writes import replacing
from crisislink.core.errors import Conflict, Reason, Unavailable
from crisislink.flow.ports import Bus, Clock, UnitOfWork, Wake


class SqlStore:
    """`flow.ports.Store` on one of the two databases. Close it with `close`."""

    def __init__(self, database: Database, *, clock: Clock, bus: Bus, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._vault = vault

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """See `flow.ports.Store`."""
        with _clear_errors():
            mark = self._database.witness.mark()  # before the transaction sees anything
            async with self._database.writing() as connection:
                work = SqlWork(connection, clock=self._clock, vault=self._vault, mark=mark, writing=True)
                yield work
                remember = await work.finish()
        if remember is not None:
            self._database.witness.note(remember)
        if work.last is not None:
            await self._bus.publish(Wake(work.last.seq))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """See `flow.ports.Store`."""
        with _clear_errors():
            mark = self._database.witness.mark()
            async with self._database.reading() as connection:
                yield SqlWork(connection, clock=self._clock, vault=self._vault, mark=mark, writing=False)

    async def fetch(self, statement: Select[Any]) -> RowMapping | None:
        """The first row of a technical table (sessions), outside any transition."""
        with _clear_errors():
            async with self._database.reading() as connection:
                row: RowMapping | None = (await connection.execute(statement)).mappings().first()
                return row

    async def fetch_all(self, statement: Select[Any]) -> Sequence[RowMapping]:
        """The rows of a technical table."""
        with _clear_errors():
            async with self._database.reading() as connection:
                rows: Sequence[RowMapping] = (await connection.execute(statement)).mappings().all()
                return rows

    async def put(self, table: Table, values: Mapping[str, object]) -> None:
        """Insert into a technical table, or replace what has this key."""
        with _clear_errors():
            async with self._database.writing() as connection:
                await connection.execute(replacing(connection.dialect.name, table), dict(values))

    async def execute(self, statement: Executable) -> None:
        """Write to a technical table, in the writers' queue."""
        with _clear_errors():
            async with self._database.writing() as connection:
                await connection.execute(statement)

    async def execute_returning(self, statement: Executable) -> RowMapping | None:
        """As `execute`, and the first row it returns."""
        with _clear_errors():
            async with self._database.writing() as connection:
                row: RowMapping | None = (await connection.execute(statement)).mappings().first()
                return row

    async def close(self) -> None:
        """Give the connections back."""
        await self._database.close()


class _clear_errors:  # noqa: N801 - reads as a statement
    """Turns faults of the database into the domain's errors."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Translate, keeping the cause."""
        if isinstance(error, IntegrityError):
            raise Conflict(Reason.VERSION) from error
        if isinstance(error, SQLAlchemyError | psycopg.Error):  # the pool's own timeout too
            raise Unavailable(Reason.STORE) from error
