"""The story on a real store: each step writes its transition and its register entry, or nothing."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from crisislink.core.errors import Conflict, Denied, Expired, Invalid, NotFound, Reason
from crisislink.core.events import InventoryLoaded
from crisislink.core.geo import Position
from crisislink.core.grants import EndCause, GrantState
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.legal import Purpose
from crisislink.core.requests import RefusalReason, RequestState
from crisislink.flow import decisions, endings, health, incidents, live, register, requests, search, viewing
from crisislink.flow.commands import Command
from tests.city import City, asking
from tests.samples import (
    ADMINISTRATOR,
    AUDITOR,
    BASIS,
    CAMERAS,
    OPERATOR,
    OTHER_REGULATOR,
    OTHER_SUPERVISOR,
    REGULATOR,
    SUPERVISOR,
    T0,
)


async def test_from_incident_to_end_every_step_is_in_the_register(city: City) -> None:
    grant = await city.grant()
    ended = await endings.revoke(city.ports, city.video, SUPERVISOR, grant.id, None, preempt=False)
    assert ended.state is GrantState.ENDED
    assert city.video.cuts == [(grant.id, frozenset(v.camera for v in grant.views), EndCause.REVOKED)]
    assert await city.kinds() == [
        "incident.opened",
        "request.submitted",
        "request.approved",
        "grant.ending",
        "grant.ended",
    ]
    assert (await register.verify(city.store)).holds


async def test_incident_numbers_count_within_hospital_and_year(city: City) -> None:
    first, second = await city.incident(), await city.incident()
    other = await city.incident(OTHER_REGULATOR)
    assert [first.number, second.number, other.number] == ["2026-0001", "2026-0002", "2026-0001"]


async def test_a_partial_approval_narrows_cameras_and_time(city: City) -> None:
    request = await city.request(minutes=20)
    approval = decisions.Approval(cameras=request.cameras[:1], duration_s=300, version=request.version)
    grant = await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert grant.open_cameras == request.cameras[:1]
    assert (grant.ends_at - T0).total_seconds() == 300


@pytest.mark.parametrize(
    ("cameras", "duration_s", "reason"),
    [
        ((), 300, Reason.CAMERAS_EMPTY),
        ((CAMERAS[4].id,), 300, Reason.CAMERAS_NOT_REQUESTED),
        ((CAMERAS[0].id,), 601, Reason.DURATION),
        ((CAMERAS[0].id,), 59, Reason.DURATION),
    ],
)
async def test_an_approval_never_widens(
    city: City, cameras: tuple[CameraId, ...], duration_s: int, reason: Reason
) -> None:
    request = await city.request(minutes=10)
    approval = decisions.Approval(cameras=cameras, duration_s=duration_s, version=request.version)
    with pytest.raises(Invalid) as refused:
        await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert refused.value.reason is reason
    assert "request.approved" not in await city.kinds()


async def test_the_first_decision_wins(city: City) -> None:
    request = await city.request()
    await decisions.refuse(
        city.ports, SUPERVISOR, request.id, RefusalReason.POLICE_OPERATION, version=request.version
    )
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    with pytest.raises(Conflict) as late:
        await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert late.value.reason is Reason.ALREADY_DECIDED


async def test_only_the_kill_switch_refuses_by_the_kill_switch(city: City) -> None:
    request = await city.request()
    with pytest.raises(Invalid):
        await decisions.refuse(
            city.ports, SUPERVISOR, request.id, RefusalReason.SHARING_STOPPED, version=request.version
        )


async def test_the_same_command_twice_acts_once(city: City) -> None:
    incident = await city.incident()
    command = Command("key-1", "digest-1")
    new = asking(incident, [CAMERAS[0].id])
    first = await requests.submit(city.ports, REGULATOR, new, command)
    again = await requests.submit(city.ports, REGULATOR, new, command)
    assert again == first
    assert (await city.kinds()).count("request.submitted") == 1
    with pytest.raises(Conflict) as reused:
        await requests.submit(city.ports, REGULATOR, new, Command("key-1", "other"))
    assert reused.value.reason is Reason.IDEMPOTENCY


async def denied(city: City) -> list[tuple[str, str]]:
    """What the register says of refused attempts."""
    async with city.store.read() as work:
        entries = await work.entries(after=0, limit=1_000, kinds=["access.denied"])
    bodies = [json.loads(e.body) for e in entries]
    return [(b["action"], b["reason"]) for b in bodies]


async def test_each_refused_attempt_is_recorded_with_its_reason(city: City) -> None:
    request, incident = await city.request(), await city.incident()
    grant = await city.grant()
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    attempts = [
        (incidents.open_incident, (city.ports, SUPERVISOR, None, None), Denied),
        (requests.submit, (city.ports, OTHER_REGULATOR, asking(incident, [CAMERAS[0].id]), None), Denied),
        (requests.submit, (city.ports, REGULATOR, asking(incident, [CameraId("cam_x")]), None), NotFound),
        (requests.withdraw, (city.ports, OTHER_REGULATOR, request.id), Denied),
        (endings.revoke, (city.ports, city.video, REGULATOR, grant.id, None), Denied),
        (endings.release, (city.ports, city.video, SUPERVISOR, grant.id, None), Denied),
        (endings.stop_sharing, (city.ports, city.video, OPERATOR), Denied),
        (search.cameras, (city.ports, ADMINISTRATOR), Denied),
        (live.room, (city.ports, AUDITOR), Denied),
        (register.verification, (city.ports, SUPERVISOR), Denied),
    ]
    for step, arguments, error in attempts:
        more = {"preempt": False} if step is endings.revoke else {}
        with pytest.raises(error):
            await step(*arguments, **more)  # type: ignore[operator]
    for who in (REGULATOR, OPERATOR, OTHER_SUPERVISOR):
        with pytest.raises(Denied):
            await decisions.approve(city.ports, who, request.id, approval, command=None)
    reasons = await denied(city)
    assert len(reasons) == len(attempts) + 3
    assert ("request.approve", "self_approval") in reasons
    assert ("request.approve", "other_organisation") in reasons
    assert city.video.cuts == []


@pytest.mark.parametrize(
    ("place", "purpose", "reason"),
    [
        (Position(48.85, 2.35), Purpose.RESCUE, Reason.OUTSIDE_LEGAL_BASIS),
        (Position(43.61, 1.45), Purpose.TRAFFIC, Reason.PURPOSE_NOT_COVERED),
    ],
)
async def test_without_a_covering_act_nothing_is_asked(
    city: City, place: Position, purpose: Purpose, reason: Reason
) -> None:
    incident = await city.incident(place=place)
    new = replace(asking(incident, [CAMERAS[0].id]), purpose=purpose)
    with pytest.raises(Denied) as refused:
        await requests.submit(city.ports, REGULATOR, new, None)
    assert refused.value.reason is reason
    assert await city.kinds() == ["incident.opened", "access.denied"]


async def test_a_camera_without_validated_mask_is_neither_asked_for_nor_granted(city: City) -> None:
    request = await city.request()
    camera = CAMERAS[0]
    async with city.store.write() as work:
        moved = replace(camera, mask=None, version=2)
        await work.record(InventoryLoaded(organisation=None, what="masks", rows=1, sha256="0"), moved)
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=request.version)
    with pytest.raises(Denied) as refused:
        await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert refused.value.reason is Reason.MASK_MISSING
    incident = await city.incident()
    with pytest.raises(Denied):
        await requests.submit(city.ports, REGULATOR, asking(incident, [camera.id]), None)


async def test_a_node_that_does_not_answer_leaves_ending_to_the_clock(city: City) -> None:
    grant = await city.grant()
    city.video.confirms = False
    ending = await endings.release(city.ports, city.video, REGULATOR, grant.id, None)
    assert ending.state is GrantState.ENDING
    city.clock.advance(4.9)
    await city.clock_works()
    assert "grant.ended" not in await city.kinds()
    city.clock.advance(0.1)
    await city.clock_works()
    assert (await city.kinds())[-1] == "grant.ended"


async def test_revoking_one_camera_leaves_the_other_and_the_last_ends_the_grant(city: City) -> None:
    grant = await city.grant()
    [first, second] = grant.open_cameras
    narrowed = await endings.revoke(city.ports, city.video, OPERATOR, grant.id, [first], preempt=True)
    assert narrowed.open_cameras == (second,)
    assert city.video.cuts == [(grant.id, frozenset({first}), EndCause.PREEMPTED)]
    again = await endings.revoke(city.ports, city.video, OPERATOR, grant.id, [first], preempt=True)
    assert again == narrowed
    assert len(city.video.cuts) == 1
    whole = await endings.revoke(city.ports, city.video, OPERATOR, grant.id, [second], preempt=False)
    assert whole.state is GrantState.ENDED
    with pytest.raises(NotFound):
        await endings.revoke(city.ports, city.video, OPERATOR, grant.id, [CAMERAS[5].id], preempt=False)


async def test_the_clock_expires_grants_and_lapses_requests_on_time(city: City) -> None:
    grant, waiting = await city.grant(minutes=4), await city.request()
    city.clock.advance(239.999)
    assert await city.clock_works() == grant.ends_at
    assert city.video.cuts == []
    city.clock.advance(0.001)
    assert await city.clock_works() == waiting.lapses_at
    assert city.video.cuts[0][2] is EndCause.EXPIRED
    city.clock.advance(360)
    await city.clock_works()
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).state is GrantState.ENDED
        assert (await work.request(waiting.id)).state is RequestState.LAPSED
    approval = decisions.Approval(cameras=waiting.cameras, duration_s=600, version=waiting.version)
    with pytest.raises((Expired, Conflict)):
        await decisions.approve(city.ports, SUPERVISOR, waiting.id, approval, command=None)


async def test_an_extension_is_a_new_approval_and_moves_the_end(city: City) -> None:
    grant = await city.grant(minutes=5)
    async with city.store.read() as work:
        incident = await work.incident(grant.incident)
    new = replace(asking(incident, grant.open_cameras, minutes=10), extends=grant.id)
    request = await requests.submit(city.ports, REGULATOR, new, None)
    with pytest.raises(Conflict) as twice:
        await requests.submit(city.ports, REGULATOR, new, None)
    assert twice.value.reason is Reason.ALREADY_ASKED
    partly = decisions.Approval(cameras=request.cameras[:1], duration_s=600, version=1)
    with pytest.raises(Invalid):
        await decisions.approve(city.ports, SUPERVISOR, request.id, partly, command=None)
    wholly = decisions.Approval(cameras=request.cameras, duration_s=600, version=1)
    longer = await decisions.approve(city.ports, SUPERVISOR, request.id, wholly, command=None)
    assert longer.id == grant.id
    assert (longer.ends_at - grant.ends_at).total_seconds() == 300


async def test_closing_an_incident_ends_what_hangs_on_it(city: City) -> None:
    grant = await city.grant()
    await incidents.close_incident(city.ports, city.video, REGULATOR, grant.incident)
    assert city.video.cuts[0][2] is EndCause.INCIDENT_CLOSED
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).state is GrantState.ENDED
    kinds = await city.kinds()
    await incidents.close_incident(city.ports, city.video, REGULATOR, grant.incident)
    assert await city.kinds() == kinds, "closing again changes nothing"


async def test_the_kill_switch_ends_everything_and_allows_nothing_until_lifted(city: City) -> None:
    grant, waiting, incident = await city.grant(), await city.request(), await city.incident()
    await endings.stop_sharing(city.ports, city.video, SUPERVISOR)
    assert city.video.cuts[0][::2] == (grant.id, EndCause.SHARING_STOPPED)
    _, told = await live.since(city.ports, REGULATOR, 0, limit=200)
    assert any(h.sharing is not None and h.sharing.stopped for h in told), "the hospital is told at once"
    async with city.store.read() as work:
        assert (await work.request(waiting.id)).refusal is RefusalReason.SHARING_STOPPED
    with pytest.raises(Denied) as refused:
        await requests.submit(city.ports, REGULATOR, asking(incident, [CAMERAS[0].id]), None)
    assert refused.value.reason is Reason.SHARING_STOPPED
    await endings.resume_sharing(city.ports, city.video, SUPERVISOR)
    assert (await requests.submit(city.ports, REGULATOR, asking(incident, [CAMERAS[0].id]), None)).open


async def test_each_side_sees_its_own_part_live(city: City) -> None:
    incident = await city.incident()
    grant = await city.grant()
    for who, sees in ((REGULATOR, True), (SUPERVISOR, True), (OTHER_REGULATOR, False)):
        seen = await live.room(city.ports, who)
        assert ([g.id for g in seen.grants] == [grant.id]) is sees
        assert (incident.id in {i.id for i in seen.incidents}) is (who is REGULATOR)
        last, happened = await live.since(city.ports, who, 0, limit=100)
        assert last == seen.as_of
        assert ("request.approved" in [h.kind for h in happened]) is sees
    _, happened = await live.since(city.ports, SUPERVISOR, 0, limit=100)
    assert all(h.request is not None for h in happened if h.kind.startswith("request."))


async def test_the_register_shows_a_changed_byte(city: City) -> None:
    await city.grant()
    async with city.store._database.writing() as connection:
        await connection.exec_driver_sql("DROP TRIGGER register_entry_no_update")
        await connection.exec_driver_sql(
            "UPDATE register_entry SET body = CAST(replace(CAST(body AS TEXT), '\"v\":1', '\"v\":2') AS BLOB)"
            " WHERE seq = 3"
        )
    verdict = await register.verify(city.store)
    assert not verdict.holds
    assert verdict.first_bad == 3


@pytest.mark.parametrize("change", ["kind = 'camera.recovered'", "at = at - 86400000000"])
async def test_the_register_shows_a_changed_column_beside_the_bytes(city: City, change: str) -> None:
    await city.grant()
    async with city.store._database.writing() as connection:
        await connection.exec_driver_sql("DROP TRIGGER register_entry_no_update")
        await connection.exec_driver_sql(f"UPDATE register_entry SET {change} WHERE seq = 2")  # noqa: S608
    verdict = await register.verify(city.store)
    assert not verdict.holds
    assert verdict.first_bad == 2


async def test_no_access_outlives_the_act_it_rests_on(city: City) -> None:
    request = await city.request(minutes=10)
    async with city.store.write() as work:
        ending = replace(BASIS, valid_until=T0 + timedelta(minutes=2), version=2)
        await work.record(InventoryLoaded(organisation=None, what="acts", rows=1, sha256="0"), ending)
    approval = decisions.Approval(cameras=request.cameras, duration_s=600, version=1)
    grant = await decisions.approve(city.ports, SUPERVISOR, request.id, approval, command=None)
    assert grant.ends_at == ending.valid_until


async def test_an_unknown_grant_is_not_found_and_recorded(city: City) -> None:
    with pytest.raises(NotFound):
        await endings.revoke(city.ports, city.video, SUPERVISOR, GrantId("gr_none"), None, preempt=False)
    assert await denied(city) == [("grant.revoke", "not_found")]


async def test_places_and_cameras_are_found_by_name_and_by_sight(city: City) -> None:
    found = await search.named(city.ports, REGULATOR, "rue 3")
    assert found[0][1] == CAMERAS[2].id
    near = await search.nearby(
        city.ports, REGULATOR, Position(43.61041, 1.45287), precision_m=10, radius_m=100, limit=3
    )
    assert [s.camera.number for s in near] == [1, 2, 3]
    everywhere = await search.nearby(
        city.ports, REGULATOR, Position(43.61041, 1.45287), precision_m=0, radius_m=2_000, limit=50
    )
    far = await search.nearby(
        city.ports, REGULATOR, Position(43.70, 1.45287), precision_m=0, radius_m=2_000, limit=50
    )
    assert len(everywhere) > 3
    assert far == []


async def test_a_camera_that_changed_is_found_as_it_is_now(city: City) -> None:
    assert [place.name for place, _ in await search.named(city.ports, REGULATOR, "rue 3")] != []
    async with city.store.write() as work:
        renamed = replace(CAMERAS[2], name="Impasse du Renard", version=2)
        await work.record(InventoryLoaded(organisation=None, what="cameras", rows=1, sha256="0"), renamed)
    assert (await search.named(city.ports, REGULATOR, "renard"))[0][1] == CAMERAS[2].id


async def test_a_camera_that_failed_a_moment_ago_says_so_before_it_is_asked_for(city: City) -> None:
    async def near() -> list[tuple[int, str | None]]:
        place = Position(43.61041, 1.45287)
        found = await search.nearby(city.ports, REGULATOR, place, precision_m=10, radius_m=100, limit=9)
        return [(s.camera.number, None if s.fault is None else s.fault.fault) for s in found]

    await viewing.camera_failed(city.ports, CAMERAS[0].id, "unreachable")
    known = await near()
    assert known[0] == (2, None)
    assert (1, "unreachable") in known
    await viewing.camera_recovered(city.ports, CAMERAS[0].id)
    assert (await near())[0] == (1, None)
    await viewing.camera_failed(city.ports, CAMERAS[0].id, "auth")
    city.clock.advance(health.FAULT_COUNTS.total_seconds() + 1)
    assert (await near())[0] == (1, None), "nobody looked since: nothing is known"
