"""The bus when Redis freezes, dies, or says what none of ours said: slower for a while, never wrong."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from crisislink.adapters.redis.bus import RedisBus
from crisislink.adapters.redis.link import Down
from crisislink.adapters.redis.seal import LARGEST_BYTES, Seal
from crisislink.bench.servers import Server, redis
from crisislink.core.grants import EndCause
from crisislink.core.ids import CameraId, GrantId, NodeId, OrganisationId, PersonId
from crisislink.flow.ports import Cut, ForcedCut, Wake
from crisislink.stage import free_port
from tests.links import KEY, known, running_bus, two_buses, until

NODE = NodeId("node_a")
CUT = Cut(
    id="cut_1",
    grant=GrantId("gr_secret"),
    cameras=frozenset({CameraId("cam_secret")}),
    cause=EndCause.REVOKED,
)
ORDER = ForcedCut(
    id="cut_2",
    at=datetime(2026, 11, 28, tzinfo=UTC),
    actor=PersonId("pe_1"),
    owner=OrganisationId("org_1"),
    grant=GrantId("gr_1"),
    cameras=None,
    cause=EndCause.REVOKED,
)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with redis() as running:
        yield running


async def _publish(bus: RedisBus, seq: int) -> float:
    """How long a transition waits for the bus."""
    started_s = asyncio.get_running_loop().time()
    await bus.publish(Wake(seq))
    return asyncio.get_running_loop().time() - started_s


async def _hears(wakes: AsyncIterator[Wake], seq: int, *, within_s: float) -> None:
    async with asyncio.timeout(within_s):
        while (await anext(wakes)).seq != seq:
            pass


async def test_a_frozen_redis_slows_no_transition_and_is_heard_again(server: Server) -> None:
    async with two_buses(server.url) as (here, there), here.listen() as near, there.listen() as far:
        server.process.send_signal(signal.SIGSTOP)
        assert max([await _publish(here, seq) for seq in range(1, 50)]) < 0.05
        await _hears(near, 49, within_s=0.1)
        await until(lambda: here.degraded and there.degraded, within_s=2)
        await _hears(far, 0, within_s=2)  # deaf: it is told to look by itself
        assert max([await _publish(here, seq) for seq in range(50, 100)]) < 0.05
        server.process.send_signal(signal.SIGCONT)
        await until(lambda: not here.degraded and not there.degraded, within_s=2)
        await here.publish(Wake(100))
        await _hears(far, 100, within_s=1)


async def test_a_wake_that_redis_did_not_take_is_repeated_and_only_the_newest(server: Server) -> None:
    async with two_buses(server.url) as (here, there), there.listen() as far:
        here._link._failed(TimeoutError())  # for a second from here on, nobody asks
        await here.publish(Wake(1))
        await here.publish(Wake(2))
        async with asyncio.timeout(2):
            assert await anext(far) == Wake(2)


async def test_a_redis_that_died_and_came_back_is_heard_again() -> None:
    port = free_port()
    async with redis(port=port) as first, two_buses(first.url) as (here, there), there.listen() as far:
        first.process.kill()
        await first.process.wait()
        await until(lambda: here.degraded and there.degraded, within_s=2)
        assert await _publish(here, 1) < 0.05
        async with redis(port=port):
            await until(lambda: not here.degraded and not there.degraded, within_s=2)
            await here.publish(Wake(2))
            await _hears(far, 2, within_s=1)


async def test_a_listener_looks_when_its_line_breaks_and_again_when_it_holds(server: Server) -> None:
    async with two_buses(server.url) as (_, there), there.listen() as far:
        async with Redis.from_url(server.url) as client:
            assert await client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")  # type: ignore[no-untyped-call]
        async with asyncio.timeout(2):
            assert (await anext(far)).seq == 0
            assert (await anext(far)).seq == 0


async def test_an_emptied_redis_changes_nothing(server: Server) -> None:
    async with two_buses(server.url) as (here, there), there.listen() as far:
        async with Redis.from_url(server.url) as client:
            await client.flushall()
        await here.publish(Wake(1))
        await _hears(far, 1, within_s=1)
        assert not here.degraded


async def test_without_redis_everybody_looks_into_the_store_and_hears_their_own_process() -> None:
    async with running_bus(f"redis://127.0.0.1:{free_port()}/0") as bus, bus.listen() as wakes:
        async with asyncio.timeout(3):
            assert await anext(wakes) == Wake(0)
            assert await anext(wakes) == Wake(0)
        await bus.publish(Wake(5))
        await _hears(wakes, 5, within_s=0.1)


async def test_without_redis_a_cut_reaches_the_nodes_of_this_process_and_says_who_confirmed() -> None:
    async with running_bus(f"redis://127.0.0.1:{free_port()}/0") as bus, bus.orders() as orders:

        async def obey() -> None:
            await bus.acknowledge(await anext(aiter(orders)), NODE)

        obeying = asyncio.create_task(obey())
        async with asyncio.timeout(1):
            confirmed = await bus.order(CUT, nodes=known(NODE, NodeId("node_elsewhere")), wait_s=0.3)
        assert confirmed == {NODE}
        assert bus.degraded
        await obeying


async def test_a_cut_is_tried_even_while_nothing_else_is(server: Server) -> None:
    async with two_buses(server.url) as (here, there), there.orders() as orders:
        server.process.send_signal(signal.SIGSTOP)
        await here.publish(Wake(1))
        await until(lambda: here._link.degraded, within_s=2)
        server.process.send_signal(signal.SIGCONT)
        await until(lambda: not there.degraded, within_s=2)
        here._link._failed(TimeoutError())  # for a second from here on, nobody asks
        await here.order(CUT, nodes=known(), wait_s=0)
        async with asyncio.timeout(0.5):
            assert await anext(aiter(orders)) == CUT


async def test_a_cut_that_redis_does_not_take_loses_no_confirmation_and_no_order(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_buses(server.url) as (here, there), there.handed_over() as orders:
        ask, cuts, told = here._link.ask, Seal(KEY).name("cut"), []

        async def takes_no_cut(*command: str | bytes | int, urgent: bool = False) -> object:
            told.append(command[1])
            if command[1] == cuts:
                raise Down
            return await ask(*command, urgent=urgent)

        monkeypatch.setattr(here._link, "ask", takes_no_cut)
        ordering = asyncio.create_task(here.order(CUT, nodes=known(), wait_s=0))
        await asyncio.gather(ordering, here.acknowledge(CUT, NODE), here.hand_over(ORDER))
        async with asyncio.timeout(1):
            assert await anext(orders) == ORDER
        assert sorted(told) == sorted(Seal(KEY).name(kind) for kind in ("cut", "done", "order"))


async def test_what_none_of_ours_said_is_ignored_with_one_line_a_process(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    ours, other = Seal(KEY), Seal(b"x" * 32)
    wake, cut = ours.name("wake"), ours.name("cut")
    said = '{"by": "bus_x", "seq": 9}'
    hostile = [
        (wake, b""),
        (wake, b"\xff\x00"),
        (wake, said.encode()),
        (wake, other.close(wake, said)),
        (wake, ours.close(cut, said)),
        (wake, ours.close(wake, "[")),
        (wake, ours.close(wake, '{"by": "bus_x", "seq": "9"}')),
        (wake, ours.close(wake, '{"by": "bus_x", "seq": -9}')),
        (wake, ours.close(wake, '{"by": "bus_x", "seq": 9, "more": 1}')),
        (wake, ours.close(wake, " " * LARGEST_BYTES)),
        (
            cut,
            ours.close(
                cut, '{"by": "b", "cut": {"id": "c", "grant": "g", "cameras": ["x"], "cause": "whim"}}'
            ),
        ),
    ]
    async with two_buses(server.url) as (here, there), there.listen() as far, there.orders() as orders:
        with caplog.at_level(logging.WARNING):
            async with Redis.from_url(server.url) as client:
                for channel, message in hostile:
                    await client.publish(channel, message)
            await here.publish(Wake(1))
            async with asyncio.timeout(2):
                assert await anext(far) == Wake(1)
        await here.order(CUT, nodes=known(), wait_s=0)
        async with asyncio.timeout(2):
            assert await anext(aiter(orders)) == CUT
    ignored = [r for r in caplog.records if "ignored" in r.message]
    assert len(ignored) == len((here, there))


async def test_a_forged_confirmation_confirms_nothing(server: Server) -> None:
    async with two_buses(server.url) as (here, _), Redis.from_url(server.url) as client:
        ordering = asyncio.create_task(here.order(CUT, nodes=known(NODE), wait_s=0.3))
        done = Seal(KEY).name("done")
        said = '{"by": "b", "id": "cut_1", "node": "node_a"}'
        for message in (said.encode(), Seal(b"x" * 32).close(done, said)):
            assert await client.publish(done, message) == 2
        assert await ordering == frozenset()


async def test_redis_reads_nothing_of_what_it_carries(server: Server) -> None:
    async with two_buses(server.url) as (here, _), Redis.from_url(server.url) as client:
        spy = client.pubsub()
        await spy.psubscribe("*")
        await spy.get_message(timeout=1)
        await here.publish(Wake(1))
        await here.order(CUT, nodes=known(), wait_s=0)
        await here.acknowledge(CUT, NODE)
        for _ in range(3):
            seen = await spy.get_message(timeout=1)
            assert seen is not None
            assert seen["channel"].startswith(b"crisislink:{")
            assert not any(word in seen["data"] for word in (b"secret", b"node_a", b"cut_1", b"seq"))
        await spy.aclose()  # type: ignore[no-untyped-call]


async def test_two_installations_on_one_redis_do_not_hear_each_other(server: Server) -> None:
    async with running_bus(server.url) as one, running_bus(server.url, key=b"x" * 32) as two:
        await until(lambda: not one.degraded and not two.degraded, within_s=2)
        async with two.listen() as wakes:
            await one.publish(Wake(1))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(wakes)
