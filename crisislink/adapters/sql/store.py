"""Opens transactions on SQLite: one writer at a time, readers beside it (WAL), every fault a clear error.

`synchronous=FULL`: a committed transition survives a power cut. Writers queue on an asyncio lock, so the
database's own lock is only ever met when another process writes; then 2 s of patience, and `Unavailable`.
After a commit the bus is told: nothing is published that is not on disk.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Executable, RowMapping, Select, Table, event
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from crisislink.adapters.secrets import CameraVault
from crisislink.adapters.sql.work import SqlWork, replacing
from crisislink.core.errors import Conflict, Reason, Unavailable
from crisislink.flow.ports import Bus, Clock, UnitOfWork, Wake

_BUSY_MS = 2_000


class SqlStore:
    """`flow.ports.Store` on one SQLite file. Close it with `close`."""

    def __init__(self, path: Path, *, clock: Clock, bus: Bus, vault: CameraVault) -> None:
        self._clock = clock
        self._bus = bus
        self._vault = vault
        self._writer = _engine(path, begin="BEGIN IMMEDIATE", read_only=False, size=1)
        self._readers = _engine(path, begin="BEGIN", read_only=True, size=4)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """See `flow.ports.Store`."""
        async with self._turn:
            with _clear_errors():
                async with self._writer.begin() as connection:
                    work = SqlWork(connection, clock=self._clock, vault=self._vault, writing=True)
                    yield work
        if work.last_seq is not None:
            await self._bus.publish(Wake(work.last_seq))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """See `flow.ports.Store`."""
        with _clear_errors():
            async with self._readers.connect() as connection:
                yield SqlWork(connection, clock=self._clock, vault=self._vault, writing=False)

    async def fetch(self, statement: Select[Any]) -> RowMapping | None:
        """The first row of a technical table (sessions), outside any transition."""
        with _clear_errors():
            async with self._readers.connect() as connection:
                row: RowMapping | None = (await connection.execute(statement)).mappings().first()
                return row

    async def fetch_all(self, statement: Select[Any]) -> Sequence[RowMapping]:
        """The rows of a technical table."""
        with _clear_errors():
            async with self._readers.connect() as connection:
                rows: Sequence[RowMapping] = (await connection.execute(statement)).mappings().all()
                return rows

    async def put(self, table: Table, values: Mapping[str, object]) -> None:
        """Insert into a technical table, or replace what has this key."""
        await self.execute(replacing(table, values))

    async def execute(self, statement: Executable) -> None:
        """Write to a technical table, in the writers' queue."""
        async with self._turn:
            with _clear_errors():
                async with self._writer.begin() as connection:
                    await connection.execute(statement)

    async def close(self) -> None:
        """Give the connections back."""
        await self._writer.dispose()
        await self._readers.dispose()


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
        if isinstance(error, SQLAlchemyError):  # the pool's own timeout too
            raise Unavailable(Reason.STORE) from error


def _engine(path: Path, *, begin: str, read_only: bool, size: int) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", pool_size=size, max_overflow=0, pool_timeout=5
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {_BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"query_only = {int(read_only)}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
