"""A camera held back: dark at once for every grant that shows it, the clock runs on, and it comes back."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from crisislink.core.cameras import Camera, PrivacyMask
from crisislink.core.errors import Denied, Expired, NotFound, Reason, Unavailable
from crisislink.core.events import InventoryLoaded
from crisislink.core.grants import GrantState
from crisislink.core.ids import CameraId, GrantId
from crisislink.core.suspension import SuspendCause
from crisislink.flow import decisions, endings, requests, search, suspensions, viewing
from crisislink.flow.ports import UnitOfWork
from tests.city import City, asking
from tests.samples import CAMERAS, MASK, OPERATOR, OTHER_SUPERVISOR, REGULATOR, SUPERVISOR

CAMERA, OTHER = CAMERAS[0].id, CAMERAS[1].id


async def _epoch(city: City, grant: GrantId, camera: CameraId = CAMERA) -> int:
    return (await viewing.lease(city.ports, grant, camera, None)).epoch


async def _hold_back(city: City, *, moved: bool = False) -> None:
    await suspensions.hold_back(city.ports, city.video, OPERATOR, CAMERA, moved=moved)


async def _put(city: City, camera: Camera, mask: PrivacyMask | None) -> Camera:
    changed = replace(camera, mask=mask, version=camera.version + 1)
    async with city.store.write() as work:
        await work.record(InventoryLoaded(organisation=None, what="masks", rows=1, sha256="0"), changed)
    return changed


async def _facts(city: City, kind: str) -> list[dict[str, object]]:
    async with city.store.read() as work:
        return [json.loads(e.body) for e in await work.entries(after=0, limit=1_000, kinds=[kind])]


async def test_a_paused_camera_is_dark_in_every_grant_and_the_others_go_on(city: City) -> None:
    first, second = await city.grant(), await city.grant()
    before = await _epoch(city, first.id)
    await _hold_back(city)
    assert {(g, c) for g, c, _ in city.video.cuts} == {
        (first.id, frozenset({CAMERA})),
        (second.id, frozenset({CAMERA})),
    }
    assert {cause for _, _, cause in city.video.cuts} == {SuspendCause.CITY}
    for grant in (first, second):
        with pytest.raises(Denied) as held:
            await viewing.lease(city.ports, grant.id, CAMERA, before)
        assert held.value.reason is Reason.CAMERA_SUSPENDED
        await viewing.lease(city.ports, grant.id, OTHER, None)
    assert (await city.kinds()).count("view.suspended") == 2
    assert (await city.kinds()).count("camera.suspended") == 1


async def test_again_it_changes_nothing(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspensions, "BLINK_S", 5.0)  # a busy machine's store is not a silent one
    grant = await city.grant()
    await _hold_back(city)
    told, cuts = await city.kinds(), len(city.video.cuts)
    await _hold_back(city, moved=True)
    assert (await city.kinds(), len(city.video.cuts)) == (told, cuts)
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    told = await city.kinds()
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    assert await city.kinds() == told
    assert told[-2:] == ["camera.resumed", "view.resumed"]
    assert await _epoch(city, grant.id) == 2


async def test_resumed_it_has_the_same_end_and_no_node_goes_on_with_the_old_lease(city: City) -> None:
    grant = await city.grant(minutes=5)
    held = await _epoch(city, grant.id)
    await _hold_back(city)
    city.clock.advance(100)
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    with pytest.raises(Denied) as stale:
        await viewing.lease(city.ports, grant.id, CAMERA, held)
    assert stale.value.reason is Reason.STALE_EPOCH
    given = await viewing.lease(city.ports, grant.id, CAMERA, None)
    assert given.epoch > held
    assert (given.ends_at, given.ends_in_ms) == (grant.ends_at, 200_000)


async def test_a_suspended_view_ends_on_time(city: City) -> None:
    grant = await city.grant(minutes=2)
    await _hold_back(city)
    city.clock.advance(120)
    await city.clock_works()
    with pytest.raises(Expired):
        await viewing.lease(city.ports, grant.id, CAMERA, None)
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).state is GrantState.ENDED
    assert "view.resumed" not in await city.kinds()


async def test_a_moved_camera_hides_itself_and_only_the_room_supervisor_shows_it_again(city: City) -> None:
    grant = await city.grant()
    paused = await suspensions.camera_moved(city.ports, city.video, CAMERA)
    assert paused.cause is SuspendCause.CAMERA_MOVED
    [suspended] = await _facts(city, "view.suspended")
    assert (suspended["grant"], suspended["actor"], suspended["cause"]) == (grant.id, None, "camera_moved")
    for who in (OPERATOR, REGULATOR, OTHER_SUPERVISOR):
        with pytest.raises(Denied):
            await suspensions.resume_camera(city.ports, who, CAMERA)
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    await _epoch(city, grant.id)


async def test_only_its_own_citys_police_hold_a_camera_back(city: City) -> None:
    for who in (REGULATOR, OTHER_SUPERVISOR):
        with pytest.raises(Denied):
            await suspensions.hold_back(city.ports, city.video, who, CAMERA, moved=False)
    with pytest.raises(NotFound):
        await suspensions.camera_moved(city.ports, city.video, CameraId("cam_none"))
    assert [f["action"] for f in await _facts(city, "access.denied")] == ["camera.suspend"] * 2
    assert city.video.cuts == []


async def test_nobody_is_asked_for_or_granted_a_camera_that_is_held_back(city: City) -> None:
    waiting, incident = await city.request(), await city.incident()
    await _hold_back(city)
    _, paused = await search.cameras(city.ports, REGULATOR)
    assert paused == {CAMERA}
    approval = decisions.Approval(cameras=waiting.cameras, duration_s=600, version=1)
    with pytest.raises(Denied) as refused:
        await decisions.approve(city.ports, SUPERVISOR, waiting.id, approval, command=None)
    assert refused.value.reason is Reason.CAMERA_SUSPENDED
    with pytest.raises(Denied):
        await requests.submit(city.ports, REGULATOR, asking(incident, [CAMERA]), None)
    partly = replace(approval, cameras=(OTHER,))
    grant = await decisions.approve(city.ports, SUPERVISOR, waiting.id, partly, command=None)
    assert grant.open_cameras == (OTHER,)


async def test_a_grant_is_extended_though_one_of_its_cameras_is_held_back(city: City) -> None:
    grant = await city.grant(minutes=2)
    await _hold_back(city)
    async with city.store.read() as work:
        incident = await work.incident(grant.incident)
    more = replace(asking(incident, grant.open_cameras, minutes=10), extends=grant.id)
    asked = await requests.submit(city.ports, REGULATOR, more, None)
    approval = decisions.Approval(cameras=asked.cameras, duration_s=600, version=1)
    longer = await decisions.approve(city.ports, SUPERVISOR, asked.id, approval, command=None)
    assert longer.ends_at > grant.ends_at
    assert longer.view(CAMERA).suspended


async def test_a_camera_without_a_valid_mask_is_suspended_and_comes_back_with_one(city: City) -> None:
    grant = await city.grant()
    camera = await _put(city, CAMERAS[0], None)
    await city.clock_works()
    assert city.video.cuts == [(grant.id, frozenset({CAMERA}), SuspendCause.MASK_INVALID)]
    await city.clock_works()
    assert (await city.kinds()).count("view.suspended") == 1
    await _put(city, camera, MASK)
    await city.clock_works()
    assert await _epoch(city, grant.id) == 2
    assert (await city.kinds()).count("view.resumed") == 1


async def test_lifting_the_pause_of_a_camera_without_mask_shows_nothing(city: City) -> None:
    grant = await city.grant()
    await _hold_back(city)
    await _put(city, CAMERAS[0], None)
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    await city.clock_works()
    async with city.store.read() as work:
        assert (await work.grant(grant.id)).view(CAMERA).suspended
    assert "view.resumed" not in await city.kinds()


async def test_a_pause_the_store_cannot_record_is_cut_all_the_same(city: City) -> None:
    grant = await city.grant()
    other = sqlite3.connect(city.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Unavailable):
            await _hold_back(city)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert city.video.cuts == [(grant.id, frozenset({CAMERA}), SuspendCause.CITY)]


async def test_a_view_that_ended_is_neither_suspended_nor_resumed(city: City) -> None:
    grant = await city.grant()
    ended = await endings.revoke(city.ports, city.video, OPERATOR, grant.id, [CAMERA], preempt=True)
    await _hold_back(city)
    await suspensions.resume_camera(city.ports, SUPERVISOR, CAMERA)
    async with city.store.read() as work:
        assert await work.grant(grant.id) == ended
    assert ended.ends_at - ended.starts_at == timedelta(minutes=10)


class _Silent:
    """The store, from a process that is parted from it."""

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        await asyncio.sleep(0.1)
        raise Unavailable
        yield

    read = write


async def test_a_camera_that_moved_while_the_store_is_silent_is_cut_by_what_is_remembered(city: City) -> None:
    grant = await city.grant()
    city.ports.recall.saw_grants([grant])
    there = replace(city.ports, store=_Silent())
    with pytest.raises(Unavailable):
        await suspensions.camera_moved(there, city.video, CAMERA)
    assert [(g, set(c)) for g, c, _ in city.video.cuts] == [(grant.id, {CAMERA})]
    assert city.video.unrecorded == [grant.id]
