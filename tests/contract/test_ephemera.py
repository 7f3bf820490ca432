"""What every keeper of short-lived values must do; and every keeper of sessions."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crisislink.adapters.ephemera import InProcessEphemera
from crisislink.core.ids import SessionId
from crisislink.flow.ports import Session
from tests.city import City, small_city
from tests.fakes.time import TurnedClock
from tests.samples import REGULATOR, T0


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with small_city(tmp_path) as made:
        yield made


async def test_a_value_is_taken_once_and_only_in_time() -> None:
    clock = TurnedClock()
    kept = InProcessEphemera(clock)
    await kept.put("a", "1", ttl_s=30)
    assert await kept.take("a") == "1"
    assert await kept.take("a") is None
    await kept.put("a", "2", ttl_s=30)
    clock.advance(30)
    assert await kept.take("a") is None
    assert await kept.take("never") is None


async def test_a_flood_pushes_out_the_oldest_not_the_memory() -> None:
    kept = InProcessEphemera(TurnedClock(), capacity=3)
    for n in range(5):
        await kept.put(str(n), str(n), ttl_s=30)
    assert [await kept.take(str(n)) for n in range(5)] == [None, None, "2", "3", "4"]


async def test_sessions_come_back_until_dropped(city: City) -> None:
    session = Session(
        id=SessionId("a" * 64),
        person=REGULATOR.person.id,
        provider="hopital",
        opened_at=T0,
        authenticated_at=T0,
        seen_at=T0,
        ends_at=T0 + timedelta(hours=12),
        id_token="x.y.z",
    )
    sessions = city.ports.sessions
    await sessions.put(session)
    assert await sessions.get(session.id) == session
    await sessions.touch(session.id, T0 + timedelta(seconds=10))
    assert await sessions.get(session.id) == replace(session, seen_at=T0 + timedelta(seconds=10))
    await sessions.drop(session.id)
    await sessions.drop(session.id)
    assert await sessions.get(session.id) is None
