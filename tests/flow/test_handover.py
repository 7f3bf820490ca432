"""The change of shift: both named in one entry, the old person's looks cut, nothing else moved."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from crisislink.core.actors import Actor, Role
from crisislink.core.errors import Conflict, CrisisLinkError, Denied, Invalid, Reason
from crisislink.core.grants import Grant
from crisislink.core.handover import Act, Charge, Wish
from crisislink.core.ids import IncidentId, PersonId, SessionId
from crisislink.core.review import Step
from crisislink.core.talkrules import MessageKind
from crisislink.flow import (
    conversation,
    crisisends,
    endings,
    handover,
    incidents,
    live,
    requests,
    retold,
    reviews,
    viewing,
)
from crisislink.flow.ports import ViewPermit
from tests.city import NODE, City, asking
from tests.flow.test_declared_crisis import asked, declared, granted, load
from tests.samples import (
    AUDITOR,
    CAMERAS,
    CHIEF,
    NEXT_REGULATOR,
    OPERATOR,
    OTHER_REGULATOR,
    REGULATOR,
    SAMU,
    SUPERVISOR,
    actor,
    habilitation,
)

LEA, NORA, SAMI = (one.person.id for one in (REGULATOR, NEXT_REGULATOR, CHIEF))
MACHINE = actor("lrm", SAMU, Role.DISPATCH_SYSTEM)


async def act(city: City, who: Actor, what: Act, incident: IncidentId, holder: PersonId = LEA) -> Charge:
    return await handover.hand_over(city.ports, city.video, who, incident, what, holder=holder)


async def watching(city: City, who: Actor, grant: Grant, camera: int = 0) -> ViewPermit:
    ticket = await viewing.open_ticket(city.ports, who, grant.id, CAMERAS[camera].id)
    return await redeemed(city, who, ticket.sealed)


async def redeemed(city: City, who: Actor, ticket: str) -> ViewPermit:
    async def watcher_of(_: SessionId) -> Actor:
        return who

    return await viewing.redeem(
        city.ports,
        watcher_of,
        NODE,
        ticket,
        rendition="wall",
        browser=who.session,
        unsure=lambda _: None,
    )


async def said(city: City, *kinds: str) -> list[dict[str, Any]]:
    async with city.store.read() as work:
        return [json.loads(e.body) for e in await work.entries(after=0, limit=1_000, kinds=kinds)]


async def grants(city: City) -> Sequence[Grant]:
    async with city.store.read() as work:
        return await work.grants(live_only=True)


async def test_the_next_person_accepts_and_only_the_last_one_s_looks_are_cut(city: City) -> None:
    await city.hire(NEXT_REGULATOR, CHIEF)
    grant = await city.grant()
    mine = [await watching(city, REGULATOR, grant, n) for n in (0, 1)]
    theirs = await watching(city, CHIEF, grant)
    held = await viewing.lease(city.ports, grant.id, CAMERAS[0].id, 1)
    before = await grants(city)

    await act(city, REGULATOR, Act.OFFER, grant.incident)
    assert city.video.looks == []
    charge = await act(city, NEXT_REGULATOR, Act.ASK, grant.incident)
    assert (charge.holder, charge.since) == (NORA, city.clock.now())
    assert city.video.looks == [{permit.viewing for permit in mine}]
    assert city.video.cuts == [], "no view ends"

    [passed] = await said(city, "incident.handed_over")
    assert (passed["relieved"], passed["holder"], passed["actor"], passed["taken"]) == (
        LEA,
        NORA,
        NORA,
        False,
    )
    assert await grants(city) == before, "neither clock, nor end, nor epoch"
    assert (await viewing.lease(city.ports, grant.id, CAMERAS[0].id, held.epoch)).ends_at == held.ends_at
    present = {who.session: who for who in (REGULATOR, CHIEF) if who.session is not None}
    assert await viewing.may_go_on(city.ports, present, [*mine, theirs]) == {theirs}
    assert (await watching(city, NEXT_REGULATOR, grant)).person_label == "Nora", "the watermark's name"


async def test_what_a_declared_crisis_granted_passes_on_like_any_other(city: City) -> None:
    await city.hire(NEXT_REGULATOR)
    declaration = await declared(city)
    grant = await granted(city, await asked(city))
    assert grant.declaration == declaration.id
    await watching(city, REGULATOR, grant)
    before = await grants(city)
    await act(city, REGULATOR, Act.OFFER, grant.incident)
    await act(city, NEXT_REGULATOR, Act.ASK, grant.incident)
    assert await grants(city) == before, "neither its clock nor the crisis it is of"
    await watching(city, NEXT_REGULATOR, grant)

    wish = conversation.NewMessage(
        kind=MessageKind.WISH, text="Plus à gauche", template=None, camera=CAMERAS[0].id
    )
    with pytest.raises(Denied) as refused:
        await conversation.send(city.ports, REGULATOR, grant.id, wish, None)
    assert refused.value.reason is Reason.HANDED_OVER
    with pytest.raises(Invalid):  # theirs to wish; this camera does not move
        await conversation.send(city.ports, NEXT_REGULATOR, grant.id, wish, None)

    async with city.store.read() as work:
        incident = await work.incident(grant.incident)
    more = await requests.submit(city.ports, NEXT_REGULATOR, asking(incident, [CAMERAS[2].id]), None)
    assert (await granted(city, more)).declaration == declaration.id, "the next person asks under it too"
    await crisisends.suspend(city.ports, city.video, OPERATOR, declaration.id, cut_running=True)
    assert await grants(city) == [], "whoever holds the incident"


async def test_the_last_person_s_tickets_die_and_they_get_no_new_one(city: City) -> None:
    await city.hire(CHIEF)
    grant = await city.grant()
    ticket = (await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERAS[0].id)).sealed
    permit = await watching(city, REGULATOR, grant)
    await act(city, CHIEF, Act.TAKE, grant.incident)
    for attempt in (
        redeemed(city, REGULATOR, ticket),
        viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERAS[0].id),
        viewing.check_watching(city.ports, REGULATOR, permit),
    ):
        with pytest.raises(Denied) as refused:
            await attempt
        assert refused.value.reason is Reason.HANDED_OVER
    assert [d["action"] for d in await said(city, "access.denied")] == [
        "view.start",
        "ticket.open",
        "view.go_on",
    ]
    await act(city, REGULATOR, Act.ASK, grant.incident, SAMI)
    await act(city, CHIEF, Act.OFFER, grant.incident, SAMI)
    await watching(city, REGULATOR, grant)


async def test_when_the_holder_is_gone_a_supervisor_takes_over_and_a_regulator_does_not(city: City) -> None:
    await city.hire(NEXT_REGULATOR, CHIEF)
    incident = await city.incident()
    with pytest.raises(Denied):
        await act(city, NEXT_REGULATOR, Act.TAKE, incident.id)
    await act(city, CHIEF, Act.TAKE, incident.id)
    [taken] = await said(city, "incident.handed_over")
    assert (taken["relieved"], taken["holder"], taken["taken"]) == (LEA, SAMI, True)


async def test_who_asked_and_lost_the_habilitation_meanwhile_is_handed_nothing(city: City) -> None:
    await city.hire(NEXT_REGULATOR)
    incident = await city.incident()
    await act(city, NEXT_REGULATOR, Act.ASK, incident.id)
    over = replace(habilitation(NEXT_REGULATOR.person, Role.REGULATOR), withdrawn_at=city.clock.now())
    await load(city, over)
    charge = await act(city, REGULATOR, Act.OFFER, incident.id)
    assert (charge.holder, charge.wish) == (LEA, Wish.OFFERED)
    assert await said(city, "incident.handed_over") == []


async def test_a_case_that_dispatch_software_opened_is_anybody_s_to_take(city: City) -> None:
    await city.hire(MACHINE)
    incident = await city.incident(MACHINE)
    charge = await act(city, REGULATOR, Act.ASK, incident.id, MACHINE.person.id)
    assert charge.holder == LEA


async def test_two_who_press_at_once_make_one_handover(city: City) -> None:
    await city.hire(NEXT_REGULATOR, CHIEF)
    grant = await city.grant()
    await act(city, REGULATOR, Act.OFFER, grant.incident)
    results = await asyncio.gather(
        act(city, NEXT_REGULATOR, Act.ASK, grant.incident),
        act(city, CHIEF, Act.ASK, grant.incident),
        return_exceptions=True,
    )
    [error] = [one for one in results if isinstance(one, CrisisLinkError)]
    assert isinstance(error, Conflict)
    assert error.reason is Reason.HANDED_ON
    assert len(await said(city, "incident.handed_over")) == 1

    async with city.store.read() as work:
        [charge] = (await work.charges({grant.incident})).values()
    holder = next(who for who in (NEXT_REGULATOR, CHIEF) if who.person.id == charge.holder)
    await asyncio.gather(  # an offer and an ask at once meet
        act(city, holder, Act.OFFER, grant.incident, charge.holder),
        act(city, REGULATOR, Act.ASK, grant.incident, charge.holder),
    )
    assert [one["holder"] for one in await said(city, "incident.handed_over")] == [charge.holder, LEA]
    assert len(await said(city, "incident.handover_wished")) == 2


async def test_another_hospital_has_no_part_in_it_and_a_closed_incident_is_over(city: City) -> None:
    incident = await city.incident()
    with pytest.raises(Denied):
        await act(city, OTHER_REGULATOR, Act.ASK, incident.id)
    await incidents.close_incident(city.ports, city.video, REGULATOR, incident.id)
    with pytest.raises(Denied):
        await act(city, REGULATOR, Act.OFFER, incident.id)
    assert [d["action"] for d in await said(city, "access.denied")] == ["incident.ask", "incident.offer"]
    assert await said(city, "incident.handover_wished", "incident.handed_over") == []


async def test_the_review_says_who_passed_it_to_whom_and_the_city_is_not_told(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retold, "_PAGE", 2)  # there are more than are read at once
    await city.hire(CHIEF)
    grant, other = await city.grant(), await city.incident()
    await act(city, CHIEF, Act.TAKE, grant.incident)
    for _ in range(3):
        await act(city, REGULATOR, Act.ASK, grant.incident, SAMI)
        await act(city, CHIEF, Act.OFFER, grant.incident, SAMI)
        await act(city, CHIEF, Act.TAKE, grant.incident)
    await act(city, CHIEF, Act.TAKE, other.id)

    def passed(read: reviews.Read) -> list[tuple[PersonId | None, PersonId | None]]:
        steps = read.review.moments
        return [(one.relieved, one.actor) for one in steps if one.step is Step.HANDED_OVER]

    for who in (REGULATOR, AUDITOR):
        read = await reviews.read(city.ports, who, grant.incident)
        assert passed(read) == [(LEA, SAMI), (SAMI, LEA)] * 3 + [(LEA, SAMI)]
        assert {LEA, SAMI} <= {person.id for person in read.persons}
    assert passed(await reviews.read(city.ports, SUPERVISOR, grant.incident)) == []


async def test_the_hospital_s_room_knows_who_holds_what_and_the_city_is_not_told(city: City) -> None:
    await city.hire(NEXT_REGULATOR)
    grant = await city.grant()
    await act(city, NEXT_REGULATOR, Act.ASK, grant.incident)
    room = await live.room(city.ports, REGULATOR)
    assert [(c.holder, c.wished_by) for c in room.charges] == [(LEA, NORA)]
    assert NORA in {person.id for person in room.persons}
    await act(city, REGULATOR, Act.OFFER, grant.incident)
    _, told = await live.since(city.ports, REGULATOR, 0, limit=100)
    assert [h.charge.holder for h in told if h.charge is not None] == [NORA, NORA], "as it is now"

    assert (await live.room(city.ports, SUPERVISOR)).charges == []
    _, told = await live.since(city.ports, SUPERVISOR, 0, limit=100)
    assert not any(h.kind.startswith("incident.") for h in told)
    await endings.release(city.ports, city.video, NEXT_REGULATOR, grant.id, None)
