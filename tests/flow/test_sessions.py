"""People end their own sessions; administrators those of their own people, under their own name."""

import json
from typing import Any

import pytest

from crisislink.core.actors import Actor
from crisislink.core.errors import Denied, NotFound, Unauthenticated
from crisislink.core.ids import PersonId
from crisislink.flow import sessions
from crisislink.flow.signin import Opened, SessionLimits, actor_for
from tests.city import City
from tests.samples import ADMINISTRATOR, OPERATOR, REGULATOR, SUPERVISOR

LIMITS = SessionLimits()


async def entries(city: City) -> list[dict[str, Any]]:
    async with city.store.read() as work:
        return [json.loads(entry.body) for entry in await work.entries(after=1, limit=100)]


async def lives(city: City, session: Opened) -> bool:
    try:
        await actor_for(city.ports, LIMITS, session.token)
    except Unauthenticated:
        return False
    return True


async def test_people_see_their_own_sessions_that_live_the_last_used_first(city: City) -> None:
    old, other = await city.signed_in(SUPERVISOR), await city.signed_in(OPERATOR)
    city.clock.advance(60)
    new = await city.signed_in(SUPERVISOR)
    found = await sessions.own(city.ports, LIMITS, new.actor)
    assert [one.id for one in found] == [new.session.id, old.session.id]
    city.clock.advance(LIMITS.idle_s - 60)
    assert [one.id for one in await sessions.own(city.ports, LIMITS, new.actor)] == [new.session.id]
    assert await sessions.own(city.ports, LIMITS, other.actor) == []


async def test_a_person_ends_another_session_of_theirs_and_no_one_elses(city: City) -> None:
    here, there, other = [await city.signed_in(who) for who in (SUPERVISOR, SUPERVISOR, OPERATOR)]
    await sessions.end_own(city.ports, LIMITS, here.actor, sessions.name_of(there.session.id))
    assert [await lives(city, one) for one in (here, there, other)] == [True, False, True]
    assert (await entries(city))[-1]["cause"] == "person"
    for name in (sessions.name_of(other.session.id), sessions.name_of(there.session.id), "guess", ""):
        with pytest.raises(NotFound):
            await sessions.end_own(city.ports, LIMITS, here.actor, name)
    assert await lives(city, other)
    assert (await city.kinds())[-1] == "access.denied"


async def test_an_administrator_ends_all_sessions_of_one_person_under_their_own_name(city: City) -> None:
    first, second, other = [await city.signed_in(who) for who in (SUPERVISOR, SUPERVISOR, OPERATOR)]
    assert await sessions.end_all_of(city.ports, ADMINISTRATOR, SUPERVISOR.person.id) == 2
    assert [await lives(city, one) for one in (first, second, other)] == [False, False, True]
    act, *ends = (await entries(city))[3:]
    assert act["kind"] == "session.all_ended"
    assert (act["actor"], act["person"], act["sessions"]) == (
        ADMINISTRATOR.person.id,
        SUPERVISOR.person.id,
        2,
    )
    assert [(end["kind"], end["actor"], end["cause"]) for end in ends] == [
        ("session.closed", SUPERVISOR.person.id, "administrator")
    ] * 2


async def test_an_administrator_sees_who_of_their_own_organisation_is_signed_in(city: City) -> None:
    for who in (SUPERVISOR, OPERATOR, REGULATOR):
        await city.signed_in(who)
    found = await sessions.in_organisation(city.ports, LIMITS, ADMINISTRATOR)
    assert [one.person for one in found] == [SUPERVISOR.person, OPERATOR.person]
    assert [len(one.sessions) for one in found] == [1, 1]


@pytest.mark.parametrize("who", [REGULATOR.person.id, PersonId("per_nobody")])
async def test_another_organisations_people_look_like_nobody_to_an_administrator(
    city: City, who: PersonId
) -> None:
    regulator = await city.signed_in(REGULATOR)
    with pytest.raises(NotFound):
        await sessions.end_all_of(city.ports, ADMINISTRATOR, who)
    assert await lives(city, regulator)
    assert (await city.kinds())[-1] == "access.denied"


@pytest.mark.parametrize("who", [SUPERVISOR, OPERATOR, REGULATOR])
async def test_nobody_else_sees_or_ends_the_sessions_of_others(city: City, who: Actor) -> None:
    with pytest.raises(Denied):
        await sessions.in_organisation(city.ports, LIMITS, who)
    with pytest.raises(Denied):
        await sessions.end_all_of(city.ports, who, who.person.id)
