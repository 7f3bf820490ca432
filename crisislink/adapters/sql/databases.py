"""The two databases under the store: SQLite (embedded) and PostgreSQL (several processes, several hosts).

Both give the same: one writer at a time in the whole installation, from before its first read until after its
commit, so a transition is decided on what is true and no transaction has to be run twice; readers beside it,
each on one snapshot; and an answer or an error within seconds, whatever state the server is in.
docs/decisions/0008-two-databases.md says why.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import Executable, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from crisislink.adapters.sql.witness import Witness
from crisislink.adapters.system import StoreClock
from crisislink.core.errors import Reason, Unavailable

PATIENCE_S = 2.0
"""How long a lock, a statement or a connection is waited for."""
TRANSACTION_S = 2.5
"""How long a whole transaction may last, the server's silence included."""
_QUEUE_S = 3.0  # SQLite's writers, behind each other; then each waits for whoever else locks the file
_READERS = 4
_WRITERS_LOCK = 0x43524953_4953  # "CRISIS"
_TIME = text("SELECT clock_timestamp()")
_TURN = text(f"SELECT clock_timestamp(), pg_advisory_xact_lock({_WRITERS_LOCK})")


class Database(Protocol):
    """Opens connections with a transaction begun; leaving commits, an exception rolls back."""

    @property
    def witness(self) -> Witness:
        """What this process remembers of it."""
        ...

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """The one writer's.

        Raises:
            Unavailable: others took too long.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A consistent, read-only one."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...


class SqliteDatabase:
    """One file. Writers queue on an asyncio lock, so the file's own lock is only met beside another process.

    `synchronous=FULL`: a committed transition survives a power cut. Readers work beside the writer (WAL).
    """

    def __init__(self, path: Path) -> None:
        self.witness = Witness(path.with_suffix(".witness"))
        self._writer = _sqlite_engine(path, begin="BEGIN IMMEDIATE", read_only=False, size=1)
        self._readers = _sqlite_engine(path, begin="BEGIN", read_only=True, size=_READERS)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """See `Database`."""
        async with _until(_now_s() + _QUEUE_S):
            await self._turn.acquire()
        try:
            async with self._writer.begin() as connection:
                yield connection
        finally:
            self._turn.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """See `Database`."""
        async with self._readers.connect() as connection:
            yield connection

    async def close(self) -> None:
        """See `Database`."""
        await _close(self._writer)
        await _close(self._readers)


def _sqlite_engine(path: Path, *, begin: str, read_only: bool, size: int) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", pool_size=size, max_overflow=0, pool_timeout=_QUEUE_S
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {int(PATIENCE_S * 1000)}",
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


async def _close(engine: AsyncEngine) -> None:
    """Closes the connections that rest; those in use as they come back (SQLAlchemy alone forgets these)."""

    @event.listens_for(engine.sync_engine, "checkin")
    def _end(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.invalidate()

    await engine.dispose()


class PostgresqlDatabase:
    """A server. Writers take turns by an advisory lock, held until their transaction ends.

    A server that is stopped (SIGSTOP, a frozen disk) still acknowledges TCP and answers nothing, not even a
    cancellation. So no timeout of its own is relied on alone: past `TRANSACTION_S` the connection's socket is
    shut down from our side, and whoever waits on it hears of it at once. The same when we are cancelled.

    Each transaction begins by asking what time it is; `clock` hears the answer.
    """

    def __init__(self, url: str, *, witness: Path, clock: StoreClock | None = None) -> None:
        self.witness = Witness(witness)
        self._clock = clock or StoreClock()
        self._writer = _postgresql_engine(url, read_only=False, size=2)
        self._readers = _postgresql_engine(url, read_only=True, size=_READERS * 2)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """See `Database`."""
        until_s = _now_s() + TRANSACTION_S
        async with _until(until_s):
            await self._turn.acquire()
        try:
            async with self._transaction(self._writer, _TURN, until_s) as connection:
                yield connection
        finally:
            self._turn.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """See `Database`."""
        async with self._transaction(self._readers, _TIME, _now_s() + TRANSACTION_S) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(
        self, engine: AsyncEngine, first: Executable, until_s: float
    ) -> AsyncIterator[AsyncConnection]:
        """One that began with `first`, which tells the time, and is over at `until_s` (the loop's clock)."""
        connection, guard = await self._begun(engine, first, until_s)
        with guard:
            try:
                yield connection
                await connection.commit()
            except BaseException:
                with suppress(DBAPIError, psycopg.Error):
                    await connection.rollback()
                raise
            finally:
                with suppress(DBAPIError, psycopg.Error):
                    await connection.close()

    async def _begun(
        self, engine: AsyncEngine, first: Executable, until_s: float
    ) -> tuple[AsyncConnection, "_Guard"]:
        """Where the server restarted since, each pooled connection is dead: then one is made anew."""
        while True:
            async with _until(until_s):
                connection = await engine.connect()
            guard = _Guard(await _driver(connection), until_s)
            asked_s = self._clock.boot_s()
            try:
                at = (await connection.execute(first)).scalars().one()
            except BaseException as error:
                guard.end()
                with suppress(DBAPIError, psycopg.Error):
                    await connection.close()
                if isinstance(error, DBAPIError) and error.connection_invalidated and _now_s() < until_s:
                    continue
                raise
            self._clock.heard(at.astimezone(UTC), asked_s=asked_s, answered_s=self._clock.boot_s())
            return connection, guard

    async def close(self) -> None:
        """See `Database`."""
        for engine in (self._writer, self._readers):
            with suppress(TimeoutError):  # a stopped server hears no farewell
                async with asyncio.timeout(PATIENCE_S):
                    await _close(engine)


def _now_s() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def _until(until_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(until_s):
            yield
    except TimeoutError as error:
        raise Unavailable(Reason.STORE) from error


def _postgresql_engine(url: str, *, read_only: bool, size: int) -> AsyncEngine:
    patience_ms = int(PATIENCE_S * 1000)
    options = {
        "statement_timeout": patience_ms,
        "lock_timeout": patience_ms,
        "idle_in_transaction_session_timeout": int(TRANSACTION_S * 1000),
        "default_transaction_read_only": "on" if read_only else "off",
        "client_connection_check_interval": 500,  # who left waits for no lock
        "synchronous_commit": "on",
        "random_page_cost": 1.1,  # what is asked for is in memory, or on a disk without arms
    }
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=size,
        max_overflow=0,
        pool_timeout=TRANSACTION_S,
        isolation_level="REPEATABLE READ" if read_only else "READ COMMITTED",
        connect_args={
            "connect_timeout": int(PATIENCE_S),
            "application_name": "crisislink",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            "tcp_user_timeout": patience_ms,
            "async_creator_fn": _Connection.connect,
        },
    )


async def _driver(connection: AsyncConnection) -> "_Connection":
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, _Connection)
    return driver


class _Connection(psycopg.AsyncConnection[Any]):
    """One that is left without a farewell: a server that stands still would never answer it."""

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:  # noqa: ARG002, ASYNC109 - psycopg's
        """What psycopg does when we are cancelled amid a statement: a stopped server holds us up for 5 s.

        A living one rolls back when it next looks at the connection.
        """
        self.leave()

    def leave(self) -> None:
        """Shut the socket down; whoever waits on it gets an error."""
        if self.closed:
            return
        with suppress(OSError), socket.socket(fileno=os.dup(self.fileno())) as descriptor:
            descriptor.shutdown(socket.SHUT_RDWR)


class _Guard:
    """Leaves the connection at `until_s`, unless it is ended before."""

    def __init__(self, driver: _Connection, until_s: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(until_s, driver.leave)

    def end(self) -> None:
        """The transaction is over."""
        self._timer.cancel()

    def __enter__(self) -> None:
        """It runs already."""

    def __exit__(self, *_: object) -> None:
        """As `end`."""
        self.end()
