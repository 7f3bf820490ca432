"""What ends by itself: acts, habilitations, sign-outs, idleness; and requests nobody answers call on."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from crisislink.core.actors import Actor, Role
from crisislink.core.events import InventoryLoaded, ViewingEnded, ViewingStarted
from crisislink.core.grants import EndCause, Grant, GrantState
from crisislink.core.ids import CameraId, SessionId, ViewingId
from crisislink.core.legal import LegalBasis, Purpose
from crisislink.flow import decisions, requests, suspensions
from crisislink.flow.ports import Session, State, Viewing
from tests.city import NODE, City, asking
from tests.samples import (
    BASIS,
    CAMERAS,
    OPERATOR,
    REGULATOR,
    SAMU,
    SUPERVISOR,
    T0,
    actor,
    habilitation,
)

CAMERA, OTHER = CAMERAS[0].id, CAMERAS[1].id
COLLEAGUE = actor("zoe", SAMU, Role.SAMU_SUPERVISOR)


async def _load(city: City, *states: State) -> None:
    async with city.store.write() as work:
        loaded = InventoryLoaded(organisation=None, what="test", rows=1, sha256="0")
        await work.record(loaded, *states)


async def _now(city: City, grant: Grant) -> Grant:
    async with city.store.read() as work:
        return await work.grant(grant.id)


async def _watch(city: City, grant: Grant, who: Actor = REGULATOR) -> Viewing:
    look = Viewing(
        id=ViewingId(city.ports.entropy.id("vw")),
        grant=grant.id,
        camera=CAMERA,
        person=who.person.id,
        session=SessionId("ses"),
        node=NODE,
        rendition="focus",
        started_at=city.clock.now(),
    )
    async with city.store.write() as work:
        await work.record(
            ViewingStarted(
                viewing=look.id,
                grant=grant.id,
                camera=CAMERA,
                beneficiary=grant.beneficiary,
                owner=grant.owner,
                actor=look.person,
                rendition="focus",
            ),
            look,
        )
    return look


async def _leave(city: City, grant: Grant, look: Viewing) -> None:
    async with city.store.write() as work:
        await work.record(
            ViewingEnded(
                viewing=look.id,
                grant=grant.id,
                camera=CAMERA,
                beneficiary=grant.beneficiary,
                owner=grant.owner,
                actor=look.person,
                frames=1,
                cause="left",
            ),
            replace(look, ended_at=city.clock.now()),
        )


async def _sign_in(city: City, who: Actor) -> Session:
    now = city.clock.now()
    session = Session(
        id=SessionId(f"session of {who.person.id}"),
        person=who.person.id,
        provider="p",
        opened_at=now,
        authenticated_at=now,
        seen_at=now,
        ends_at=now + timedelta(hours=12),
    )
    await city.ports.sessions.put(session)
    return session


# -- the act ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": T0 + timedelta(seconds=60)},
        {"beneficiaries": frozenset[str]()},
        {"purposes": frozenset({Purpose.TRAFFIC})},
        {"perimeter": BASIS.perimeter and tuple(replace(p, lat_deg=p.lat_deg + 3) for p in BASIS.perimeter)},
    ],
    ids=["ends", "other beneficiaries", "other purposes", "other perimeter"],
)
async def test_an_act_that_ends_or_shrinks_ends_what_rests_on_it(
    city: City, change: dict[str, object]
) -> None:
    grant = await city.grant()
    shrunk: LegalBasis = replace(BASIS, version=2, **change)  # type: ignore[arg-type]
    await _load(city, shrunk)
    city.clock.advance(59.999)
    await city.clock_works()
    assert (await _now(city, grant)).state.live is ("valid_until" in change)
    city.clock.advance(0.001)
    await city.clock_works()
    ended = await _now(city, grant)
    assert (ended.state, ended.cause) == (GrantState.ENDED, EndCause.LEGAL_BASIS_ENDED)
    assert city.video.cuts == [(grant.id, frozenset({CAMERA, OTHER}), EndCause.LEGAL_BASIS_ENDED)]


async def test_a_camera_the_act_covers_no_longer_ends_alone(city: City) -> None:
    grant = await city.grant()
    await _load(city, replace(BASIS, cameras=frozenset({OTHER}), version=2))
    await city.clock_works()
    narrowed = await _now(city, grant)
    assert narrowed.open_cameras == (OTHER,)
    assert narrowed.view(CAMERA).cause is EndCause.LEGAL_BASIS_ENDED
    assert (await city.kinds()).count("grant.views_revoked") == 1


async def test_an_extended_grant_rests_on_the_act_of_its_extension(city: City) -> None:
    grant = await city.grant(minutes=2)
    later = replace(
        BASIS, id=type(BASIS.id)("lb_2"), valid_until=BASIS.valid_until + timedelta(days=1), version=1
    )
    await _load(city, later)
    async with city.store.read() as work:
        incident = await work.incident(grant.incident)
    asked = await requests.submit(
        city.ports, REGULATOR, replace(asking(incident, grant.open_cameras), extends=grant.id), None
    )
    assert asked.legal_basis == later.id
    approval = decisions.Approval(cameras=asked.cameras, duration_s=600, version=1)
    await decisions.approve(city.ports, SUPERVISOR, asked.id, approval, command=None)
    await _load(city, replace(BASIS, valid_until=city.clock.now(), version=2))
    await city.clock_works()
    assert (await _now(city, grant)).state.live


# -- people ----------------------------------------------------------------------------------------------


async def test_the_last_habilitation_of_a_hospital_ends_its_grants(city: City) -> None:
    await _load(city, COLLEAGUE.person, habilitation(COLLEAGUE.person, Role.SAMU_SUPERVISOR))
    grant = await city.grant()
    end = T0 + timedelta(seconds=60)
    await _load(city, replace(habilitation(REGULATOR.person, Role.REGULATOR), withdrawn_at=end))
    await _load(city, replace(habilitation(SUPERVISOR.person, Role.ROOM_SUPERVISOR), withdrawn_at=end))
    city.clock.advance(61)
    await city.clock_works()
    assert (await _now(city, grant)).state.live, "a colleague may watch: whoever asked or approved"
    last = T0 + timedelta(seconds=90)
    await _load(city, replace(habilitation(COLLEAGUE.person, Role.SAMU_SUPERVISOR), valid_until=last))
    assert await city.clock_works() == last
    city.clock.advance(29)
    await city.clock_works()
    assert (await _now(city, grant)).cause is EndCause.HABILITATION_ENDED


async def test_the_sign_out_of_the_last_who_may_watch_ends_what_was_watched(city: City) -> None:
    await _load(city, COLLEAGUE.person, habilitation(COLLEAGUE.person, Role.SAMU_SUPERVISOR))
    grant, unseen = await city.grant(), await city.grant()
    mine, other = await _sign_in(city, REGULATOR), await _sign_in(city, COLLEAGUE)
    await _sign_in(city, OPERATOR)
    look = await _watch(city, grant)
    await city.ports.sessions.drop(mine.id)
    await city.clock_works()
    assert (await _now(city, grant)).state.live, "somebody still looks"
    await _leave(city, grant, look)
    await city.clock_works()
    assert (await _now(city, grant)).state.live, "a colleague is signed in"
    await city.ports.sessions.drop(other.id)
    await city.clock_works()
    assert (await _now(city, grant)).cause is EndCause.LOGGED_OUT
    assert (await _now(city, unseen)).state.live, "who asked may have gone before the city answered"


async def test_a_session_that_times_out_is_a_sign_out(city: City) -> None:
    grant = await city.grant(minutes=30)
    await city.ports.sessions.put(
        replace(await _sign_in(city, REGULATOR), ends_at=T0 + timedelta(seconds=100))
    )
    await _leave(city, grant, await _watch(city, grant))
    assert await city.clock_works() == T0 + timedelta(seconds=100)
    city.clock.advance(100)
    await city.clock_works()
    assert (await _now(city, grant)).cause is EndCause.LOGGED_OUT


# -- nobody watches --------------------------------------------------------------------------------------


async def _ended_at(city: City, grant: Grant, cause: EndCause) -> datetime:
    ended = await _now(city, grant)
    assert ended.cause is cause
    assert ended.ending_at is not None
    return ended.ending_at


async def test_a_grant_nobody_ever_watches_is_given_back(city: City) -> None:
    grant = await city.grant(minutes=20)
    city.clock.advance(299.999)
    await city.clock_works()
    assert (await _now(city, grant)).state.live
    city.clock.advance(0.001)
    await city.clock_works()
    assert await _ended_at(city, grant, EndCause.IDLE) == T0 + timedelta(seconds=300)


async def test_the_idle_time_counts_from_the_last_look(city: City) -> None:
    grant = await city.grant(minutes=30)
    await _sign_in(city, REGULATOR)
    look = await _watch(city, grant)
    city.clock.advance(600)
    await city.clock_works()
    await _leave(city, grant, look)
    assert await city.clock_works() == T0 + timedelta(seconds=900)
    again = await _watch(city, grant)
    city.clock.advance(299)
    await _leave(city, grant, again)
    assert await city.clock_works() == T0 + timedelta(seconds=1_199)


async def test_what_nobody_can_watch_is_not_idle(city: City) -> None:
    grant = await city.grant(minutes=20)
    for camera in (CAMERA, OTHER):
        await suspensions.hold_back(city.ports, city.video, OPERATOR, camera, moved=False)
    city.clock.advance(400)
    await city.clock_works()
    assert (await _now(city, grant)).state.live
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    assert await city.clock_works() == T0 + timedelta(seconds=700)


# -- nobody answers --------------------------------------------------------------------------------------


async def _levels(city: City) -> list[int]:
    async with city.store.read() as work:
        entries = await work.entries(after=0, limit=1_000, kinds=["request.escalated"])
    return [json.loads(e.body)["level"] for e in entries]


async def test_an_unanswered_request_calls_further_posts_each_once(city: City) -> None:
    request = await city.request()
    seen: list[list[int]] = []
    for wait_s in (29.999, 0.001, 30, 59.999, 0.001, 400):
        city.clock.advance(wait_s)
        await city.clock_works()
        seen.append(await _levels(city))
    assert seen == [[], [1], [1, 2], [1, 2], [1, 2, 3], [1, 2, 3]]
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    grant = await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert grant.state.live, "an escalation is no new version of the request: the answer is not too late"


async def test_an_answered_request_calls_nobody_and_a_late_clock_does_not_call_after_the_lapse(
    city: City,
) -> None:
    await city.grant()
    late = await city.request(cameras=[CameraId(CAMERAS[2].id)])
    city.clock.advance(601)
    await city.clock_works()
    assert await _levels(city) == []
    async with city.store.read() as work:
        assert (await work.request(late.id)).state.value == "lapsed"
