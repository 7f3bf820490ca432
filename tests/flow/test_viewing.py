"""Watching: tickets are asked about twice, leases stop with the grant, each look is in the register."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from crisislink.core.actors import Actor, Role
from crisislink.core.errors import Denied, Expired, NotFound, Reason, Unauthenticated, Unavailable
from crisislink.core.events import CameraFailed
from crisislink.core.grants import GrantState
from crisislink.core.ids import CameraId, GrantId, NodeId, SessionId
from crisislink.flow import endings, viewing
from crisislink.flow.ports import Store, UnitOfWork, Viewing, ViewPermit
from crisislink.flow.recall import CAUGHT_UP_S
from tests.city import NODE, City, node_presence
from tests.flow.test_forced import locked
from tests.samples import (
    ADMINISTRATOR,
    CAMERAS,
    OPERATOR,
    OTHER_REGULATOR,
    REGULATOR,
    SAMU,
    SUPERVISOR,
    actor,
)

CAMERA = CAMERAS[0].id


async def _ticket(city: City) -> tuple[GrantId, str]:
    grant = await city.grant()
    return grant.id, (await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)).sealed


async def _redeem(
    city: City,
    ticket: str,
    *,
    rendition: str = "focus",
    who: Actor = REGULATOR,
    node: NodeId = NODE,
    unsure: list[ViewPermit] | None = None,
) -> ViewPermit:
    async def watcher_of(session: SessionId) -> Actor:
        assert session == REGULATOR.session
        return who

    browser, forgone = who.session or SessionId(""), unsure if unsure is not None else []
    return await viewing.redeem(
        city.ports, watcher_of, node, ticket, rendition=rendition, browser=browser, unsure=forgone.append
    )


async def _permit(city: City) -> ViewPermit:
    _, ticket = await _ticket(city)
    return await _redeem(city, ticket)


async def _viewings(city: City) -> list[Viewing]:
    async with city.store.read() as work:
        return list(await work.viewings(open_only=False))


async def _last_refusal(city: City) -> tuple[str, str]:
    async with city.store.read() as work:
        [entry] = await work.entries_before(before=None, limit=1)
    body = json.loads(entry.body)
    assert entry.kind == "access.denied"
    return body["action"], body["reason"]


async def test_a_redeemed_ticket_is_a_recorded_viewing(city: City) -> None:
    grant, ticket = await _ticket(city)
    permit = await _redeem(city, ticket, rendition="wall")
    assert (permit.grant, permit.camera, permit.person) == (grant, CAMERA, REGULATOR.person.id)
    [seen] = await _viewings(city)
    assert (seen.id, seen.rendition, seen.ended_at, seen.session) == (
        permit.viewing,
        "wall",
        None,
        REGULATOR.session,
    )
    assert (await city.kinds())[-1] == "viewing.started"


async def test_a_ticket_is_good_once(city: City) -> None:
    _, ticket = await _ticket(city)
    await _redeem(city, ticket)
    with pytest.raises(Denied) as refused:
        await _redeem(city, ticket)
    assert refused.value.reason is Reason.TICKET
    assert await _last_refusal(city) == ("view.start", "ticket")
    assert len(await _viewings(city)) == 1


async def test_a_ticket_is_good_for_thirty_seconds(city: City) -> None:
    _, ticket = await _ticket(city)
    city.clock.advance(viewing.TICKET_S + 1)
    with pytest.raises(Denied) as refused:
        await _redeem(city, ticket)
    assert refused.value.reason is Reason.TICKET


@pytest.mark.parametrize(
    "thief",
    [
        replace(REGULATOR, session=SessionId("ses_other")),
        replace(actor("zoe", SAMU, Role.REGULATOR), session=REGULATOR.session),
        replace(REGULATOR, session=None),
    ],
    ids=["another session", "another person", "no session"],
)
async def test_a_ticket_is_bound_to_session_and_person_and_is_spent_by_a_thief(
    city: City, thief: Actor
) -> None:
    _, ticket = await _ticket(city)
    with pytest.raises(Denied) as refused:
        await _redeem(city, ticket, who=thief)
    assert refused.value.reason is Reason.TICKET
    with pytest.raises(Denied):
        await _redeem(city, ticket)
    assert await _viewings(city) == []


async def test_one_person_looks_at_one_camera_at_so_many_screens(city: City) -> None:
    grant, most = await city.grant(), city.ports.limits.looks_max
    for n in range(most + 1):
        sealed = (await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)).sealed
        if n < most:
            permit = await _redeem(city, sealed)
        else:
            with pytest.raises(Unavailable) as refused:
                await _redeem(city, sealed)
            assert refused.value.reason is Reason.TOO_MANY
    await viewing.end_viewings(city.ports, [viewing.Look(permit, 0, "left")])
    sealed = (await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)).sealed
    await _redeem(city, sealed)


async def test_a_revocation_between_ticket_and_socket_leaves_no_viewing(city: City) -> None:
    grant, ticket = await _ticket(city)
    await endings.revoke(city.ports, city.video, SUPERVISOR, grant, (CAMERA,), preempt=False)
    with pytest.raises(Expired):
        await _redeem(city, ticket)
    assert await _last_refusal(city) == ("view.start", "grant_over")
    assert await _viewings(city) == []


@pytest.mark.parametrize("who", [OTHER_REGULATOR, SUPERVISOR, OPERATOR, ADMINISTRATOR])
async def test_only_the_hospital_of_the_grant_gets_a_ticket(city: City, who: object) -> None:
    grant = await city.grant()
    with pytest.raises(Denied):
        await viewing.open_ticket(city.ports, who, grant.id, CAMERA)  # type: ignore[arg-type]
    assert (await _last_refusal(city))[0] == "ticket.open"


async def test_no_ticket_without_a_browser_session(city: City) -> None:
    grant = await city.grant()
    with pytest.raises(Unauthenticated):
        await viewing.open_ticket(city.ports, replace(REGULATOR, session=None), grant.id, CAMERA)


async def test_no_ticket_for_a_camera_outside_the_grant_or_after_its_end(city: City) -> None:
    grant = await city.grant(minutes=10)
    with pytest.raises(NotFound):
        await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERAS[5].id)
    city.clock.advance(600)
    with pytest.raises(Expired):
        await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)


async def test_the_first_lease_activates_the_grant_once(city: City) -> None:
    grant = await city.grant()
    first = await viewing.lease(city.ports, grant.id, CAMERA, None)
    again = await viewing.lease(city.ports, grant.id, CAMERA, first.epoch)
    other = await viewing.lease(city.ports, grant.id, CAMERAS[1].id, None)
    assert first.remaining_ms == again.remaining_ms == other.remaining_ms == 5_000
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).state is GrantState.ACTIVE
    assert (await city.kinds()).count("grant.activated") == 1


async def test_a_lease_never_goes_past_the_end_and_an_ended_view_has_none(city: City) -> None:
    grant = await city.grant(minutes=10)
    city.clock.advance(598)
    assert (await viewing.lease(city.ports, grant.id, CAMERA, None)).remaining_ms == 2_000
    await endings.revoke(city.ports, city.video, SUPERVISOR, grant.id, (CAMERA,), preempt=False)
    with pytest.raises(Expired):
        await viewing.lease(city.ports, grant.id, CAMERA, 1)
    with pytest.raises(Expired):
        await viewing.brief(city.ports, grant.id, CAMERA)
    assert (await viewing.lease(city.ports, grant.id, CAMERAS[1].id, 1)).epoch == 1


async def test_a_camera_whose_mask_is_no_longer_valid_gets_neither_lease_nor_brief(city: City) -> None:
    grant = await city.grant()
    async with city.store.write() as work:
        camera = await work.camera(CAMERA)
        assert camera.mask is not None
        moved = replace(
            camera,
            mask=replace(camera.mask, validated_by=None, validated_at=None),
            version=camera.version + 1,
        )
        await work.record(CameraFailed(owner=camera.owner, camera=camera.id, fault="mask"), moved)
    for attempt in (
        viewing.lease(city.ports, grant.id, CAMERA, None),
        viewing.brief(city.ports, grant.id, CAMERA),
        viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA),
    ):
        with pytest.raises(Denied) as refused:
            await attempt
        assert refused.value.reason is Reason.MASK_UNVALIDATED


async def test_the_brief_names_who_watches(city: City) -> None:
    grant = await city.grant()
    brief = await viewing.brief(city.ports, grant.id, CAMERA)
    assert (brief.organisation_label, brief.grant_ref, brief.camera_label) == (
        "SAMU 31",
        grant.ref,
        "1 Rue n° 1",
    )
    assert brief.source.main.reveal() == "rtsp://u:p@127.0.0.1:1/1"
    assert "u:p" not in repr(brief)


async def test_a_viewing_ends_once(city: City) -> None:
    permit = await _permit(city)
    left, again = viewing.Look(permit, 250, "left"), viewing.Look(permit, 999, "again")
    await viewing.end_viewings(city.ports, [left, again])
    await viewing.end_viewings(city.ports, [again])
    [seen] = await _viewings(city)
    assert (seen.frames, seen.cause, seen.ended_at) == (250, "left", city.clock.now())
    assert (await city.kinds()).count("viewing.ended") == 1


async def test_looks_that_end_together_are_one_transaction(city: City) -> None:
    permits = [await _permit(city) for _ in range(3)]
    before = len(await city.kinds())
    await viewing.end_viewings(city.ports, [viewing.Look(p, 1, "revoked") for p in permits])
    assert (await city.kinds())[before:] == ["viewing.ended"] * 3
    assert {v.ended_at for v in await _viewings(city)} == {city.clock.now()}


async def test_viewings_of_a_node_that_is_gone_are_closed_as_lost(city: City) -> None:
    await _permit(city)
    await _permit(city)
    assert await viewing.close_lost(city.ports) == 0
    await city.ports.presence.withdraw(NODE)
    assert await viewing.close_lost(city.ports) == 2
    assert await viewing.close_lost(city.ports) == 0
    assert {v.cause for v in await _viewings(city)} == {"lost"}


async def test_grants_that_are_new_or_changed_are_told_from_other_entries(city: City) -> None:
    seen = (await viewing.changes(city.ports, -1)).newest
    grant = await city.grant()
    told = await viewing.changes(city.ports, seen)
    assert (told.changed, told.new) == (frozenset(), frozenset({grant.id}))
    await endings.revoke(city.ports, city.video, SUPERVISOR, grant.id, (CAMERA,), preempt=False)
    told = await viewing.changes(city.ports, told.newest)
    assert (told.changed, told.new) == (frozenset({grant.id}), frozenset())
    assert await viewing.changes(city.ports, told.newest) == viewing.Changes(told.newest)


async def test_a_ticket_names_the_node_that_carries_the_camera_and_no_other_opens_it(city: City) -> None:
    other = NodeId("node_2")
    await city.ports.presence.announce(node_presence(other, "https://two.example"), ttl_s=1e9)
    grant = await city.grant()
    first = await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)
    second = await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA, avoid=[first.node.id])
    assert {first.node.id, second.node.id} == {NODE, other}
    assert list(await viewing.to_warm(city.ports, grant.id, first.node.id)).count(CAMERA) == 1
    assert CAMERA not in await viewing.to_warm(city.ports, grant.id, second.node.id)
    with pytest.raises(Denied):
        await _redeem(city, first.sealed, node=second.node.id)
    assert (await _redeem(city, first.sealed, node=first.node.id)).camera == CAMERA


async def test_without_a_media_node_the_person_is_told(city: City) -> None:
    grant = await city.grant()
    await city.ports.presence.withdraw(NODE)
    with pytest.raises(Unavailable) as refused:
        await viewing.open_ticket(city.ports, REGULATOR, grant.id, CAMERA)
    assert refused.value.reason is Reason.NO_NODE


async def test_a_node_with_a_stale_epoch_gets_nothing_and_is_recorded(city: City) -> None:
    grant = await city.grant()
    held = (await viewing.lease(city.ports, grant.id, CAMERA, None)).epoch
    for wrong in (held - 1, held + 1):
        with pytest.raises(Denied) as refused:
            await viewing.lease(city.ports, grant.id, CAMERA, wrong)
        assert refused.value.reason is Reason.STALE_EPOCH
    assert (await city.kinds()).count("access.denied") == 2


async def test_encoder_epochs_grow_and_camera_faults_are_recorded(city: City) -> None:
    first, second = [await viewing.encoder_epoch(city.ports) for _ in range(2)]
    assert second > first
    await viewing.camera_failed(city.ports, CAMERA, "unreachable")
    await viewing.camera_recovered(city.ports, CAMERA)
    assert (await city.kinds())[-2:] == ["camera.failed", "camera.recovered"]
    with pytest.raises(NotFound):
        await viewing.camera_failed(city.ports, CameraId("cam_999"), "unreachable")


class _LosesAnswers:
    """Commits, and the answer does not come."""

    def __init__(self, store: Store) -> None:
        self.read, self._store = store.read, store

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        async with self._store.write() as work:
            yield work
        raise Unavailable


async def test_a_viewing_whose_answer_was_lost_is_ended_for_nobody_looks(city: City) -> None:
    _, ticket = await _ticket(city)
    unsure: list[ViewPermit] = []
    there = replace(city, ports=replace(city.ports, store=_LosesAnswers(city.store)))
    with pytest.raises(Unavailable):
        await _redeem(there, ticket, unsure=unsure)
    [permit] = unsure
    await viewing.end_viewings(city.ports, [viewing.Look(permit, 0, "not_started")])
    [seen] = await _viewings(city)
    assert (seen.ended_at is not None, seen.cause) == (True, "not_started")


async def test_who_the_register_says_does_not_look_begins_anew(city: City) -> None:
    """Their node was taken for lost while it showed pictures: the store took no entries for a while."""
    permit = await _permit(city)
    assert REGULATOR.session is not None
    actors = {REGULATOR.session: REGULATOR}
    assert await viewing.may_go_on(city.ports, actors, [permit]) == {permit}
    await viewing.check_watching(city.ports, REGULATOR, permit)
    await viewing.end_viewings(city.ports, [viewing.Look(permit, 0, "lost")])
    assert await viewing.may_go_on(city.ports, actors, [permit]) == set()
    with pytest.raises(Expired):
        await viewing.check_watching(city.ports, REGULATOR, permit)


async def test_after_a_silence_of_the_store_no_ticket_in_hand_opens_before_the_cuts_are_recorded(
    city: City,
) -> None:
    _, ticket = await _ticket(city)
    city.ports.recall.store_silent()
    with pytest.raises(Unavailable):
        await _redeem(city, ticket)
    city.ports.recall.store_answered(boot_s=city.clock.boot_s())
    with pytest.raises(Unavailable):
        await _redeem(city, ticket)
    city.clock.advance(CAUGHT_UP_S)
    assert (await _redeem(city, ticket)).camera == CAMERA


async def test_more_looks_than_one_transaction_takes_are_ended_in_several(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "_TOGETHER", 2)
    permits = [await _permit(city) for _ in range(5)]
    await viewing.end_viewings(city.ports, [viewing.Look(p, 3, "closed") for p in permits[:3]])
    unknown = replace(permits[4], grant=GrantId("gr_restored_away"))
    await viewing.end_viewings(city.ports, [viewing.Look(unknown, 3, "closed")])
    await city.ports.presence.withdraw(NODE)
    assert await viewing.close_lost(city.ports) == 2
    assert [(v.cause, v.frames) for v in await _viewings(city)].count(("closed", 3)) == 3
    assert all(v.ended_at for v in await _viewings(city))


async def test_who_may_look_no_longer_is_told_so_though_the_store_takes_no_entry(city: City) -> None:
    permit, gone = await _permit(city), replace(REGULATOR, roles=frozenset())
    with locked(city), pytest.raises(Denied):
        await viewing.check_watching(city.ports, gone, permit)
    with pytest.raises(Denied):
        await viewing.check_watching(city.ports, gone, permit)
    assert (await _last_refusal(city))[0] == "view.go_on"
