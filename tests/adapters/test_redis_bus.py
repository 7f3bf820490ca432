"""Redis stopped, restarted, full of nonsense: nothing is slowed down, listeners come back by themselves."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from crisislink.adapters.redis import bus as module
from crisislink.adapters.redis.bus import CHANNEL, RedisBus
from crisislink.adapters.redis.link import RedisLink
from crisislink.bench import servers
from crisislink.core.ids import NodeId
from crisislink.flow.ports import Wake
from tests.contract.test_bus import ORDER, over_redis

BACK_S = 4.0


@pytest.fixture
async def server() -> AsyncIterator[servers.Server]:
    async with servers.redis() as made:
        yield made


async def _heard(listening: RedisBus, telling: RedisBus, seq: int) -> None:
    """Until a wake told there is heard here."""

    async def tell() -> None:
        while True:
            await telling.publish(Wake(seq))
            await asyncio.sleep(0.1)

    async with listening.listen() as wakes, asyncio.timeout(BACK_S):
        telling_it = asyncio.create_task(tell())
        try:
            while (await anext(wakes)).seq != seq:
                pass
        finally:
            telling_it.cancel()


async def test_a_stopped_server_slows_nothing_and_is_found_again(server: servers.Server) -> None:
    async with over_redis(server.url, "a") as one, over_redis(server.url, "b") as other:
        server.signal(signal.SIGSTOP)
        began_s = time.monotonic()
        for seq in range(1, 200):
            await one.publish(Wake(seq))
        assert time.monotonic() - began_s < 0.1
        assert await one.order(ORDER, nodes=[NodeId("n")], wait_s=0.1) == frozenset()
        assert time.monotonic() - began_s < 0.5
        async with asyncio.timeout(BACK_S):
            while not (one.degraded and other.degraded):
                await asyncio.sleep(0.05)
        server.signal(signal.SIGCONT)
        await _heard(other, one, 10_001)
        assert not other.degraded


async def test_a_restarted_server_is_found_again(server: servers.Server) -> None:
    async with over_redis(server.url, "a") as one, over_redis(server.url, "b") as other:
        server.signal(signal.SIGKILL)
        await server.process.wait()
        async with asyncio.timeout(BACK_S):
            while not (one.degraded and other.degraded):
                await asyncio.sleep(0.05)
        async with servers.redis(port=server.port):
            await _heard(other, one, 10_001)


async def test_who_comes_back_is_told_that_something_may_have_been_missed(server: servers.Server) -> None:
    async with over_redis(server.url, "a") as one, one.listen() as wakes:
        server.signal(signal.SIGKILL)
        await server.process.wait()
        async with servers.redis(port=server.port), asyncio.timeout(BACK_S):
            assert await anext(wakes) == Wake(0)


async def test_without_redis_everybody_looks_into_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_S", 0.05)
    link = RedisLink("redis://127.0.0.1:1/0")
    async with RedisBus.opened(link, "alone") as bus, bus.listen() as wakes, asyncio.timeout(5):
        assert await anext(wakes) == Wake(0)
        assert await anext(wakes) == Wake(0)
        await bus.publish(Wake(5))
        while (await anext(wakes)).seq != 5:
            pass
    await link.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"no",
        b"[]",
        b"{}",
        b'{"by":"x","wake":"y"}',
        b'{"by":"x","cut":{"id":"c"}}',
        b"\xff" * 5_000,
    ],
)
async def test_what_is_no_message_of_ours_is_dropped(redis_url: str, nonsense: bytes) -> None:
    async with over_redis(redis_url, "a") as one, over_redis(redis_url, "b") as other:
        stranger = Redis.from_url(redis_url)
        await stranger.publish(CHANNEL, nonsense)
        await stranger.aclose()
        await _heard(other, one, 3)
