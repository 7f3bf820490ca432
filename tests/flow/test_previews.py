"""The police room looks before it decides: who may, at what, and everything that ends it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crisislink.core.actors import Actor
from crisislink.core.cameras import PrivacyMask
from crisislink.core.errors import (
    Conflict,
    CrisisLinkError,
    Denied,
    Expired,
    Invalid,
    NotFound,
    Reason,
    Unavailable,
)
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import EndCause
from crisislink.core.ids import CameraId, RequestId, SessionId
from crisislink.core.previews import PREVIEW_S, Preview
from crisislink.core.requests import AccessRequest, RefusalReason
from crisislink.core.suspension import SuspendCause
from crisislink.flow import (
    authority,
    decisions,
    endings,
    incidents,
    live,
    previews,
    requests,
    reviews,
    suspensions,
    viewing,
)
from crisislink.flow.ports import ViewPermit
from crisislink.flow.recall import CAUGHT_UP_S
from tests.city import NODE, City, asking
from tests.flow.test_forced import PATIENCE_S, locked
from tests.samples import (
    ADMINISTRATOR,
    AUDITOR,
    CAMERAS,
    OPERATOR,
    OTHER_SUPERVISOR,
    REGULATOR,
    SAMU_SUPERVISOR,
    SUPERVISOR,
)

CAMERA, OTHER = CAMERAS[0].id, CAMERAS[1].id


async def _opened(city: City, who: Actor = SUPERVISOR) -> tuple[Preview, AccessRequest, str]:
    request = await city.request()
    preview, ticket = await previews.open_preview(city.ports, who, request.id, CAMERA)
    return preview, request, ticket.sealed


async def _redeem(city: City, sealed: str, who: Actor = SUPERVISOR) -> ViewPermit:
    async def watcher_of(_session: SessionId) -> Actor:
        return who

    return await viewing.redeem(
        city.ports,
        watcher_of,
        NODE,
        sealed,
        rendition="wall",
        browser=who.session,
        unsure=lambda _permit: None,
    )


async def _now(city: City, preview: Preview) -> Preview:
    async with city.store.read() as work:
        return await work.preview(preview.id)


async def _facts(city: City, kind: str) -> list[dict[str, Any]]:
    async with city.store.read() as work:
        return [json.loads(e.body) for e in await work.entries(after=0, limit=1_000, kinds=[kind])]


async def _mask(city: City, mask: PrivacyMask | None) -> None:
    async with city.store.write() as work:
        camera = await work.camera(CAMERA)
        changed = replace(camera, mask=mask, version=camera.version + 1)
        await work.record(InventoryLoaded(organisation=None, what="masks", rows=1, sha256="0"), changed)


@pytest.mark.parametrize("who", [SUPERVISOR, OPERATOR])
async def test_it_is_in_the_register_and_gives_what_the_hospital_would_get_marked_with_who_looks(
    city: City, who: Actor
) -> None:
    preview, request, sealed = await _opened(city, who)
    [entry] = await _facts(city, "preview.opened")
    assert (entry["request"], entry["camera"], entry["actor"]) == (request.id, CAMERA, who.person.id)
    assert "beneficiary" not in entry, "the hospital is no party to it"
    permit = await _redeem(city, sealed, who)
    assert (permit.grant, permit.camera, permit.person) == (preview.id, CAMERA, who.person.id)
    given = await viewing.lease(city.ports, preview.id, CAMERA, None)
    assert (given.remaining_ms, given.ends_in_ms) == (5_000, PREVIEW_S * 1_000)
    brief = await viewing.brief(city.ports, preview.id, CAMERA)
    mask = CAMERAS[0].mask
    assert mask is not None
    assert (brief.mask, given.mask) == (mask, mask.version)
    assert (brief.person_label, brief.organisation_label) == (who.person.display_name, "APERÇU CIC")
    assert brief.grant_ref == preview.ref


async def test_it_is_no_access_nobody_else_sees_that_it_is(city: City) -> None:
    preview, request, _ = await _opened(city)
    assert [one.id for one in (await live.room(city.ports, OPERATOR)).previews] == [preview.id]
    for who in (REGULATOR, OTHER_SUPERVISOR):
        assert (await live.room(city.ports, who)).previews == []
    told = {who: (await live.since(city.ports, who, 0, limit=1_000))[1] for who in (REGULATOR, SUPERVISOR)}
    assert [one.preview for one in told[SUPERVISOR] if one.kind == "preview.opened"] == [preview]
    assert not [one for one in told[REGULATOR] if one.kind.startswith("preview.")]
    async with city.store.read() as work:
        assert (await work.viewings(open_only=False), await work.grants(live_only=False)) == ([], [])
    seen = await reviews.read(city.ports, REGULATOR, request.incident)
    assert "pv_" not in repr(seen)


@pytest.mark.parametrize("who", [REGULATOR, SAMU_SUPERVISOR, AUDITOR, ADMINISTRATOR, OTHER_SUPERVISOR])
async def test_nobody_but_the_police_of_the_camera_s_owner_opens_one(city: City, who: Actor) -> None:
    request = await city.request()
    with pytest.raises(Denied):
        await previews.open_preview(city.ports, who, request.id, CAMERA)
    assert (await city.kinds())[-1] == "access.denied"
    async with city.store.read() as work:
        assert await work.previews() == []


async def _decided(city: City, request: AccessRequest) -> None:
    await decisions.refuse(city.ports, SUPERVISOR, request.id, RefusalReason.OTHER, version=1)


async def _lapsed(city: City, request: AccessRequest) -> None:
    city.clock.advance((request.lapses_at - city.clock.now()).total_seconds())


async def _unmasked(city: City, _request: AccessRequest) -> None:
    await _mask(city, None)


async def _unvalidated(city: City, _request: AccessRequest) -> None:
    mask = CAMERAS[0].mask
    assert mask is not None
    await _mask(city, replace(mask, validated_by=None, validated_at=None))


async def _held_back(city: City, _request: AccessRequest) -> None:
    await suspensions.hold_back(city.ports, city.video, OPERATOR, CAMERA, moved=True)


@pytest.mark.parametrize(
    ("happens", "refusal", "reason"),
    [
        (_decided, Conflict, Reason.ALREADY_DECIDED),
        (_lapsed, Expired, Reason.REQUEST_LAPSED),
        (_unmasked, Denied, Reason.MASK_MISSING),
        (_unvalidated, Denied, Reason.MASK_UNVALIDATED),
        (_held_back, Denied, Reason.CAMERA_SUSPENDED),
    ],
)
async def test_what_cannot_be_shown_is_refused_with_the_reason(
    city: City,
    happens: Callable[[City, AccessRequest], Awaitable[None]],
    refusal: type[CrisisLinkError],
    reason: Reason,
) -> None:
    request = await city.request()
    await happens(city, request)
    with pytest.raises(refusal) as refused:
        await previews.open_preview(city.ports, SUPERVISOR, request.id, CAMERA)
    assert refused.value.reason is reason
    assert await _facts(city, "preview.opened") == []


async def test_only_what_is_asked_for_is_seen_and_only_of_a_store_and_a_node_that_answer(city: City) -> None:
    request = await city.request()
    with pytest.raises(Invalid) as refused:
        await previews.open_preview(city.ports, SUPERVISOR, request.id, CAMERAS[5].id)
    assert refused.value.reason is Reason.CAMERAS_NOT_REQUESTED
    for wrong in (RequestId("req_0"), request.id):
        with pytest.raises(NotFound):
            await previews.open_preview(city.ports, SUPERVISOR, wrong, CameraId("cam_999"))
    nobody = replace(SUPERVISOR, session=None)
    city.ports.recall.store_silent()
    city.ports.recall.store_answered(boot_s=city.clock.boot_s())
    for who, expected in ((nobody, Reason.SIGN_IN), (SUPERVISOR, Reason.STORE)):
        with pytest.raises(CrisisLinkError) as failed:
            await previews.open_preview(city.ports, who, request.id, CAMERA)
        assert failed.value.reason is expected
    city.clock.advance(CAUGHT_UP_S)
    await city.ports.presence.withdraw(NODE)
    with pytest.raises(CrisisLinkError) as failed:
        await previews.open_preview(city.ports, SUPERVISOR, request.id, CAMERA)
    assert failed.value.reason is Reason.NO_NODE


async def _approves(city: City, request: AccessRequest) -> None:
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=1)
    await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)


async def _withdraws(city: City, request: AccessRequest) -> None:
    await requests.withdraw(city.ports, REGULATOR, request.id)


async def _closes(city: City, request: AccessRequest) -> None:
    await incidents.close_incident(city.ports, city.video, REGULATOR, request.incident)


async def _stops(city: City, _request: AccessRequest) -> None:
    await endings.stop_sharing(city.ports, city.video, SUPERVISOR)


async def _expires(city: City, _request: AccessRequest) -> None:
    city.clock.advance(PREVIEW_S)
    await city.clock_works()


async def _loses_its_mask(city: City, request: AccessRequest) -> None:
    await _unvalidated(city, request)
    await city.clock_works()


async def _is_restored(city: City, _request: AccessRequest) -> None:
    await authority.believe_clock(city.ports)


async def _looks_elsewhere(city: City, request: AccessRequest) -> None:
    await previews.open_preview(city.ports, SUPERVISOR, request.id, OTHER)


async def _loses_its_node(city: City, _request: AccessRequest) -> None:
    await city.ports.presence.withdraw(NODE)
    await viewing.close_lost(city.ports)


@pytest.mark.parametrize(
    ("happens", "cause"),
    [
        (_approves, "approved"),
        (_decided, "refused"),
        (_withdraws, "withdrawn"),
        (_closes, "withdrawn"),
        (_stops, "sharing_stopped"),
        (_expires, "expired"),
        (_held_back, "camera_moved"),
        (_loses_its_mask, "mask_invalid"),
        (_is_restored, "restored"),
        (_looks_elsewhere, "replaced"),
        (_loses_its_node, "lost"),
    ],
)
async def test_it_ends_with_what_it_rests_on_once_for_good_and_its_node_hears_of_it(
    city: City, happens: Callable[[City, AccessRequest], Awaitable[None]], cause: str
) -> None:
    preview, request, sealed = await _opened(city)
    permit = await _redeem(city, sealed)
    held = await viewing.lease(city.ports, preview.id, CAMERA, None)
    seen = (await viewing.changes(city.ports, -1)).newest
    await happens(city, request)
    over = await _now(city, preview)
    assert (over.cause, over.ended_at) == (cause, city.clock.now())
    assert preview.id in (await viewing.changes(city.ports, seen)).changed
    with pytest.raises(Expired):
        await viewing.lease(city.ports, preview.id, CAMERA, held.epoch)
    with pytest.raises(Expired):
        await viewing.brief(city.ports, preview.id, CAMERA)
    with pytest.raises(Expired):
        await viewing.check_watching(city.ports, SUPERVISOR, permit)
    await viewing.end_viewings(city.ports, [viewing.Look(permit, 9, "left")])
    assert await _now(city, preview) == over
    ended = [one for one in await _facts(city, "preview.ended") if one["preview"] == preview.id]
    assert [(one["cause"], one["frames"], one["actor"]) for one in ended] == [
        (cause, None, SUPERVISOR.person.id)
    ]


async def test_a_request_about_to_lapse_has_no_longer_preview_than_itself(city: City) -> None:
    request = await city.request()
    city.clock.advance((request.lapses_at - city.clock.now()).total_seconds() - 7)
    preview, _ = await previews.open_preview(city.ports, SUPERVISOR, request.id, CAMERA)
    assert preview.ends_at == request.lapses_at
    city.clock.advance(7)
    await city.clock_works()
    assert (await _now(city, preview)).cause in {"lapsed", "expired"}
    assert (await city.kinds()).count("preview.ended") == 1


async def test_a_lease_goes_by_its_own_clock_epoch_and_camera(city: City) -> None:
    preview, _, _ = await _opened(city)
    for camera, epoch in ((OTHER, None), (CAMERA, 2)):
        with pytest.raises(CrisisLinkError):
            await viewing.lease(city.ports, preview.id, camera, epoch)
    city.clock.advance(PREVIEW_S - 2)
    assert (await viewing.lease(city.ports, preview.id, CAMERA, 1)).remaining_ms == 2_000
    city.clock.advance(2)
    with pytest.raises(Expired):
        await viewing.lease(city.ports, preview.id, CAMERA, 1)


async def test_who_hears_nobody_shows_it_no_longer_once_the_store_takes_nothing_either(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview, _, _ = await _opened(city)

    async def leased() -> bool:
        try:
            await viewing.lease(city.ports, preview.id, CAMERA, None)
        except Unavailable:
            return False
        return True

    monkeypatch.setattr(type(city.ports.bus), "degraded", True)
    assert await leased(), "it was just opened"
    city.clock.advance(city.ports.limits.lease_s)
    assert not await leased(), "nothing was written since: nor could its end be"
    async with city.store.read() as work:
        known, seen = await work.authority(), await work.previews()
    await authority.note_time(city.ports, known, [], [], seen)
    assert await leased(), "no grant lives, and yet the store is told how late it is"


async def test_the_person_s_socket_ends_it_with_the_pictures_they_got(city: City) -> None:
    preview, _, sealed = await _opened(city)
    permit = await _redeem(city, sealed)
    await viewing.end_viewings(city.ports, [viewing.Look(permit, 250, "left")])
    [entry] = await _facts(city, "preview.ended")
    assert (entry["frames"], entry["cause"]) == (250, "left")
    assert (await _now(city, preview)).ended_at == city.clock.now()


async def test_its_ticket_is_its_person_s_in_that_session_once(city: City) -> None:
    _, _, sealed = await _opened(city)
    with pytest.raises(Denied) as refused:
        await _redeem(city, sealed, replace(OPERATOR, session=SUPERVISOR.session))
    assert refused.value.reason is Reason.TICKET
    with pytest.raises(Denied):
        await _redeem(city, sealed)
    preview, _, sealed = await _opened(city)
    await _redeem(city, sealed)
    with pytest.raises(Denied):
        await _redeem(city, sealed)
    with pytest.raises(NotFound):
        await viewing.open_ticket(city.ports, SUPERVISOR, preview.id, CAMERA)


async def test_who_lost_their_role_or_is_somebody_else_looks_no_longer(city: City) -> None:
    _, _, sealed = await _opened(city)
    permit = await _redeem(city, sealed)
    assert await viewing.may_go_on(city.ports, {}, [permit]) == set(), "each is asked about alone"
    await viewing.check_watching(city.ports, SUPERVISOR, permit)
    for who in (replace(SUPERVISOR, roles=frozenset()), OPERATOR):
        with pytest.raises(Denied):
            await viewing.check_watching(city.ports, who, permit)


async def test_the_kill_switch_cuts_it_before_the_store_answers_and_gives_it_no_lease_meanwhile(
    city: City,
) -> None:
    preview, _, _ = await _opened(city)
    with locked(city):
        stopping = asyncio.create_task(endings.stop_sharing(city.ports, city.video, SUPERVISOR))
        async with asyncio.timeout(PATIENCE_S):
            while not city.video.cuts:
                await asyncio.sleep(0.005)
        assert city.video.cuts == [(preview.id, frozenset({CAMERA}), EndCause.SHARING_STOPPED)]
        with pytest.raises(Expired):
            await viewing.lease(city.ports, preview.id, CAMERA, None)
        await stopping
    assert (await _now(city, preview)).ended_at is None, "not recorded yet, dark all the same"


async def test_a_camera_that_moves_is_cut_before_the_store_answers(city: City) -> None:
    preview, _, _ = await _opened(city)
    with locked(city):
        moving = asyncio.create_task(suspensions.camera_moved(city.ports, city.video, CAMERA))
        async with asyncio.timeout(PATIENCE_S):
            while not city.video.cuts:
                await asyncio.sleep(0.005)
        assert city.video.cuts == [(preview.id, frozenset({CAMERA}), SuspendCause.CAMERA_MOVED)]
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)


async def test_another_request_s_decision_and_another_person_s_press_end_nothing(city: City) -> None:
    preview, _, _ = await _opened(city)
    other = await requests.submit(city.ports, REGULATOR, asking(await city.incident(), [OTHER]), None)
    await previews.open_preview(city.ports, OPERATOR, other.id, OTHER)
    await _decided(city, other)
    assert (await _now(city, preview)).ended_at is None
    assert preview.ends_at - preview.opened_at == timedelta(seconds=PREVIEW_S)
    assert [one["camera"] for one in await _facts(city, "preview.ended")] == [OTHER]
