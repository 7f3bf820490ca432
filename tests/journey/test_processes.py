"""Two web processes on one store, wired as `serve` does, with Redis beside them and then without."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr

from crisislink.bench.servers import Server, redis
from crisislink.config import ProviderSettings, Settings
from crisislink.core.actors import Side
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import EndCause
from crisislink.core.ids import GrantId, NodeId
from crisislink.flow.ports import Cut, Ports
from crisislink.wiring import opened
from tests.city import node_presence
from tests.links import known, until
from tests.samples import ORGANISATIONS, REGULATOR
from tests.servers import Postgresql

LOADED = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0" * 64)
NODE = node_presence(NodeId("node_a"))
CUT = Cut(id="cut_1", grant=GrantId("gr_1"), cameras=frozenset(), cause=EndCause.REVOKED)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with redis() as running:
        yield running


@pytest.fixture
async def two(server: Server, postgresql: Postgresql, tmp_path: Path) -> AsyncIterator[tuple[Ports, Ports]]:
    """Processes share the store, Redis and the key file; nothing else."""
    with postgresql.database() as url:
        settings = Settings(
            public_url=HttpUrl("https://crisislink.example"),
            data_dir=tmp_path,
            key_file=tmp_path / "key",
            database_url=SecretStr(url),
            redis_url=SecretStr(server.url),
            providers=(
                ProviderSettings(
                    id="hopital",
                    label="SAMU",
                    side=Side.HOSPITAL,
                    issuer="https://idp.example",
                    client_id="c",
                    client_secret=SecretStr("s"),
                ),
            ),
        )
        async with opened(settings) as here, opened(settings) as there:
            await until(lambda: not here.bus.degraded and not there.bus.degraded, within_s=5)
            yield here, there


async def _record(here: Ports) -> int:
    async with here.store.write() as work:
        return (await work.record(LOADED, *ORGANISATIONS, REGULATOR.person)).seq


async def _everything_crosses(here: Ports, there: Ports, *, wake_s: float) -> None:
    """What one process does, the other one answers for. `wake_s`: how soon it hears that there is news."""
    async with there.bus.listen() as wakes:
        seq = await _record(here)
        async with asyncio.timeout(wake_s):
            await anext(wakes)
        async with there.store.read() as work:
            assert (await work.register_head()).size == seq
    await here.ephemera.put("login:x", "1", ttl_s=60)
    assert await there.ephemera.take("login:x") == "1"
    await here.presence.announce(NODE, ttl_s=5)
    [present] = await there.presence.present()
    assert replace(present, started_at=NODE.started_at) == NODE


async def test_with_redis_what_one_process_does_the_other_hears_at_once(two: tuple[Ports, Ports]) -> None:
    here, there = two
    await _everything_crosses(here, there, wake_s=0.5)
    async with there.bus.orders() as orders:

        async def obey() -> None:
            await there.bus.acknowledge(await anext(aiter(orders)), NODE.id)

        obeying = asyncio.create_task(obey())
        assert await here.bus.order(CUT, nodes=known(NODE.id), wait_s=2) == {NODE.id}
        await obeying


async def test_without_redis_all_goes_on_a_second_slower(two: tuple[Ports, Ports], server: Server) -> None:
    here, there = two
    server.process.kill()
    await server.process.wait()
    await until(lambda: here.bus.degraded and there.bus.degraded, within_s=2)
    await _everything_crosses(here, there, wake_s=1.5)
    assert await here.bus.order(CUT, nodes=known(NODE.id), wait_s=0.1) == frozenset()
