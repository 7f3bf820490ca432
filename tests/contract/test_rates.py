"""What every rate limit must do. Redis counts by its own clock: time passes there, elsewhere it is turned."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import pytest

from crisislink.adapters.rates import InProcessRates
from crisislink.adapters.redis import link
from crisislink.adapters.redis.link import RedisLink
from crisislink.adapters.redis.rates import RedisRates
from crisislink.flow.ports import Rates
from tests.fakes.time import TurnedClock
from tests.links import linked
from tests.servers import REDISES

Made = tuple[Rates, Rates, Callable[[float], Awaitable[None]]]


@pytest.fixture(params=["in process", *REDISES])
async def made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Made]:
    """Two processes' limits (or one's), and a way to let time pass.

    Redis may be slow on a busy machine: each process would count alone, which is not what is asked here.
    """
    if request.param == "in process":
        clock = TurnedClock()

        async def turn(seconds: float) -> None:
            clock.advance(seconds)

        rates = InProcessRates(clock)
        yield rates, rates, turn
        return
    monkeypatch.setattr(link, "PATIENCE_S", 5.0)
    nobody = InProcessRates(TurnedClock())
    url = request.getfixturevalue("redis_of")(request.param)
    async with linked(url) as one, linked(url) as two:
        yield RedisRates(one, nobody), RedisRates(two, nobody), asyncio.sleep


async def test_the_limit_holds_over_all_processes(made: Made) -> None:
    here, there, _ = made
    spent = [await rates.spend("a", limit=4, per_s=60) for rates in (here, there, here, there)]
    assert spent == [0.0] * 4
    for rates in (here, there):
        assert 0 < await rates.spend("a", limit=4, per_s=60) <= 15


async def test_after_the_wait_it_said_it_allows_one_more(made: Made) -> None:
    here, _, pass_time = made
    for _ in range(3):
        assert await here.spend("a", limit=3, per_s=0.9) == 0.0
    wait_s = await here.spend("a", limit=3, per_s=0.9)
    assert 0 < wait_s <= 0.3
    await pass_time(wait_s)
    assert await here.spend("a", limit=3, per_s=0.9) == 0.0
    assert await here.spend("a", limit=3, per_s=0.9) > 0


async def test_a_refusal_costs_nothing(made: Made) -> None:
    here, _, _ = made
    assert await here.spend("a", limit=1, per_s=60) == 0.0
    waits = [await here.spend("a", limit=1, per_s=60) for _ in range(20)]
    assert all(59 < wait_s <= 60 for wait_s in waits)


async def test_what_is_urgent_asks_nobody() -> None:
    """A broker that is frozen holds no revocation up."""
    alone, nobody = InProcessRates(TurnedClock()), cast("RedisLink", None)
    rates = RedisRates(nobody, alone)
    spent = [await rates.spend("a", limit=2, per_s=60, urgent=True) for _ in range(3)]
    assert [wait_s > 0 for wait_s in spent] == [False, False, True]


async def test_keys_do_not_count_for_each_other(made: Made) -> None:
    here, _, _ = made
    assert await here.spend("a", limit=1, per_s=60) == 0.0
    assert await here.spend("b", limit=1, per_s=60) == 0.0


async def test_at_once_as_many_as_allowed_and_no_more(made: Made) -> None:
    here, there, _ = made
    spent = await asyncio.gather(*((here, there)[n % 2].spend("a", limit=5, per_s=60) for n in range(12)))
    assert spent.count(0.0) == 5


async def test_a_flood_of_keys_costs_the_oldest_limit_not_the_memory() -> None:
    rates = InProcessRates(TurnedClock(), capacity=3)
    for key in "abcd":
        assert await rates.spend(key, limit=1, per_s=60) == 0.0
    assert [await rates.spend(key, limit=1, per_s=60) > 0 for key in "bcd"] == [True] * 3
    assert await rates.spend("a", limit=1, per_s=60) == 0.0
