"""What every bus must do. `here` and `there` are two processes, or one with itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crisislink.adapters.bus.inprocess import InProcessBus
from crisislink.adapters.redis import link
from crisislink.core.grants import EndCause, LookEnd
from crisislink.core.ids import CameraId, GrantId, NodeId, OrganisationId, PersonId, ViewingId
from crisislink.flow.ports import Bus, Cut, ForcedCut, Wake
from tests.links import known, two_buses
from tests.servers import REDISES

A, B = NodeId("node_a"), NodeId("node_b")


def cut(id: str) -> Cut:
    cameras = frozenset({CameraId(f"cam_{n:040}") for n in range(15)} | {CameraId("cam_é")})
    looks = frozenset(ViewingId(f"vw_{n:030}") for n in range(16))
    return Cut(id=id, grant=GrantId("gr_1"), cameras=cameras, cause=LookEnd.HANDED_OVER, looks=looks)


@pytest.fixture(params=["in process", *REDISES])
async def buses(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Bus, Bus]]:
    if request.param == "in process":
        bus = InProcessBus()
        yield bus, bus
    else:
        async with two_buses(request.getfixturevalue("redis_of")(request.param)) as pair:
            yield pair


async def test_a_wake_is_heard_here_and_there_once(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with here.listen() as near, there.listen() as far:
        await here.publish(Wake(7))
        async with asyncio.timeout(2):
            assert await anext(near) == Wake(7)
            assert await anext(far) == Wake(7)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await anext(near)


async def test_a_slow_listener_gets_the_newest_only(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with here.listen() as near, there.listen() as far:
        for seq in (1, 3, 2):
            await here.publish(Wake(seq))
        async with asyncio.timeout(2):
            assert await anext(near) == Wake(3)
            while await anext(far) != Wake(3):
                pass


async def test_a_cut_reaches_a_node_there_and_its_word_comes_back(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with there.orders() as orders:

        async def obey() -> Cut:
            order = await anext(aiter(orders))
            await there.acknowledge(order, A)
            return order

        obeying = asyncio.create_task(obey())
        started_s = asyncio.get_running_loop().time()
        assert await here.order(cut("cut_1"), nodes=known(A), wait_s=2) == {A}
        assert asyncio.get_running_loop().time() - started_s < 0.3
        assert await obeying == cut("cut_1")


async def test_who_does_not_answer_is_not_named_and_waited_for_no_longer(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with there.orders() as orders:

        async def obey() -> None:
            await there.acknowledge(await anext(aiter(orders)), A)

        obeying = asyncio.create_task(obey())
        async with asyncio.timeout(1):
            assert await here.order(cut("cut_1"), nodes=known(A, B), wait_s=0.3) == {A}
        await obeying


async def test_a_word_for_another_cut_or_for_none_confirms_nothing(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    await there.acknowledge(cut("cut_of_nobody"), A)
    async with there.orders() as orders:

        async def obey() -> None:
            async for order in orders:
                await there.acknowledge(order, A if order.id == "cut_1" else B)

        obeying = asyncio.create_task(obey())
        one, two = await asyncio.gather(
            here.order(cut("cut_1"), nodes=known(A), wait_s=0.5),
            here.order(cut("cut_2"), nodes=known(A), wait_s=0.2),
        )
        assert A in one
        assert A not in two
        obeying.cancel()
        await asyncio.gather(obeying, return_exceptions=True)


async def test_a_cut_for_nobody_is_told_all_the_same(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    async with there.orders() as orders:
        assert await here.order(cut("cut_1"), nodes=known(), wait_s=1) == frozenset()
        async with asyncio.timeout(2):
            assert await anext(aiter(orders)) == cut("cut_1")


async def test_a_bus_that_reaches_all_is_not_degraded(buses: tuple[Bus, Bus]) -> None:
    assert [bus.degraded for bus in buses] == [False, False]


async def test_every_cut_is_heard_also_by_a_node_that_is_busy(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    names = {f"cut_{n}" for n in range(50)}
    async with there.orders() as orders:
        await asyncio.gather(*(here.order(cut(name), nodes=known(), wait_s=0) for name in names))
        async with asyncio.timeout(2):
            assert {(await anext(aiter(orders))).id for _ in names} == names


async def test_an_order_that_could_not_be_recorded_here_reaches_who_can_record_it_there(
    buses: tuple[Bus, Bus],
) -> None:
    here, there = buses
    order = ForcedCut(
        id="cut_1",
        at=datetime(2026, 3, 1, 4, 0, 0, 123_000, tzinfo=UTC),
        actor=PersonId("per_1"),
        owner=OrganisationId("org_1"),
        grant=GrantId("gr_1"),
        cameras=(CameraId("cam_1"), CameraId("cam_é")),
        cause=EndCause.PREEMPTED,
    )
    async with there.handed_over() as orders:
        await here.hand_over(order)
        await here.hand_over(replace(order, grant=None, cameras=None))
        async with asyncio.timeout(2):
            assert await anext(orders) == order
            assert await anext(orders) == replace(order, grant=None, cameras=None)


async def test_hundreds_of_cuts_at_once_are_all_heard_and_confirmed(
    buses: tuple[Bus, Bus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "PATIENCE_S", 10)  # however busy the machine of the test is
    here, there = buses

    async def obey() -> None:
        async with there.orders() as orders:
            async for order in orders:
                await there.acknowledge(order, A)

    obeying = asyncio.create_task(obey())
    await asyncio.sleep(0.05)
    told = await asyncio.gather(*(here.order(cut(f"cut_{n}"), nodes=known(A), wait_s=10) for n in range(500)))
    assert told == [{A}] * 500
    obeying.cancel()
    await asyncio.gather(obeying, return_exceptions=True)


async def test_a_cut_goes_out_before_anybody_knows_who_lives(buses: tuple[Bus, Bus]) -> None:
    here, there = buses
    answered = asyncio.Event()

    async def slow() -> tuple[NodeId, ...]:
        await answered.wait()
        return ()

    async with there.orders() as orders:
        ordering = asyncio.create_task(here.order(cut("cut_1"), nodes=slow(), wait_s=1))
        async with asyncio.timeout(5):
            assert await anext(aiter(orders)) == cut("cut_1")
        assert not ordering.done()
        answered.set()
        assert await ordering == frozenset()
