"""Which media nodes live: the same promises from every adapter."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crisislink.adapters.presence import InProcessPresence
from crisislink.adapters.redis.presence import RedisPresence
from crisislink.adapters.sql.presence import SqlPresence
from crisislink.core.ids import NodeId
from crisislink.core.limits import Limits
from crisislink.flow.ports import Presence
from tests.city import node_presence, small_city
from tests.fakes.time import TurnedClock
from tests.links import linked
from tests.servers import REDISES

ONE, TWO = node_presence(NodeId("node_a"), "https://a.example"), node_presence(NodeId("node_b"), load=0.75)


@pytest.fixture(params=["in process", "sql", *REDISES])
async def made(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Presence, TurnedClock]]:
    if request.param == "in process":
        clock = TurnedClock()
        yield InProcessPresence(clock), clock
    else:
        async with small_city(tmp_path) as city:
            truth = SqlPresence(city.store, clock=city.clock, limits=Limits())
            if request.param == "sql":
                yield truth, city.clock
                return
            async with linked(request.getfixturevalue("redis_of")(request.param)) as link:
                yield RedisPresence(link, truth, clock=city.clock), city.clock


async def test_those_who_announce_themselves_are_present_as_they_say(
    made: tuple[Presence, TurnedClock],
) -> None:
    presence, _ = made
    await presence.announce(ONE, ttl_s=5)
    await presence.announce(TWO, ttl_s=5)
    assert sorted(await presence.present(), key=lambda n: n.id) == [ONE, TWO]


async def test_the_last_word_counts(made: tuple[Presence, TurnedClock]) -> None:
    presence, _ = made
    await presence.announce(node_presence(ONE.id, load=0.0), ttl_s=5)
    await presence.announce(ONE, ttl_s=5)
    assert list(await presence.present()) == [ONE]


async def test_who_falls_silent_is_gone_after_its_time(made: tuple[Presence, TurnedClock]) -> None:
    presence, clock = made
    await presence.announce(ONE, ttl_s=5)
    clock.advance(3)
    await presence.announce(TWO, ttl_s=5)
    clock.advance(2.5)
    assert list(await presence.present()) == [TWO]


async def test_who_withdraws_is_gone_at_once_and_dark(made: tuple[Presence, TurnedClock]) -> None:
    presence, _ = made
    await presence.announce(ONE, ttl_s=5)
    await presence.withdraw(ONE.id)
    await presence.withdraw(ONE.id)
    assert list(await presence.present()) == []
    assert await presence.dark([ONE.id]) == {ONE.id}


async def test_dark_is_only_who_can_show_nothing_any_more(made: tuple[Presence, TurnedClock]) -> None:
    presence, clock = made
    await presence.announce(ONE, ttl_s=5)
    await presence.announce(TWO, ttl_s=5)
    clock.advance(4)
    assert await presence.dark([ONE.id, TWO.id, NodeId("node_never")]) == {"node_never"}
    await presence.announce(TWO, ttl_s=5)
    clock.advance(60)
    await presence.announce(TWO, ttl_s=5)
    assert await presence.dark([ONE.id, TWO.id]) == {ONE.id}
    assert await presence.dark([]) == frozenset()
