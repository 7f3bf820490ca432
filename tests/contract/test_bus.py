"""The bus: the same promises within one process and between several, over a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace

import pytest

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.redis.bus import RedisBus
from crisislink.adapters.redis.link import RedisLink
from crisislink.core.grants import EndCause
from crisislink.core.ids import CameraId, GrantId, NodeId
from crisislink.flow.ports import Bus, Cut, Wake

ORDER = Cut(
    id="cut_1",
    grant=GrantId("gr_1"),
    cameras=frozenset({CameraId("cam_1"), CameraId("cam_2")}),
    cause=EndCause.REVOKED,
)
HERE, THERE = NodeId("node_here"), NodeId("node_there")


@dataclass
class Sides:
    """Two processes' ends; in one process they are the same."""

    web: Bus
    node: Bus


@asynccontextmanager
async def over_redis(url: str, name: str) -> AsyncIterator[RedisBus]:
    link = RedisLink(url)
    async with RedisBus.opened(link, name) as bus:
        async with asyncio.timeout(5):
            await bus.connected.wait()
        yield bus
    await link.close()


@pytest.fixture(params=["in process", "redis"])
async def sides(request: pytest.FixtureRequest) -> AsyncIterator[Sides]:
    if request.param == "in process":
        bus = InProcessBus()
        yield Sides(bus, bus)
    else:
        url = request.getfixturevalue("redis_url")
        async with AsyncExitStack() as stack:
            web = await stack.enter_async_context(over_redis(url, "web"))
            yield Sides(web, await stack.enter_async_context(over_redis(url, "node")))


@asynccontextmanager
async def obeying(bus: Bus, node: NodeId) -> AsyncIterator[list[Cut]]:
    got: list[Cut] = []
    async with bus.orders() as cuts:

        async def obey() -> None:
            async for cut in cuts:
                got.append(cut)
                await bus.acknowledge(cut, node)

        task = asyncio.create_task(obey())
        try:
            yield got
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_wake_reaches_every_listener(sides: Sides) -> None:
    async with sides.web.listen() as here, sides.node.listen() as there, asyncio.timeout(5):
        await sides.web.publish(Wake(7))
        assert (await anext(here), await anext(there)) == (Wake(7), Wake(7))


async def test_a_slow_listener_gets_the_newest_wake(sides: Sides) -> None:
    async with sides.node.listen() as wakes, asyncio.timeout(5):
        for seq in range(1, 50):
            await sides.web.publish(Wake(seq))
        heard = 0
        while heard < 49:
            heard = (await anext(wakes)).seq


async def test_a_cut_reaches_the_nodes_and_their_word_comes_back(sides: Sides) -> None:
    async with obeying(sides.node, THERE) as got:
        assert await sides.web.order(ORDER, nodes=[THERE], wait_s=5) == {THERE}
        assert got == [ORDER]


async def test_who_does_not_answer_is_not_waited_for_longer_than_told(sides: Sides) -> None:
    async with obeying(sides.node, THERE):
        async with asyncio.timeout(5):
            assert HERE not in await sides.web.order(ORDER, nodes=[THERE, HERE], wait_s=0.2)


async def test_an_order_nobody_has_to_confirm_is_sent_and_not_waited_for(sides: Sides) -> None:
    async with obeying(sides.node, THERE) as got, asyncio.timeout(5):
        assert await sides.web.order(ORDER, nodes=[], wait_s=60) in (frozenset(), frozenset({THERE}))
        while not got:
            await asyncio.sleep(0.005)


async def test_every_cut_is_heard_also_by_a_node_that_is_busy(sides: Sides) -> None:
    orders = [replace(ORDER, id=f"cut_{n}", grant=GrantId(f"gr_{n}")) for n in range(50)]
    async with sides.node.orders() as cuts, asyncio.timeout(5):
        for order in orders:
            await sides.web.order(order, nodes=[], wait_s=0)
        assert [await anext(cuts) for _ in orders] == orders
