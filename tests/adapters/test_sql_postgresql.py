"""PostgreSQL stopped, killed, restarted, fought over: an answer or a clear error in time, nothing lost."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crisislink.adapters import system
from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.secrets import CameraVault
from crisislink.adapters.sql.databases import TRANSACTION_S, PostgresqlDatabase
from crisislink.adapters.sql.migrate import migrate
from crisislink.adapters.sql.store import SqlStore
from crisislink.adapters.system import StoreClock, SystemClock
from crisislink.bench import servers
from crisislink.core.errors import Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.flow.register import verify
from tests.servers import Postgresql, open_folder

LOADED = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0" * 64)
PATIENCE_S = 3.0
assert PATIENCE_S > TRANSACTION_S


@dataclass
class Served:
    """A server of the test's own, and a store on it."""

    folder: Path
    server: servers.Server
    store: SqlStore

    async def write(self) -> None:
        async with self.store.write() as work:
            await work.record(LOADED)

    async def size(self) -> int:
        async with self.store.read() as work:
            return (await work.register_head()).size

    def signal(self, what: signal.Signals) -> None:
        self.server.signal(what)


def _store(url: str, folder: Path) -> SqlStore:
    database = PostgresqlDatabase(url, witness=folder / "witness")
    return SqlStore(database, clock=SystemClock(), bus=InProcessBus(), vault=CameraVault(b"k" * 32))


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[Served]:
    async with servers.postgresql(folder / "data", durable=False) as server:
        await asyncio.to_thread(migrate, server.url)
        store = _store(server.url, folder)
        try:
            yield Served(folder, server, store)
        finally:
            await store.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    with open_folder() as folder:
        async with _served(folder) as made:
            yield made


async def _refused_in_time(work: "asyncio.Task[object]") -> None:
    began_s = time.monotonic()
    with pytest.raises(Unavailable):
        async with asyncio.timeout(PATIENCE_S):
            await work
    assert time.monotonic() - began_s < PATIENCE_S


async def test_a_stopped_server_is_a_clear_error_in_time_and_goes_on_afterwards(served: Served) -> None:
    await served.write()
    await served.size()
    served.signal(signal.SIGSTOP)
    asked = [asyncio.create_task(served.write()), *(asyncio.create_task(served.size()) for _ in range(12))]
    await asyncio.gather(*(_refused_in_time(one) for one in asked))
    await _refused_in_time(asyncio.create_task(served.write()))
    assert asyncio.all_tasks() == {asyncio.current_task()}, "nobody goes on waiting"
    served.signal(signal.SIGCONT)
    async with asyncio.timeout(PATIENCE_S):
        await served.write()
    assert await served.size() in {2, 3, 4}  # what was asked while it stood may have been done, once each
    assert (await verify(served.store)).holds


async def test_a_server_that_stops_inside_a_transaction_leaves_nothing_half_done(served: Served) -> None:
    async def stopped_halfway() -> None:
        async with served.store.write() as work:
            await work.record(LOADED)
            served.signal(signal.SIGSTOP)
            await work.record(LOADED)

    await _refused_in_time(asyncio.create_task(stopped_halfway()))
    served.signal(signal.SIGCONT)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await served.write()
                break
            except Unavailable:
                await asyncio.sleep(0.05)
    assert await served.size() == 1


async def test_a_person_who_gives_up_on_a_stopped_server_holds_nobody_up(served: Served) -> None:
    await served.write()
    served.signal(signal.SIGSTOP)
    waiting = asyncio.create_task(served.write())
    await asyncio.sleep(0.2)
    waiting.cancel()
    async with asyncio.timeout(0.5):
        await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
    served.signal(signal.SIGCONT)
    async with asyncio.timeout(PATIENCE_S):
        await served.write()


async def test_connections_of_before_a_restart_do_no_harm(served: Served) -> None:
    await served.write()
    await asyncio.gather(*(served.size() for _ in range(8)))
    port = served.server.port
    served.signal(signal.SIGKILL)
    await served.server.process.wait()
    with pytest.raises(Unavailable):
        await served.write()
    async with servers.postgresql(served.folder / "data", port=port, durable=False):
        assert await served.size() == 1
        await served.write()
        assert await served.size() == 2


async def test_a_writer_that_holds_the_turn_makes_the_others_wait_and_then_give_up(served: Served) -> None:
    other = _store(served.server.url, served.folder)
    try:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def holds() -> None:
            async with other.write() as work:
                await work.record(LOADED)
                entered.set()
                await leave.wait()

        holding = asyncio.create_task(holds())
        await entered.wait()
        await _refused_in_time(asyncio.create_task(served.write()))
        leave.set()
        await asyncio.gather(holding, return_exceptions=True)
        await served.write()
        assert (await verify(served.store)).holds
    finally:
        await other.close()


_WRITER = """
import asyncio, sys
from pathlib import Path
from tests.adapters.test_sql_postgresql import LOADED, _store

async def main():
    store = _store(sys.argv[1], Path(sys.argv[3]))
    for _ in range(int(sys.argv[2])):
        async with store.write() as work:
            await work.record(LOADED)
    await store.close()

asyncio.run(main())
"""


async def test_several_processes_write_one_register_without_a_gap(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    with postgresql.database() as url:
        writers = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, url, "40", str(tmp_path))
            for _ in range(4)
        ]
        async with asyncio.timeout(60):
            assert [await writer.wait() for writer in writers] == [0] * 4
        store = _store(url, tmp_path)
        try:
            verdict = await verify(store)
            assert (verdict.holds, verdict.head.size) == (True, 160)
        finally:
            await store.close()


async def test_processes_that_start_together_migrate_once(postgresql: Postgresql, tmp_path: Path) -> None:
    with postgresql.database(template="template1") as url:
        await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(4)))
        store = _store(url, tmp_path)
        try:
            async with store.read() as work:
                assert (await work.register_head()).size == 0
        finally:
            await store.close()


async def test_a_process_on_a_wrong_clock_has_the_servers_time(
    postgresql: Postgresql, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "_wall", lambda: datetime.now(UTC) + timedelta(hours=1))  # noqa: TID251
    with postgresql.database() as url:
        clock = StoreClock()
        database = PostgresqlDatabase(url, witness=tmp_path / "witness", clock=clock)
        store = SqlStore(database, clock=clock, bus=InProcessBus(), vault=CameraVault(b"k" * 32))
        try:
            async with store.write() as work:
                entry = await work.record(LOADED)
            async with store.read():
                assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)  # noqa: TID251
            assert abs(entry.at - datetime.now(UTC)) < timedelta(seconds=2)  # noqa: TID251
        finally:
            await store.close()
