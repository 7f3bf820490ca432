"""Approving needs a recent authentication; ending access, refusing and reading never do."""

from dataclasses import replace

import pytest

from crisislink.core.actors import Actor
from crisislink.core.errors import Conflict, Denied, Reason
from crisislink.core.grants import GrantState
from crisislink.core.requests import AccessRequest, RefusalReason
from crisislink.flow import decisions, endings, requests
from crisislink.flow.commands import Command
from tests.city import City, asking
from tests.samples import OPERATOR, REGULATOR, SUPERVISOR

RECENT_S = 3_600


def whole(request: AccessRequest) -> decisions.Approval:
    return decisions.Approval(cameras=request.cameras, duration_s=request.duration_s, version=request.version)


async def approved_as(city: City, who: Actor, request: AccessRequest, command: Command | None = None) -> None:
    await decisions.approve(city.ports, who, request.id, whole(request), command=command)


async def refused_as(city: City, who: Actor, request: AccessRequest) -> Reason:
    with pytest.raises(Denied) as error:
        await approved_as(city, who, request)
    return error.value.reason


async def test_an_authentication_is_recent_for_an_hour_and_not_a_second_more(city: City) -> None:
    city.clock.advance(RECENT_S - 1)
    await approved_as(city, SUPERVISOR, await city.request())
    city.clock.advance(1)
    late = await city.request()
    assert await refused_as(city, SUPERVISOR, late) is Reason.STEP_UP
    assert (await city.kinds())[-1] == "access.denied"
    anew = replace(SUPERVISOR, authenticated_at=city.clock.now())
    await approved_as(city, anew, late)


async def test_an_authentication_that_nobody_dated_is_not_recent(city: City) -> None:
    unknown = replace(SUPERVISOR, authenticated_at=None)
    assert await refused_as(city, unknown, await city.request()) is Reason.STEP_UP


async def test_a_city_sets_how_old_is_recent(city: City) -> None:
    brief = replace(city.ports, limits=replace(city.ports.limits, recent_s=60))
    request = await city.request()
    city.clock.advance(60)
    with pytest.raises(Denied) as error:
        await decisions.approve(brief, SUPERVISOR, request.id, whole(request), command=None)
    assert error.value.reason is Reason.STEP_UP
    with pytest.raises(ValueError, match="recent for a minute"):
        replace(city.ports.limits, recent_s=59)


async def test_an_extension_needs_it_as_well(city: City) -> None:
    city.clock.advance(RECENT_S - 120)
    grant = await city.grant()
    async with city.store.read() as work:
        incident = await work.incident(grant.incident)
    asked = replace(asking(incident, grant.open_cameras), extends=grant.id)
    request = await requests.submit(city.ports, REGULATOR, asked, None)
    city.clock.advance(120)
    assert await refused_as(city, SUPERVISOR, request) is Reason.STEP_UP


async def test_who_may_not_decide_is_not_sent_to_sign_in_again(city: City) -> None:
    city.clock.advance(RECENT_S)
    assert await refused_as(city, OPERATOR, await city.request()) is Reason.ROLE


async def test_what_somebody_decided_meanwhile_is_told_before_anybody_signs_in_again(city: City) -> None:
    request = await city.request()
    await approved_as(city, SUPERVISOR, request)
    city.clock.advance(RECENT_S)
    with pytest.raises(Conflict):
        await approved_as(city, SUPERVISOR, request)


async def test_the_answer_to_a_repeated_approval_needs_none(city: City) -> None:
    city.clock.advance(RECENT_S - 1)
    request, command = await city.request(), Command("k", "0" * 64)
    await approved_as(city, SUPERVISOR, request, command)
    city.clock.advance(1)
    await approved_as(city, SUPERVISOR, request, command)
    assert (await city.kinds()).count("request.approved") == 1


async def test_ending_access_and_refusing_never_wait_for_it(city: City) -> None:
    grant, request = await city.grant(), await city.request()
    unknown = replace(SUPERVISOR, authenticated_at=None)
    await decisions.refuse(city.ports, unknown, request.id, RefusalReason.OTHER, version=request.version)
    ended = await endings.revoke(city.ports, city.video, unknown, grant.id, None, preempt=False)
    assert ended.state in {GrantState.ENDING, GrantState.ENDED}
