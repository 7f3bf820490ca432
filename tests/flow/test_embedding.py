"""A view-only session: one code, one person, one page, one incident; it ends with what it hangs on."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crisislink.core.actors import Actor, Role
from crisislink.core.errors import CrisisLinkError, Denied, Expired, NotFound, Reason, Unauthenticated
from crisislink.core.events import InventoryLoaded
from crisislink.core.handover import Act
from crisislink.core.ids import IncidentId
from crisislink.flow import embedding, endings, incidents, sessions, viewing
from crisislink.flow.embedding import CODE_S, Frame, Launch, Viewer, Wanted
from crisislink.flow.handover import hand_over
from crisislink.flow.machines import machine_subject
from crisislink.flow.signin import (
    Opened,
    SessionEnd,
    SessionLimits,
    actor_for,
    actor_in,
    present,
    sign_out,
    viewer_for,
)
from tests.city import City
from tests.samples import (
    ADMINISTRATOR,
    CAMERAS,
    OTHER_REGULATOR,
    REGULATOR,
    SAMU,
    SUPERVISOR,
    actor,
    habilitation,
)

LIMITS = SessionLimits()
PAGE = "https://lrm.chu.example"
FRAME = Frame(
    provider="hopital",
    issuer=REGULATOR.person.issuer,
    machines=REGULATOR.person.issuer,
    origins=frozenset({PAGE, "https://lrm-2.chu.example"}),
)
_LRM = actor("lrm", SAMU, Role.DISPATCH_SYSTEM)
LRM = replace(_LRM, person=replace(_LRM.person, subject=machine_subject("lrm")), session=None)


async def launched(city: City, **other: Any) -> Launch:
    """For the regulator, unless told otherwise."""
    incident = other.pop("incident", None) or (await city.incident()).id
    wanted: dict[str, Any] = {"subject": REGULATOR.person.subject, "incident": incident, "origin": PAGE}
    return await embedding.launch(city.ports, LIMITS, [FRAME], LRM, Wanted(**wanted | other))


async def looking(city: City, incident: IncidentId | None = None) -> tuple[Opened, Opened]:
    """The whole session, and one that looks."""
    async with city.store.write() as work:
        if await work.person_by_subject(LRM.person.issuer, str(LRM.person.subject)) is None:
            loaded = InventoryLoaded(organisation=None, what="persons", rows=1, sha256="")
            await work.record(loaded, LRM.person)
    whole = await city.signed_in(REGULATOR)
    code = (await launched(city, incident=incident)).code
    return whole, await embedding.embed(city.ports, LIMITS, code, PAGE)


async def last(city: City, kind: str) -> dict[str, Any]:
    async with city.store.read() as work:
        [entry] = await work.entries_before(before=None, limit=1, kinds=[kind])
    body: dict[str, Any] = json.loads(entry.body)
    return body


async def test_a_launch_and_what_comes_of_it_are_in_the_register(city: City) -> None:
    _, seen = await looking(city)
    given, opened = await last(city, "launch.given"), await last(city, "session.embedded")
    assert (given["actor"], given["person"], given["origin"]) == (LRM.person.id, REGULATOR.person.id, PAGE)
    assert (opened["actor"], opened["launched_by"]) == (REGULATOR.person.id, LRM.person.id)
    assert seen.session.view is not None
    assert given["incident"] == opened["incident"] == seen.session.view.incident


async def test_it_only_watches_and_never_counts_as_a_whole_session(city: City) -> None:
    whole, seen = await looking(city)
    actor, _ = await viewer_for(city.ports, LIMITS, seen.token)
    assert actor.roles == {Role.REGULATOR}
    assert actor.authenticated_at is None, "no recent authentication, whatever its parent proved"
    with pytest.raises(Unauthenticated):
        await actor_for(city.ports, LIMITS, seen.token)
    with pytest.raises(Unauthenticated):
        await viewer_for(city.ports, LIMITS, whole.token)
    with pytest.raises(Unauthenticated):
        city.ports.recall.actor(seen.session.id, boot_s=city.clock.boot_s())


async def test_a_code_serves_once_and_a_replay_is_recorded(city: City) -> None:
    await city.signed_in(REGULATOR)
    code = (await launched(city)).code
    await embedding.embed(city.ports, LIMITS, code, PAGE)
    with pytest.raises(Denied) as refused:
        await embedding.embed(city.ports, LIMITS, code, PAGE)
    assert refused.value.reason is Reason.LAUNCH_CODE
    assert (await last(city, "access.denied"))["reason"] == "launch_code"


async def test_a_code_is_good_for_thirty_seconds(city: City) -> None:
    await city.signed_in(REGULATOR)
    code = (await launched(city)).code
    city.clock.advance(CODE_S)
    with pytest.raises(Denied, match="launch_code"):
        await embedding.embed(city.ports, LIMITS, code, PAGE)


async def test_a_code_of_one_page_is_none_of_another_and_is_used_by_the_attempt(city: City) -> None:
    await city.signed_in(REGULATOR)
    code = (await launched(city)).code
    for origin, reason in (("https://lrm-2.chu.example", "embedding"), (PAGE, "launch_code")):
        with pytest.raises(Denied, match=reason):
            await embedding.embed(city.ports, LIMITS, code, origin)
    denied = await last(city, "access.denied")
    assert denied["action"] == "embed"


REFUSED: dict[str, tuple[dict[str, Any], Reason]] = {
    "a page that is not configured": ({"origin": "https://evil.example"}, Reason.EMBEDDING),
    "nobody": ({"subject": "nobody"}, Reason.LAUNCH_PERSON),
    "somebody who is not signed in": ({"subject": "maud"}, Reason.LAUNCH_PERSON),
    "another hospital's": ({"subject": OTHER_REGULATOR.person.subject}, Reason.LAUNCH_PERSON),
    "who may not watch": ({"subject": "andre"}, Reason.LAUNCH_PERSON),
    "no incident": ({"incident": IncidentId("inc_none")}, Reason.NOT_FOUND),
}


@pytest.mark.parametrize(("other", "reason"), REFUSED.values(), ids=REFUSED)
async def test_no_launch_for(city: City, other: dict[str, Any], reason: Reason) -> None:
    andre = actor("andre", SAMU, Role.ADMINISTRATOR)
    async with city.store.write() as work:
        loaded = InventoryLoaded(organisation=None, what="persons", rows=1, sha256="")
        await work.record(loaded, andre.person, habilitation(andre.person, Role.ADMINISTRATOR))
    for who in (REGULATOR, OTHER_REGULATOR, andre):
        await city.signed_in(who)
    with pytest.raises((Denied, NotFound)) as refused:
        await launched(city, **other)
    assert refused.value.reason is reason
    denied = await last(city, "access.denied")
    assert (denied["actor"], denied["action"]) == (LRM.person.id, "launch")
    assert "launch.given" not in await city.kinds()


async def test_no_launch_where_no_page_is_configured_nor_of_anothers_incident(city: City) -> None:
    await city.signed_in(REGULATOR)
    theirs = await city.incident(OTHER_REGULATOR)
    with pytest.raises(NotFound):
        await launched(city, incident=theirs.id)
    wanted = Wanted(subject="lea", incident=(await city.incident()).id, origin=PAGE)
    with pytest.raises(Denied, match="embedding"):
        await embedding.launch(city.ports, LIMITS, [], LRM, wanted)


async def test_a_closed_incident_is_not_launched_nor_opened(city: City) -> None:
    await city.signed_in(REGULATOR)
    incident = await city.incident()
    code = (await launched(city, incident=incident.id)).code
    await incidents.close_incident(city.ports, city.video, REGULATOR, incident.id)
    with pytest.raises(Denied, match="incident_closed"):
        await embedding.embed(city.ports, LIMITS, code, PAGE)
    with pytest.raises(Denied, match="incident_closed"):
        await launched(city, incident=incident.id)


async def test_who_signed_out_between_launch_and_page_is_not_shown(city: City) -> None:
    whole = await city.signed_in(REGULATOR)
    code = (await launched(city)).code
    await sign_out(city.ports, whole.token, SessionEnd.PERSON)
    await city.signed_in(REGULATOR)
    with pytest.raises(Denied, match="launch_person"):
        await embedding.embed(city.ports, LIMITS, code, PAGE)
    assert (await last(city, "access.denied"))["reason"] == "launch_person"


async def _signs_out(city: City, whole: Opened) -> None:
    await sign_out(city.ports, whole.token, SessionEnd.PERSON)


async def _idles(city: City, _whole: Opened) -> None:
    city.clock.advance(LIMITS.idle_s)


async def _is_withdrawn(city: City, whole: Opened) -> None:
    now = city.clock.now()
    held = replace(habilitation(whole.actor.person, Role.REGULATOR), withdrawn_at=now - timedelta(seconds=1))
    async with city.store.write() as work:
        await work.record(InventoryLoaded(organisation=None, what="one", rows=1, sha256=""), held)


async def _is_ended_by_an_administrator(city: City, whole: Opened) -> None:
    andre = replace(ADMINISTRATOR, organisation=SAMU)
    await sessions.end_all_of(city.ports, andre, whole.actor.person.id)


ENDS = {
    "logout": _signs_out,
    "idleness": _idles,
    "habilitation": _is_withdrawn,
    "administrator": _is_ended_by_an_administrator,
}


@pytest.mark.parametrize("ends", ENDS.values(), ids=ENDS)
async def test_it_ends_with(city: City, ends: Callable[[City, Opened], Awaitable[None]]) -> None:
    whole, seen = await looking(city)
    assert await present(city.ports, LIMITS, {seen.session.id})
    await ends(city, whole)
    assert await present(city.ports, LIMITS, {seen.session.id}) == {}
    with pytest.raises(Unauthenticated) as over:
        await viewer_for(city.ports, LIMITS, seen.token)
    assert over.value.reason is Reason.EMBEDDED_OVER
    with pytest.raises(Unauthenticated):
        await actor_in(city.ports, LIMITS, seen.session.id, activity=False)


async def test_looking_keeps_nobody_awake_and_who_works_goes_on_being_shown(city: City) -> None:
    whole, seen = await looking(city)
    for _ in range(3):
        city.clock.advance(LIMITS.idle_s - 60)
        await actor_for(city.ports, LIMITS, whole.token)
        await viewer_for(city.ports, LIMITS, seen.token)
    city.clock.advance(LIMITS.idle_s - 60)
    await viewer_for(city.ports, LIMITS, seen.token)
    city.clock.advance(60)
    with pytest.raises(Unauthenticated):
        await viewer_for(city.ports, LIMITS, seen.token)
    assert (await last(city, "session.closed"))["cause"] == "parent"


async def test_its_person_sees_it_among_their_sessions_and_ends_it_alone(city: City) -> None:
    whole, seen = await looking(city)
    own = await sessions.own(city.ports, LIMITS, whole.actor)
    assert {one.id for one in own} == {whole.session.id, seen.session.id}
    await sessions.end_own(city.ports, LIMITS, whole.actor, sessions.name_of(seen.session.id))
    with pytest.raises(Unauthenticated):
        await viewer_for(city.ports, LIMITS, seen.token)
    await actor_for(city.ports, LIMITS, whole.token)


async def test_closing_a_panel_ends_no_whole_session(city: City) -> None:
    whole, seen = await looking(city)
    for token in (whole.token, seen.token, "x"):
        await embedding.close(city.ports, token)
    await actor_for(city.ports, LIMITS, whole.token)
    assert (await last(city, "session.closed"))["cause"] == "closed"


async def test_it_looks_at_its_incident_and_no_other(city: City) -> None:
    grant, other = await city.grant(), await city.grant()
    for one in (grant, other):
        await hand_over(
            city.ports, city.video, REGULATOR, one.incident, Act.OFFER, holder=REGULATOR.person.id
        )
    _, seen = await looking(city, grant.incident)
    actor, view = await viewer_for(city.ports, LIMITS, seen.token)
    viewer = Viewer(actor=actor, view=view)
    room = await embedding.room(city.ports, viewer)
    assert [one.id for one in room.grants] == [grant.id]
    assert [one.id for one in room.incidents] == [grant.incident]
    assert other.id not in repr(room)
    assert other.incident not in repr(room)
    ticket = await embedding.open_ticket(city.ports, viewer, grant.id, CAMERAS[0].id)
    claim = city.ports.tickets.open(ticket.sealed, ticket.node.id)
    assert claim.session == seen.session.id
    with pytest.raises(NotFound):
        await embedding.open_ticket(city.ports, viewer, other.id, CAMERAS[0].id)


async def test_the_kill_switch_leaves_it_nothing_to_look_at(city: City) -> None:
    grant = await city.grant()
    _, seen = await looking(city, grant.incident)
    await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    actor, view = await viewer_for(city.ports, LIMITS, seen.token)
    viewer = Viewer(actor=actor, view=view)
    with pytest.raises(Expired):
        await embedding.open_ticket(city.ports, viewer, grant.id, CAMERAS[0].id)
    assert any(one.stopped for one in (await embedding.room(city.ports, viewer)).sharing)


async def test_its_ticket_opens_nothing_once_its_parent_is_gone(city: City) -> None:
    grant = await city.grant()
    whole, seen = await looking(city, grant.incident)
    actor, view = await viewer_for(city.ports, LIMITS, seen.token)
    ticket = await embedding.open_ticket(city.ports, Viewer(actor=actor, view=view), grant.id, CAMERAS[0].id)
    await sign_out(city.ports, whole.token, SessionEnd.PERSON)

    async def watcher(session: Any) -> Actor:
        return await actor_in(city.ports, LIMITS, session, activity=False)

    with pytest.raises(CrisisLinkError, match="sign_in"):
        await viewing.redeem(
            city.ports,
            watcher,
            ticket.node.id,
            ticket.sealed,
            rendition="wall",
            browser=seen.session.id,
            unsure=lambda _: None,
        )
