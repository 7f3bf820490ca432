"""The store as the authority: the time it knows of never falls, and a store that was restored says so."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.secrets import Vault
from crisislink.adapters.sql.databases import Database, PostgresqlDatabase, SqliteDatabase
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.store import SqlStore
from crisislink.adapters.sql.witness import Mark, Witness
from crisislink.bench.servers import postgres_program
from crisislink.core.errors import Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.flow.ports import Authority
from tests.fakes.time import TurnedClock
from tests.samples import T0
from tests.servers import Postgresql

LOADED = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0" * 64)
Place = Callable[[Path], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Opens the same database again, with the memory of a process that keeps it in the folder given."""
    if request.param == "sqlite":
        migrate(tmp_path / "city.db")
        yield lambda folder: _sqlite(tmp_path / "city.db", folder)
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield lambda folder: PostgresqlDatabase(url, witness=folder / "city.witness")


def _sqlite(path: Path, folder: Path) -> Database:
    database = SqliteDatabase(path)
    database.witness = Witness(folder / "city.witness")
    return database


@asynccontextmanager
async def _store(database: Database, clock: TurnedClock | None = None) -> AsyncIterator[SqlStore]:
    store = SqlStore(database, clock=clock or TurnedClock(), bus=InProcessBus(), vault=Vault(b"k" * 32))
    try:
        yield store
    finally:
        await store.close()


async def _authority(store: SqlStore) -> Authority | None:
    async with store.read() as work:
        return await work.authority()


async def _assumed(store: SqlStore) -> Authority:
    async with store.write() as work:
        authority = await work.assume(T0)
        await work.record(LOADED)
        assert await work.authority() == authority
        return authority


async def test_a_new_store_is_nobodys_until_it_is_assumed_and_then_stays_so(
    opening: Place, tmp_path: Path
) -> None:
    async with _store(opening(tmp_path)) as store:
        assert await _authority(store) is None
        with pytest.raises(Unavailable):
            async with store.write() as work:
                await work.raise_high_water(T0)
        assert await _assumed(store) == Authority(incarnation=1, high_water=T0)
    async with _store(opening(tmp_path)) as again:
        assert await _authority(again) == Authority(incarnation=1, high_water=T0)
        async with again.write() as work:
            await work.record(LOADED)
        assert await _authority(again) is not None


async def test_an_assumption_that_was_rolled_back_never_was(opening: Place, tmp_path: Path) -> None:
    async def fails(store: SqlStore) -> None:
        async with store.write() as work:
            await work.assume(T0)
            await work.record(LOADED)
            raise RuntimeError("the process fails here")

    async with _store(opening(tmp_path)) as store:
        with pytest.raises(RuntimeError):
            await fails(store)
        assert await _authority(store) is None
        assert (await _assumed(store)).incarnation == 1


async def test_the_time_the_store_knows_of_never_falls(opening: Place, tmp_path: Path) -> None:
    clock = TurnedClock()
    async with _store(opening(tmp_path), clock) as store:
        await _assumed(store)
        for noted, known in [(60, 60), (30, 60), (90, 90)]:
            async with store.write() as work:
                await work.raise_high_water(T0 + timedelta(seconds=noted))
            authority = await _authority(store)
            assert authority is not None
            assert authority.high_water == T0 + timedelta(seconds=known)
        clock.advance(120)
        async with store.write() as work:
            await work.record(LOADED)
        authority = await _authority(store)
        assert authority is not None
        assert authority.high_water == T0 + timedelta(seconds=120), "an entry says the time too"
        async with store.write() as work:
            assert (await work.assume(T0)).high_water >= T0 + timedelta(seconds=90)


async def test_a_store_that_lost_what_a_process_saw_is_assumed_anew(opening: Place, tmp_path: Path) -> None:
    async with _store(opening(tmp_path)) as store:
        await _assumed(store)
        witness = Witness(tmp_path / "city.witness")
        seen = witness.mark()
        assert seen is not None
        for other in (
            Mark(1, seen.seq + 1, b"\1" * 32),  # an entry that is not there any more
            Mark(1, seen.seq, b"\1" * 32),  # another one in its place
            Mark(2, seen.seq, seen.leaf),  # a later incarnation is not there any more
        ):
            witness.note(other)
            assert await _authority(store) is None, other
            async with store.write() as work:
                await work.record(LOADED)
            assert witness.mark() == other, "what is restored does not make itself believed"
        assert (await _assumed(store)).incarnation == 3
        assert await _authority(store) is not None


async def test_who_comes_after_another_process_assumed_it_goes_on(opening: Place, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    async with _store(opening(tmp_path)) as store:
        await _assumed(store)
        shutil.copy(tmp_path / "city.witness", other)
        async with _store(opening(other)) as late:
            Witness(tmp_path / "city.witness").note(Mark(1, 9, b"\1" * 32))
            assert (await _assumed(store)).incarnation == 2
            authority = await _authority(late)
    assert authority is not None
    assert authority.incarnation == 2


async def test_a_file_restored_from_a_copy_is_found_out_with_and_without_memory(tmp_path: Path) -> None:
    path, memory = tmp_path / "city.db", tmp_path / "city.witness"
    migrate(path)
    async with _store(SqliteDatabase(path)) as store:
        await _assumed(store)
    shutil.copy(path, tmp_path / "dump")
    async with _store(SqliteDatabase(path)) as store, store.write() as work:
        await work.record(LOADED)  # say, a revocation
    shutil.copy(tmp_path / "dump", path)
    async with _store(SqliteDatabase(path)) as restored:
        assert await _authority(restored) is None
    memory.unlink()
    async with _store(SqliteDatabase(path)) as elsewhere:
        assert await _authority(elsewhere) is None


async def test_a_dump_restored_on_a_server_is_found_out_with_and_without_memory(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with postgresql.database() as first, postgresql.database(template="template1") as second:
        async with _store(PostgresqlDatabase(first, witness=tmp_path / "witness")) as store:
            await _assumed(store)
        async with _store(PostgresqlDatabase(first, witness=other / "witness")) as colleague:
            assert await _authority(colleague) is not None, "a further process needs no memory"
        await asyncio.to_thread(_copy, first, second)
        for folder in (tmp_path, other):
            async with _store(PostgresqlDatabase(second, witness=folder / "witness")) as copy:
                assert await _authority(copy) is None


def _copy(source: str, target: str) -> None:
    """As the manual says: pg_dump, psql."""
    save = [postgres_program("pg_dump"), source]
    dump = subprocess.run(save, check=True, capture_output=True)  # noqa: S603 - programs of the package
    load = [postgres_program("psql"), "-q", "-v", "ON_ERROR_STOP=1", target]
    subprocess.run(load, check=True, input=dump.stdout, stdout=subprocess.DEVNULL)  # noqa: S603 - same


async def test_an_account_that_only_owns_its_tables_may_ask(postgresql: Postgresql, tmp_path: Path) -> None:
    with postgresql.owned_database() as url:
        assert make_url(url).username != make_url(postgresql.url).username
        await asyncio.to_thread(migrate, url)
        async with _store(PostgresqlDatabase(url, witness=tmp_path / "witness")) as store:
            await _assumed(store)
            assert await _authority(store) is not None
