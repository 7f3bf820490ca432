"""Main and sub stream: small pictures come from the small one, while it gives any."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from crisislink.core.grants import EndCause
from crisislink.core.ids import GrantId
from crisislink.flow.ports import CameraUrl
from crisislink.media.frames import MessageType, Rendition
from tests.fakes.picture import HeldWorker, KeptSocket
from tests.media.house import BRIEF, CAMERA, GRANT, House, until

MAIN, SUB = "rtsp://127.0.0.1/1", "rtsp://127.0.0.1/1/sub"
BOTH = replace(BRIEF, source=replace(BRIEF.source, sub=CameraUrl(SUB)))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House(brief=BOTH)
    yield made
    await made.node.close()


async def _at(house: House, address: str) -> HeldWorker:
    """The worker of this address, once it was told what to make."""

    def found() -> list[HeldWorker]:
        return [w for w in house.workers if w.brief.source.main.reveal() == address and w.orders]

    await until(lambda: bool(found()))
    [worker] = found()
    return worker


async def test_each_stream_has_its_worker_and_each_worker_one_address(house: House) -> None:
    _, wall = await house.join(Rendition.WALL)
    _, focus = await house.join(Rendition.FOCUS)
    assert all(w.brief.source.sub is None for w in house.workers)
    (await _at(house, SUB)).picture()
    assert (len(wall.frames), len(focus.frames)) == (1, 0)
    (await _at(house, MAIN)).picture()
    assert (len(wall.frames), len(focus.frames)) == (1, 1)


async def test_each_viewer_hears_the_state_of_the_stream_it_sees(house: House) -> None:
    _, wall = await house.join(Rendition.WALL)
    _, focus = await house.join(Rendition.FOCUS)
    (await _at(house, SUB)).say("stalled")
    (await _at(house, MAIN)).say("live")
    said = [json.loads(s.of(MessageType.STATE)[-1].payload)["state"] for s in (wall, focus)]
    assert said == ["stalled", "live"]


async def test_a_sub_stream_that_gives_nothing_is_left_for_the_main_one(house: House) -> None:
    viewer, socket = await house.join(Rendition.WALL)
    (await _at(house, SUB)).say("live")
    (await _at(house, SUB)).picture()
    (await _at(house, SUB)).say("fault", "not_found")
    house.clock.advance(1.9)
    (await _at(house, SUB)).say("fault", "not_found")
    house.node.watch()
    assert len(house.workers) == 1
    house.clock.advance(0.2)
    left = viewer.ring
    house.node.watch()
    await until(lambda: viewer.ring is not left)
    viewer.acknowledge(1)
    (await _at(house, MAIN)).picture()
    assert [m.epoch for m in socket.frames] == [1, 2]
    assert viewer.ring.rendition is Rendition.WALL
    assert house.authority.faults == [], "the camera itself has not failed"


async def test_after_a_minute_the_sub_stream_is_tried_again(house: House) -> None:
    await house.join(Rendition.WALL)
    house.clock.advance(2.1)
    house.node.watch()
    await until(lambda: len(house.workers) == 2)
    house.authority.left_s = 4_000
    for _ in range(61):
        house.clock.advance(1)
        await next(iter(house.node._views.values())).renew()
    assert house.node._cameras._stream(BOTH, Rendition.WALL) == "sub"


async def test_the_cut_ends_both(house: House) -> None:
    await house.join(Rendition.WALL)
    await house.join(Rendition.FOCUS)
    await house.node.cut(GRANT, [CAMERA], EndCause.REVOKED)
    await until(lambda: all(w.stopped for w in house.workers))
    assert house.node.pulled == frozenset()


async def test_approval_warms_both(house: House) -> None:
    await house.node.warm(GRANT)
    await until(lambda: len(house.workers) == 2)
    assert {w.brief.source.main.reveal() for w in house.workers} == {MAIN, SUB}


async def test_by_setting_each_person_has_a_picture_of_their_own() -> None:
    house = House(mark_person=True)
    try:
        for label in ("Dr L. Fabre", "Dr M. Roux", "Dr L. Fabre"):
            await house.node.join(house.permit(label), KeptSocket(), Rendition.FOCUS)
        await until(lambda: bool(house.workers) and len(house.worker.orders) == 2)
        marks = sorted(str(o.brief.person_label) for o in house.worker.orders.values())
        assert marks == ["Dr L. Fabre", "Dr M. Roux"]
    finally:
        await house.node.close()


async def test_without_it_nobody_is_named() -> None:
    house = House()
    try:
        await house.join()
        [order] = house.worker.orders.values()
        assert order.brief.person_label is None
    finally:
        await house.node.close()


async def test_new_masks_are_told_to_both_streams(house: House) -> None:
    await house.join(Rendition.WALL)
    await house.join(Rendition.FOCUS)
    newer = replace(BOTH, mask=replace(BOTH.mask, version=2), grant=GrantId("gr_2"))
    house.node._cameras.maker(newer, Rendition.FOCUS)
    assert {camera.brief.mask.version for camera in house.node._cameras} == {2}
