"""Claims: several processes with the same work to do share it out, and nobody waits for anybody."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.secrets import CameraVault
from crisislink.adapters.sql.databases import PostgresqlDatabase, SqliteDatabase
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.store import SqlStore
from tests.fakes.time import TurnedClock
from tests.servers import Postgresql


@dataclass(frozen=True)
class Two:
    """Two who share a store: two processes of PostgreSQL's, two tasks of SQLite's only process."""

    one: SqlStore
    other: SqlStore


def _store(database: SqliteDatabase | PostgresqlDatabase) -> SqlStore:
    return SqlStore(database, clock=TurnedClock(), bus=InProcessBus(), vault=CameraVault(b"k" * 32))


def _on_server(url: str, folder: Path) -> SqlStore:
    return _store(PostgresqlDatabase(url, witness=folder / "witness"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Two]:
    if request.param == "sqlite":
        migrate(tmp_path / "city.db")
        store = _store(SqliteDatabase(tmp_path / "city.db"))
        yield Two(store, store)
        await store.close()
        return
    server: Postgresql = request.getfixturevalue("postgresql")
    with server.database() as url:
        made = Two(_on_server(url, tmp_path), _on_server(url, tmp_path))
        yield made
        await made.one.close()
        await made.other.close()


async def test_what_one_has_claimed_the_other_does_not_get_until_it_is_given_up(two: Two) -> None:
    async with two.one.claim(["gra_1", "gra_2"]) as mine:
        assert mine == {"gra_1", "gra_2"}
        async with two.other.claim(["gra_2", "gra_3"]) as theirs:
            assert theirs == {"gra_3"}
        async with two.other.claim(["gra_3"]) as again:
            assert again == {"gra_3"}
    async with two.other.claim(["gra_1", "gra_2"]) as theirs:
        assert theirs == {"gra_1", "gra_2"}
    async with two.one.claim([]) as nothing:
        assert nothing == frozenset()


async def test_a_claim_ends_with_the_work_that_failed(two: Two) -> None:
    with pytest.raises(RuntimeError):
        async with two.one.claim(["gra_1"]):
            raise RuntimeError("the work failed")
    async with two.other.claim(["gra_1"]) as theirs:
        assert theirs == {"gra_1"}


async def test_claiming_waits_for_no_writer_and_no_writer_for_a_claim(two: Two) -> None:
    claiming, writing = two.one.claim(["gra_1"]), two.one.write()
    async with asyncio.timeout(1), claiming, writing, two.other.claim(["gra_1", "gra_2"]) as theirs:
        assert theirs == {"gra_2"}


async def test_many_who_ask_at_once_share_everything_out_and_nothing_twice(two: Two) -> None:
    names = [f"gra_{n}" for n in range(100)]
    together = asyncio.Barrier(6)

    async def take(store: SqlStore, start: int) -> frozenset[str]:
        async with store.claim(names[start:] + names[:start]) as mine:
            await together.wait()
            return mine

    shares = await asyncio.gather(*(take([two.one, two.other][n % 2], 16 * n) for n in range(6)))
    assert sorted(name for share in shares for name in share) == sorted(names)


_CLAIMS_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from tests.contract.test_claims import _on_server

async def main():
    async with _on_server(sys.argv[1], Path(sys.argv[2])).claim(["gra_1"]) as mine:
        print(*mine, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_claim_dies_with_its_process(postgresql: Postgresql, tmp_path: Path) -> None:
    with postgresql.database() as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CLAIMS_FOR_EVER, url, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert await process.stdout.readline() == b"gra_1\n"
        store = _on_server(url, tmp_path)
        async with store.claim(["gra_1"]) as mine:
            assert mine == frozenset()
        process.kill()
        await process.wait()
        async with asyncio.timeout(2):
            while not mine:
                async with store.claim(["gra_1"]) as mine:
                    pass
        await store.close()


async def test_a_claim_that_is_lost_meanwhile_harms_nothing(postgresql: Postgresql, tmp_path: Path) -> None:
    with postgresql.database() as url:
        store = _on_server(url, tmp_path)
        async with store.claim(["gra_1"]):
            await asyncio.to_thread(postgresql.disconnect, url)
        async with store.claim(["gra_1"]) as mine:
            assert mine == {"gra_1"}
        await store.close()
