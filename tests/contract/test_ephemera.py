"""What every keeper of short-lived values must do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.adapters.sql.ephemera import SqlEphemera
from crisislink.flow.ports import Ephemera
from tests.city import small_city
from tests.fakes.time import TurnedClock
from tests.servers import database

Made = Callable[[int], Ephemera]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(params=["in process", "sqlite", "postgresql"])
async def made(request: pytest.FixtureRequest, tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Made]:
    """Makes a keeper of at most so many values."""
    if request.param == "in process":
        yield lambda capacity: InProcessEphemera(clock, capacity=capacity)
        return
    with database(request) as kind:
        async with small_city(tmp_path, kind) as city:
            yield lambda capacity: SqlEphemera(city.store, clock=clock, capacity=capacity)


async def test_a_value_is_taken_once_and_only_in_time(made: Made, clock: TurnedClock) -> None:
    kept = made(10)
    await kept.put("a", "1", ttl_s=30)
    assert await kept.take("a") == "1"
    assert await kept.take("a") is None
    await kept.put("a", "2", ttl_s=30)
    clock.advance(30)
    assert await kept.take("a") is None
    assert await kept.take("never") is None


async def test_the_last_value_of_a_key_counts(made: Made) -> None:
    kept = made(10)
    await kept.put("a", "1", ttl_s=30)
    await kept.put("a", "é", ttl_s=30)
    assert await kept.take("a") == "é"


async def test_of_many_takers_one_gets_it(made: Made) -> None:
    kept = made(10)
    await kept.put("a", "1", ttl_s=30)
    taken = await asyncio.gather(*(kept.take("a") for _ in range(8)))
    assert [value for value in taken if value is not None] == ["1"]


async def test_a_flood_pushes_out_the_oldest_not_the_memory(made: Made, clock: TurnedClock) -> None:
    kept = made(3)
    for n in range(5):
        await kept.put(str(n), str(n), ttl_s=30)
        clock.advance(1)
    assert [await kept.take(str(n)) for n in range(5)] == [None, None, "2", "3", "4"]


async def test_no_flood_makes_what_came_once_come_again(made: Made) -> None:
    kept = made(3)
    assert await kept.first("ticket", ttl_s=30)
    for n in range(5):
        await kept.put(str(n), str(n), ttl_s=600)
    assert not await kept.first("ticket", ttl_s=30)


async def test_what_one_process_keeps_another_may_take(tmp_path: Path) -> None:
    async with small_city(tmp_path) as city:
        here, there = (SqlEphemera(city.store, clock=city.clock) for _ in range(2))
        await here.put("login:x", "1", ttl_s=600)
        assert await there.take("login:x") == "1"
        assert await here.take("login:x") is None


async def test_of_many_askers_one_is_first_until_it_is_forgotten(made: Made, clock: TurnedClock) -> None:
    kept = made(10)
    assert sorted(await asyncio.gather(*(kept.first("a", ttl_s=30) for _ in range(8)))) == [False] * 7 + [
        True
    ]
    assert await kept.first("b", ttl_s=30)
    clock.advance(29)
    assert not await kept.first("a", ttl_s=30)
    clock.advance(1)
    assert await kept.first("a", ttl_s=30)
    assert await kept.take("a") == ""
    assert await kept.first("a", ttl_s=30)


async def test_a_value_that_is_looked_at_stays_until_it_is_too_old(made: Made, clock: TurnedClock) -> None:
    kept = made(10)
    await kept.put("a", "1", ttl_s=30)
    assert [await kept.look("a"), await kept.look("a"), await kept.look("never")] == ["1", "1", None]
    clock.advance(30)
    assert await kept.look("a") is None
