"""Links to a real Redis, as processes of one installation have them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from crisislink.adapters.redis.bus import RedisBus
from crisislink.adapters.redis.link import RedisLink
from crisislink.adapters.system import SystemClock, SystemEntropy
from crisislink.core.ids import NodeId

KEY = b"k" * 32


@asynccontextmanager
async def linked(url: str, *, key: bytes = KEY) -> AsyncIterator[RedisLink]:
    """One process's link."""
    link = RedisLink(url, key=key, clock=SystemClock())
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def running_bus(url: str, *, key: bytes = KEY) -> AsyncIterator[RedisBus]:
    """One process's bus, at work, whether Redis is there or not."""
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(linked(url, key=key))
        bus = RedisBus(link, clock=SystemClock(), entropy=SystemEntropy())
        running = asyncio.create_task(bus.run())
        try:
            yield bus
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@asynccontextmanager
async def two_buses(url: str) -> AsyncIterator[tuple[RedisBus, RedisBus]]:
    """Two processes of one installation that hear each other."""
    async with running_bus(url) as one, running_bus(url) as other:
        await until(lambda: not one.degraded and not other.degraded, within_s=2)
        yield one, other


async def until(true: Callable[[], bool], *, within_s: float) -> None:
    """Wait for what another process causes; it has no event to wait for."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.01)


async def known(*nodes: NodeId) -> tuple[NodeId, ...]:
    """Media nodes that everybody knows."""
    return nodes
