"""Sessions, rates and presence when Redis is frozen, gone, emptied or forged: the store's word holds."""

import asyncio
import signal
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from crisislink.adapters.presence import InProcessPresence
from crisislink.adapters.rates import InProcessRates
from crisislink.adapters.redis.presence import RedisPresence
from crisislink.adapters.redis.rates import RedisRates
from crisislink.adapters.redis.seal import Seal
from crisislink.adapters.redis.sessions import RedisSessions
from crisislink.adapters.sql.sessions import SqlSessions
from crisislink.bench.servers import Server, redis
from crisislink.core.errors import Unavailable
from crisislink.core.ids import NodeId, SessionId
from crisislink.flow.ports import NodePresence, Session, Sessions
from tests.city import City, node_presence, small_city
from tests.fakes.time import TurnedClock
from tests.links import KEY, linked
from tests.samples import REGULATOR, T0

SESSION = Session(
    id=SessionId("a" * 64),
    person=REGULATOR.person.id,
    provider="hopital",
    opened_at=T0,
    authenticated_at=T0,
    seen_at=T0,
    ends_at=T0 + timedelta(hours=12),
    id_token="x.y.z",
)
SHOWN = replace(SESSION, id_token=None)
NAME = Seal(KEY).name("session", SESSION.id)
NODE = node_presence(NodeId("node_a"))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with redis() as running:
        yield running


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with small_city(tmp_path) as made:
        yield made


@dataclass
class Counted:
    """The truth, counting how often it is read; a reading can be held back after it was made."""

    truth: Sessions
    reads: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)
    read: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.go.set()

    async def put(self, session: Session) -> None:
        await self.truth.put(session)

    async def get(self, id: SessionId) -> Session | None:
        self.reads += 1
        session = await self.truth.get(id)
        self.read.set()
        await self.go.wait()
        return session

    async def drop(self, id: SessionId) -> Session | None:
        return await self.truth.drop(id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.truth, name)


async def test_a_session_read_a_moment_ago_costs_the_store_nothing(server: Server, city: City) -> None:
    async with linked(server.url) as link:
        counted = Counted(SqlSessions(city.store))
        await counted.put(SESSION)
        sessions = RedisSessions(link, cast("Sessions", counted), clock=city.clock)
        assert [await sessions.get(SESSION.id) for _ in range(5)] == [SHOWN] * 5
        assert counted.reads == 1


async def test_a_slow_reader_does_not_bring_an_ended_session_back(server: Server, city: City) -> None:
    async with linked(server.url) as one, linked(server.url) as two:
        counted = Counted(SqlSessions(city.store))
        slow = RedisSessions(one, cast("Sessions", counted), clock=city.clock)
        other = RedisSessions(two, SqlSessions(city.store), clock=city.clock)
        await counted.put(SESSION)
        counted.go.clear()
        reading = asyncio.create_task(slow.get(SESSION.id))
        await counted.read.wait()
        await other.drop(SESSION.id)
        counted.go.set()
        await reading
        assert await slow.get(SESSION.id) is None
        assert await other.get(SESSION.id) is None


async def test_an_old_copy_put_back_into_redis_opens_nothing(server: Server, city: City) -> None:
    async with linked(server.url) as link, Redis.from_url(server.url) as client:
        sessions = RedisSessions(link, SqlSessions(city.store), clock=city.clock)
        await SqlSessions(city.store).put(SESSION)
        await sessions.get(SESSION.id)
        copy = await client.get(NAME)
        assert copy
        await sessions.drop(SESSION.id)
        city.clock.advance(1.1)
        await client.set(NAME, copy)
        assert await sessions.get(SESSION.id) is None


async def test_a_forged_session_opens_nothing(server: Server, city: City) -> None:
    other = SessionId("b" * 64)
    async with linked(server.url) as link, linked(server.url, key=b"x" * 32) as stranger:
        truth = SqlSessions(city.store)
        async with Redis.from_url(server.url) as client:
            await truth.put(SESSION)
            await RedisSessions(link, truth, clock=city.clock).get(SESSION.id)
            await RedisSessions(stranger, truth, clock=city.clock).get(SESSION.id)
            strange = await client.get(stranger.seal.name("session", SESSION.id))
            moved = await client.get(NAME)
            assert moved
            assert strange
            for value in (moved, strange, b"", b"{}", b"\xff" * 100_000):
                await client.set(link.seal.name("session", other), value)
                assert await RedisSessions(link, truth, clock=city.clock).get(other) is None


async def test_redis_reads_neither_session_nor_person_nor_id_token(server: Server, city: City) -> None:
    async with linked(server.url) as link, Redis.from_url(server.url, decode_responses=True) as client:
        sessions = RedisSessions(link, SqlSessions(city.store), clock=city.clock)
        await sessions.put(SESSION)
        await client.flushall()
        await sessions.get(SESSION.id)
        assert await client.keys("*") == [NAME]
        kept = str(await client.get(NAME))
        opened = link.seal.open(NAME, kept.encode())
        assert opened is not None
        assert not any(word in NAME + kept for word in (SESSION.id, SESSION.person, "x.y.z"))
        assert "x.y.z" not in opened


async def test_a_frozen_or_dead_redis_signs_nobody_out_and_keeps_nobody_in(
    server: Server, city: City
) -> None:
    async with linked(server.url) as link:
        sessions = RedisSessions(link, SqlSessions(city.store), clock=city.clock)
        await sessions.put(SESSION)
        server.process.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(1):
            assert [await sessions.get(SESSION.id) for _ in range(20)] == [SHOWN] * 20
            await sessions.touch(SESSION.id, T0 + timedelta(seconds=10))
        server.process.kill()
        await server.process.wait()
        assert await sessions.drop(SESSION.id) is not None
        assert await sessions.get(SESSION.id) is None


async def test_without_redis_limits_stay_for_each_process(server: Server) -> None:
    async with linked(server.url) as link:
        rates = RedisRates(link, InProcessRates(TurnedClock()))
        assert await rates.spend("a", limit=1, per_s=60) == 0.0
        assert await rates.spend("a", limit=1, per_s=60) > 0
        server.process.kill()
        await server.process.wait()
        assert await rates.spend("a", limit=1, per_s=60) == 0.0
        assert await rates.spend("a", limit=1, per_s=60) > 0


async def test_nonsense_in_redis_neither_lifts_a_limit_for_long_nor_locks_anybody_out(server: Server) -> None:
    async with linked(server.url) as link, Redis.from_url(server.url) as client:
        rates = RedisRates(link, InProcessRates(TurnedClock()))
        name = link.seal.name("rate", "a")
        for value in ("nonsense", "9e99", "-1", "nan"):
            await client.set(name, value)
            assert 0 <= await rates.spend("a", limit=1, per_s=60) <= 60
            assert not link.degraded


class FrozenPresence(InProcessPresence):
    """A store that does not answer once `frozen`."""

    frozen = False

    async def announce(self, node: NodePresence, *, ttl_s: float) -> None:
        await self._answer()
        await super().announce(node, ttl_s=ttl_s)

    async def present(self) -> Sequence[NodePresence]:
        await self._answer()
        return await super().present()

    async def dark(self, nodes: Collection[NodeId]) -> frozenset[NodeId]:
        await self._answer()
        return await super().dark(nodes)

    async def _answer(self) -> None:
        if self.frozen:
            await asyncio.Event().wait()


async def test_with_the_store_frozen_cuts_still_find_their_nodes(server: Server) -> None:
    clock = TurnedClock()
    truth = FrozenPresence(clock)
    async with linked(server.url) as link:
        presence = RedisPresence(link, truth, clock=clock)
        truth.frozen = True
        async with asyncio.timeout(1):
            await presence.announce(NODE, ttl_s=5)
            await presence.announce(NODE, ttl_s=5)
            assert list(await presence.present()) == [NODE]


async def test_with_the_store_frozen_an_emptied_redis_is_not_taken_for_nobody(server: Server) -> None:
    clock = TurnedClock()
    truth = FrozenPresence(clock)
    async with linked(server.url) as link, Redis.from_url(server.url) as client:
        presence = RedisPresence(link, truth, clock=clock)
        await presence.announce(NODE, ttl_s=5)
        await client.flushall()
        assert list(await presence.present()) == [NODE]
        truth.frozen = True
        with pytest.raises(Unavailable):
            await presence.present()


async def test_who_told_redis_nothing_lately_may_be_lit_by_a_store_we_do_not_reach(server: Server) -> None:
    """Parted from Redis alone, a node goes on by the store's leases: no cut is confirmed without it."""
    clock = TurnedClock()
    other = node_presence(NodeId("node_b"))
    truth, silent = InProcessPresence(clock), FrozenPresence(clock)
    silent.frozen = True
    async with linked(server.url) as link:
        presence = RedisPresence(link, truth, clock=clock)
        parted = RedisPresence(link, silent, clock=clock)
        await presence.announce(other, ttl_s=5)
        clock.advance(4)
        await truth.announce(other, ttl_s=5)
        await presence.announce(NODE, ttl_s=5)
        clock.advance(4)
        assert {node.id for node in await presence.present()} == {NODE.id, other.id}, "as the store says"
        assert {(node.id, node.draining) for node in await parted.present()} == {
            (NODE.id, False),
            (other.id, True),
        }, "as Redis said last: told of cuts, given nobody new"
        clock.advance(4)
        await presence.announce(NODE, ttl_s=5)
        assert [node.id for node in await presence.present()] == [NODE.id], "the store knows of none"
        assert [node.id for node in await parted.present()] == [NODE.id], "and Redis no more"


async def test_without_redis_the_store_knows_who_lives(server: Server) -> None:
    clock = TurnedClock()
    async with linked(server.url) as link:
        presence = RedisPresence(link, InProcessPresence(clock), clock=clock)
        server.process.kill()
        await server.process.wait()
        await presence.announce(NODE, ttl_s=5)
        assert list(await presence.present()) == [NODE]
        await presence.withdraw(NODE.id)
        assert list(await presence.present()) == []


async def test_nobody_but_us_can_name_a_media_node(server: Server) -> None:
    clock = TurnedClock()
    async with linked(server.url) as ours, linked(server.url, key=b"x" * 32) as strange:
        presence = RedisPresence(ours, InProcessPresence(clock), clock=clock)
        stranger = RedisPresence(strange, InProcessPresence(clock), clock=clock)
        await stranger.announce(replace(NODE, public_url="https://evil.example"), ttl_s=5)
        nodes, strange_nodes = ours.seal.name("nodes"), strange.seal.name("nodes")
        async with Redis.from_url(server.url) as client:
            forged = await client.hget(strange_nodes, NODE.id)
            await client.hset(nodes, NODE.id, forged)
            await client.hset(nodes, b"\xff", b"nonsense")
            assert list(await presence.present()) == []
            assert await client.hlen(nodes) == 0
