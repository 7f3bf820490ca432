"""What every keeper of sessions must do. `here` and `there` are two web processes, or one with itself.

`before` wrote what was there long before: nothing of that is on its way any more.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crisislink.adapters.redis.sessions import RedisSessions
from crisislink.adapters.sql.sessions import SqlSessions
from crisislink.core.ids import SessionId
from crisislink.flow.ports import Session, Sessions
from tests.city import small_city
from tests.links import linked
from tests.samples import REGULATOR, T0
from tests.servers import REDISES, database

WHOLE = Session(
    id=SessionId("a" * 64),
    person=REGULATOR.person.id,
    provider="hopital",
    opened_at=T0,
    authenticated_at=T0,
    seen_at=T0,
    ends_at=T0 + timedelta(hours=12),
    roles=REGULATOR.roles,
    id_token="x.y.z",
    provider_subject="someone",
    provider_session="there-1",
)
SHOWN = replace(WHOLE, id_token=None)

Keepers = tuple[Sessions, Sessions, Sessions]


@pytest.fixture(params=["sqlite", "postgresql", *REDISES])
async def keepers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Keepers]:
    with database(request) as kind:
        async with small_city(tmp_path, kind) as city:
            truth = SqlSessions(city.store)
            if request.param not in REDISES:
                yield truth, truth, truth
                return
            url = request.getfixturevalue("redis_of")(request.param)
            async with linked(url) as one, linked(url) as two:
                yield (
                    RedisSessions(one, truth, clock=city.clock),
                    RedisSessions(two, truth, clock=city.clock),
                    truth,
                )


async def test_a_session_comes_back_everywhere_without_its_id_token(keepers: Keepers) -> None:
    here, there, _ = keepers
    await here.put(WHOLE)
    assert await here.get(WHOLE.id) == SHOWN
    assert await there.get(WHOLE.id) == SHOWN
    assert await here.get(SessionId("b" * 64)) is None


async def test_an_authentication_nobody_can_date_stays_unknown(keepers: Keepers) -> None:
    here, there, _ = keepers
    await here.put(replace(WHOLE, authenticated_at=None))
    assert await there.get(WHOLE.id) == replace(SHOWN, authenticated_at=None)


async def test_a_session_read_again_is_the_same(keepers: Keepers) -> None:
    here, there, before = keepers
    await before.put(WHOLE)
    assert [await keeper.get(WHOLE.id) for keeper in (here, here, there)] == [SHOWN] * 3


async def test_activity_is_seen_everywhere_at_once(keepers: Keepers) -> None:
    here, there, before = keepers
    await before.put(WHOLE)
    assert await there.get(WHOLE.id) == SHOWN
    await here.touch(WHOLE.id, T0 + timedelta(seconds=10))
    assert await there.get(WHOLE.id) == replace(SHOWN, seen_at=T0 + timedelta(seconds=10))


async def test_a_session_put_again_is_the_new_one_everywhere(keepers: Keepers) -> None:
    here, there, before = keepers
    await before.put(WHOLE)
    assert await there.get(WHOLE.id) == SHOWN
    await here.put(replace(WHOLE, provider="police"))
    assert await there.get(WHOLE.id) == replace(SHOWN, provider="police")


async def test_a_dropped_session_is_gone_everywhere_at_once_and_given_back_whole(keepers: Keepers) -> None:
    here, there, before = keepers
    await before.put(WHOLE)
    assert await there.get(WHOLE.id) == SHOWN
    assert await here.drop(WHOLE.id) == WHOLE
    assert await there.get(WHOLE.id) is None
    assert await here.get(WHOLE.id) is None
    assert await there.drop(WHOLE.id) is None


async def test_activity_does_not_bring_a_dropped_session_back(keepers: Keepers) -> None:
    here, there, before = keepers
    await before.put(WHOLE)
    await there.get(WHOLE.id)
    await here.drop(WHOLE.id)
    await there.touch(WHOLE.id, T0)
    assert await there.get(WHOLE.id) is None


async def test_sessions_are_found_by_what_they_rest_on_at_the_provider(keepers: Keepers) -> None:
    here, there, _ = keepers
    first, second, elsewhere, unnamed, unsaid = (SessionId(letter * 64) for letter in "abcde")
    await here.put(WHOLE)
    await here.put(replace(WHOLE, id=second, provider_session="there-2"))
    await here.put(replace(WHOLE, id=elsewhere, provider="police"))
    await here.put(replace(WHOLE, id=unnamed, provider_subject=None, provider_session=None))
    await here.put(replace(WHOLE, id=unsaid, provider_subject="third", provider_session=None))

    async def found(subject: str | None, session: str | None) -> set[SessionId]:
        return set(await there.resting_on("hopital", subject=subject, session=session))

    assert await found("someone", None) == {first, second}
    assert await found(None, "there-2") == {second}
    assert await found("someone", "there-1") == {first}
    assert await found("another", "there-1") == set()
    assert await found("third", "there-9") == {unsaid}  # which of its sessions it rests on, nobody said
    assert await found(None, None) == set()
