"""A database's connections are closed, also those that were in use when it was closed."""

import asyncio
import gc
import warnings
from pathlib import Path

from sqlalchemy import text

from crisislink.adapters.sql.databases import SqliteDatabase


async def test_a_connection_in_use_while_its_database_closes_is_closed_when_it_comes_back(
    tmp_path: Path,
) -> None:
    database = SqliteDatabase(tmp_path / "store.db")
    closed = asyncio.Event()
    inside = asyncio.Event()

    async def read() -> None:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))
            inside.set()
            await closed.wait()

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        reading = asyncio.create_task(read())
        await inside.wait()
        await database.close()
        closed.set()
        await reading
        del reading
        gc.collect()
    assert [str(one.message) for one in said if issubclass(one.category, ResourceWarning)] == []
