"""The node: shows what the authority leases, as long as the lease lasts; and the cut."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from crisislink.adapters.system import SystemClock
from crisislink.core.errors import Denied, Expired, Reason, Unavailable
from crisislink.core.grants import EndCause, LookEnd
from crisislink.core.ids import CameraId, GrantId, ViewingId
from crisislink.core.limits import Limits
from crisislink.core.suspension import SuspendCause
from crisislink.flow.ports import Brief, Wake
from crisislink.flow.viewing import Changes
from crisislink.media import livecamera, node
from crisislink.media.crew import _Reader
from crisislink.media.frames import MessageType, Rendition
from crisislink.media.orders import Status, pack_status
from crisislink.media.workers import FaultWatch, Health
from tests.fakes.picture import HeldWorker, KeptSocket
from tests.media.house import BRIEF, CAMERA, GRANT, House, until, within
from tests.samples import MASK


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    yield made
    await made.node.close()


def _end(socket: KeptSocket) -> tuple[str, bool]:
    [message] = socket.of(MessageType.END)
    said = json.loads(message.payload)
    return said["reason"], said["retry"]


async def test_a_viewer_gets_pictures_and_the_camera_is_pulled_once(house: House) -> None:
    _, one = await house.join()
    _, two = await house.join()
    house.worker.picture()
    house.worker.picture()
    assert len(one.frames) == len(two.frames) == 2
    assert (len(house.workers), len(house.worker.orders)) == (1, 1)
    [order] = house.worker.orders.values()
    assert order.deadline_boot_s == house.clock.boot + 5.0 - 0.25
    assert order.brief == BRIEF


async def test_the_cut_ends_every_viewer_and_the_worker(house: House) -> None:
    seats = [await house.join(), await house.join(Rendition.WALL)]
    house.worker.picture()
    assert await house.node.cut(GRANT, [CAMERA], EndCause.REVOKED)
    for viewer, socket in seats:
        assert viewer.over
        assert _end(socket) == ("revoked", False)
        assert socket.code == 4403
        assert socket.after_close == 0
    assert house.worker.orders == {}
    await until(lambda: house.worker.stopped and len(house.authority.ended) == 2)
    assert {(frames, cause) for _, frames, cause in house.authority.ended} == {(1, "revoked")}
    assert house.node.pulled == frozenset()


async def test_a_suspended_view_goes_dark_and_comes_back_with_the_next_lease(house: House) -> None:
    viewer, socket = await house.join()
    house.worker.picture()
    assert await house.node.cut(GRANT, [CAMERA], SuspendCause.CAMERA_MOVED)
    assert viewer.over
    assert _end(socket) == ("camera_moved", False)
    with pytest.raises(Expired):
        await house.join()  # what was answered no later than the cut may be older than the suspension
    house.clock.advance(0.1)
    house.hired.clear()
    _, again = await house.join()
    house.worker.picture()
    assert len(again.frames) == 1


async def test_what_ended_before_its_entry_is_not_believed_again_after_a_suspension(house: House) -> None:
    await house.join()
    await house.node.cut(GRANT, [CAMERA], EndCause.REVOKED, recorded=False)
    await house.node.cut(GRANT, [CAMERA], SuspendCause.CAMERA_MOVED)
    house.clock.advance(60)
    house.hired.clear()
    with pytest.raises(Expired):
        await house.join()  # the store that still gives leases has not heard of the end


async def test_an_epoch_below_the_highest_seen_opens_no_view_again_while_the_grant_may_live(
    house: House,
) -> None:
    house.authority.epoch = 3
    await house.join()
    [view] = house.node._views.values()
    house.node._end(view, node.LEASE_LOST)
    house.authority.epoch = 2
    house.clock.advance(Limits().grant_cap_s - 1)
    house.node.tick()
    with pytest.raises(Denied) as refused:
        await house.join()
    assert refused.value.reason is Reason.STALE_EPOCH
    house.authority.epoch = 3
    house.hired.clear()
    await house.join()
    house.clock.advance(1)
    house.node.tick()
    assert house.node._epochs == {}


async def test_after_the_cut_a_dying_worker_still_reaches_nobody(house: House) -> None:
    _, socket = await house.join()
    worker = house.worker
    worker.picture()
    [order] = worker.orders.values()
    await house.node.cut(GRANT, [CAMERA], EndCause.REVOKED)
    before = len(socket.data)
    worker._seq[order.id] = 1
    worker.picture(key=True, order=order)
    assert len(socket.data) == before


async def test_a_join_that_was_under_way_during_the_cut_gets_nothing(house: House) -> None:
    """The lease was given before the revocation, and the answer comes after it."""
    brief = house.authority.brief

    async def cut_meanwhile(grant: GrantId, camera: CameraId) -> Brief:
        assert await house.node.cut(GRANT, [CAMERA], EndCause.REVOKED)
        return await brief(grant, camera)

    house.authority.brief = cut_meanwhile  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(Expired):
            await house.node.join(house.permit(), KeptSocket(), Rendition.FOCUS)
    assert (house.node.viewers, house.workers) == (0, [])


async def test_a_refused_renewal_ends_the_view_at_once(house: House) -> None:
    _, socket = await house.join()
    house.authority.refuses = Expired(Reason.GRANT_OVER)
    [view] = house.node._views.values()
    await view.renew()
    assert _end(socket) == ("ended", False)
    house.worker.picture(key=True)
    assert socket.frames == []


async def test_a_revocation_recorded_elsewhere_is_heard_on_the_bus(house: House) -> None:
    running = asyncio.create_task(house.node.run())
    _, socket = await house.join()
    await until(lambda: bool(house.bus._listeners))
    await asyncio.sleep(0)
    house.authority.refuses = Expired(Reason.GRANT_OVER)
    house.authority.changed = frozenset({GRANT})

    async def unrefused(after: int) -> Changes:
        return Changes(after + 1, house.authority.changed)

    house.authority.changes = unrefused  # type: ignore[method-assign]
    await house.bus.publish(Wake(1))
    await within(socket.gone.wait())
    assert socket.code == 4403
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_wake_about_other_grants_asks_for_nothing(house: House) -> None:
    running = asyncio.create_task(house.node.run())
    await house.join()
    await until(lambda: bool(house.bus._listeners))
    asked = house.authority.asked
    await house.bus.publish(Wake(1))
    for _ in range(20):
        await asyncio.sleep(0)
    assert house.authority.asked == asked
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_without_an_authority_it_goes_dark_at_the_deadline_and_not_before(house: House) -> None:
    _, socket = await house.join()
    house.authority.down = True
    [view] = house.node._views.values()
    house.clock.advance(4.7)
    await view.renew()
    house.worker.picture()
    assert len(socket.frames) == 1
    house.clock.advance(0.06)
    house.worker.picture()
    assert len(socket.frames) == 1  # even before anybody noticed
    house.node.tick()
    assert _end(socket) == ("lease_lost", True)
    assert socket.code == 4503


async def test_an_answer_after_the_deadline_revives_nothing(house: House) -> None:
    _, socket = await house.join()
    [view] = house.node._views.values()
    house.authority.before_answer = lambda: house.clock.advance(4.75)
    await view.renew()
    assert socket.of(MessageType.END)


async def test_a_slow_answer_shortens_the_lease(house: House) -> None:
    await house.join()
    [view] = house.node._views.values()
    asked_s = house.clock.boot
    house.authority.before_answer = lambda: house.clock.advance(2.0)
    await view.renew()
    assert view.held.deadline_s == asked_s + 4.75
    assert list(house.worker.deadlines.values()) == [asked_s + 4.75]


async def test_the_scheduled_end_comes_by_itself_and_never_late() -> None:
    """On the real clock, with a worker that goes on making pictures and nobody who cuts."""
    clock = SystemClock()
    house = House(clock)
    house.authority.left_s = 0.6
    _, socket = await house.join()
    end_s = clock.boot_s() + 0.6
    last_s = 0.0
    async with asyncio.timeout(5):
        while not socket.gone.is_set():
            before = len(socket.frames)
            house.worker.picture()
            last_s = clock.boot_s() if len(socket.frames) > before else last_s
            await asyncio.sleep(0.01)
    assert end_s - 0.4 < last_s < end_s
    assert clock.boot_s() < end_s
    assert _end(socket) == ("expired", False)
    assert socket.after_close == 0
    await house.node.close()


async def test_the_nodes_own_timer_cuts_at_the_deadline(house: House) -> None:
    house.authority.left_s = 0.4
    _, socket = await house.join()
    house.clock.advance(0.151)
    await within(socket.gone.wait())  # nobody ticks, nobody renews
    assert _end(socket) == ("expired", False)


async def test_a_join_is_refused_and_its_viewing_ended_when_the_authority_says_no(house: House) -> None:
    for refusal in (Expired(Reason.GRANT_OVER), Denied(Reason.MASK_UNVALIDATED), Unavailable()):
        house.authority.refuses = refusal
        with pytest.raises(type(refusal)):
            await house.node.join(house.permit(), KeptSocket(), Rendition.FOCUS)
    await until(lambda: len(house.authority.ended) == 3)
    assert {cause for _, _, cause in house.authority.ended} == {"not_started"}
    assert house.workers == []


async def test_a_dead_worker_is_told_and_replaced_under_a_new_epoch(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(livecamera, "BACKOFF_S", (0.01, 0.02))
    _, socket = await house.join()
    first = house.worker
    first.picture()
    [old] = first.orders.values()
    house.hired.clear()
    first.die()
    await until(lambda: b'"fault","cause":"restarting"' in bytes(socket.data))
    await within(house.hired.wait())
    await within(house.worker.employed.wait())
    assert house.worker is not first
    first.picture(key=True, order=old)
    assert len(socket.frames) == 1
    house.worker.picture()
    assert socket.frames[1].epoch > socket.frames[0].epoch


async def test_a_worker_that_talks_nonsense_is_killed(house: House) -> None:
    await house.join()
    [order] = house.worker.orders.values()
    house.worker.on_produced(order.id, b"nonsense")
    assert house.worker.killed


async def test_a_new_mask_replaces_the_worker_that_has_the_old_one(house: House) -> None:
    await house.join()
    other = GrantId("gr_2")
    house.authority._brief = replace(BRIEF, grant=other, mask=replace(MASK, version=2))
    await house.node.join(replace(house.permit(), grant=other), KeptSocket(), Rendition.FOCUS)
    assert house.workers[0].killed
    await until(lambda: len(house.workers) == 2)
    assert house.worker.brief.mask.version == 2
    house.authority._brief = BRIEF


async def test_who_leaves_is_recorded_and_the_picture_lingers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "LINGER_S", 0.05)
    viewer, _ = await house.join()
    house.worker.picture()
    house.node.leave(viewer, "left")
    house.node.leave(viewer, "again")
    await until(lambda: bool(house.authority.ended))
    assert [(frames, cause) for _, frames, cause in house.authority.ended] == [(1, "left")]
    assert house.worker.orders
    await until(lambda: house.worker.stopped)
    assert house.node.pulled == frozenset()


async def test_who_comes_back_in_time_finds_the_picture_running(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "LINGER_S", 0.05)
    viewer, _ = await house.join()
    house.worker.picture()
    house.node.leave(viewer, "left")
    _, socket = await house.join()
    assert len(socket.frames) == 1
    await asyncio.sleep(0.1)  # the linger of the first one is over
    assert house.worker.orders
    assert not house.worker.stopped


async def test_an_end_that_cannot_be_recorded_is_tried_again(house: House) -> None:
    viewer, _ = await house.join()
    house.authority.down = True
    house.node.leave(viewer, "left")
    await asyncio.sleep(0)
    assert house.authority.ended == []
    house.authority.down = False
    await until(lambda: bool(house.authority.ended))


async def test_an_end_waits_for_the_store_however_long_it_is_away(house: House) -> None:
    viewer, _ = await house.join()
    house.authority.down = True
    house.node.leave(viewer, "left")
    await asyncio.sleep(0)
    house.clock.advance(3_600)
    house.authority.down = False
    await until(lambda: bool(house.authority.ended))


async def test_a_silent_client_is_closed(house: House) -> None:
    viewer, socket = await house.join()
    house.worker.picture()
    [view] = house.node._views.values()
    for _ in range(3):
        house.clock.advance(4)
        await view.renew()
    house.node.tick()
    assert viewer.over
    assert (_end(socket), socket.code) == (("no_acknowledgement", True), 4408)


async def test_state_is_told_each_second_with_the_time_left(house: House) -> None:
    _, socket = await house.join()
    house.worker.say("stalled")
    house.node.tick()
    told = [json.loads(m.payload) for m in socket.of(MessageType.STATE)]
    assert [t["state"] for t in told] == ["connecting", "stalled", "stalled"]
    assert set(told[0]) == {"state", "cause", "suspect", "remaining_ms", "server_us"}
    assert told[0]["remaining_ms"] == 600_000


async def test_another_rendition_has_epochs_of_its_own_and_its_encoder_runs_on(house: House) -> None:
    await house.join(Rendition.FOCUS)
    viewer, socket = await house.join(Rendition.WALL)
    house.worker.picture()
    orders = len(house.worker.orders)
    await house.node.switch(viewer, Rendition.FOCUS)
    house.worker.picture()
    assert {m.rendition: m.epoch for m in socket.frames} == {Rendition.WALL: 2, Rendition.FOCUS: 1}
    assert len(house.worker.orders) == orders


async def test_a_slow_viewer_is_given_smaller_pictures_and_climbs_again_when_it_is_calm(house: House) -> None:
    viewer, _ = await house.join()
    for step in (Rendition.FOCUS_LOW, Rendition.WALL, Rendition.WALL_LOW):
        house.node._step_down(viewer)
        await until(lambda step=step: viewer.ring.rendition is step)  # type: ignore[misc]
    house.node._step_down(viewer)
    assert viewer.ladder.rendition is Rendition.WALL_LOW
    house.authority.left_s = 4_000.0
    for step in (Rendition.WALL, Rendition.FOCUS_LOW, Rendition.FOCUS):
        for _ in range(30):
            house.clock.advance(1)
            await next(iter(house.node._views.values())).renew()
            house.node.tick()
        assert viewer.ladder.rendition is step
        await until(lambda step=step: viewer.ring.rendition is step)  # type: ignore[misc]


async def test_a_camera_is_warmed_without_a_lease_and_rests_when_nobody_comes(house: House) -> None:
    await house.node.warm(GRANT)
    await within(house.hired.wait())
    assert house.authority.asked == 0
    assert house.worker.warm_until_s == house.clock.boot + livecamera.WARM_S
    house.clock.advance(livecamera.WARM_S - 1)
    house.worker.say("live")
    house.clock.advance(1)
    house.node.tick()
    await until(lambda: house.worker.stopped)


async def test_a_warm_camera_rests_at_the_cut(house: House) -> None:
    await house.node.warm(GRANT)
    await within(house.hired.wait())
    await within(house.worker.started.wait())
    await house.node.cut(GRANT, [CAMERA], EndCause.REVOKED)
    await until(lambda: house.worker.stopped)


async def test_a_camera_that_lives_but_of_which_nothing_is_made_is_not_called_live(house: House) -> None:
    viewer, socket = await house.join()
    house.worker.say("live")
    house.worker.picture()
    viewer.acknowledge(1)
    for _ in range(3):
        house.clock.advance(1)
        house.worker.say("live")
        house.node.tick()
    told = [json.loads(m.payload)["state"] for m in socket.of(MessageType.STATE)]
    assert told[-3:] == ["live", "live", "stalled"]


async def test_leaving_tells_everybody_to_go_elsewhere(house: House) -> None:
    _, socket = await house.join()
    await house.node.close()
    assert (_end(socket), socket.code) == (("node_leaving", True), 4503)
    assert house.worker.stopped
    assert [cause for _, _, cause in house.authority.ended] == ["node_leaving"]


def test_a_flapping_camera_does_not_flood_the_register() -> None:
    watch, noted, now_s = FaultWatch(), [], 0.0
    for turn in range(600):
        now_s += 0.5
        flapping = Health("live") if turn % 8 < 2 else Health("fault", "unreachable")
        noted.append(watch.note(flapping, now_s))
    for _ in range(40):
        now_s += 0.5
        noted.append(watch.note(Health("live"), now_s))
    assert [n for n in noted if n is not None] == ["failed", "recovered"]


async def test_a_worker_that_says_nothing_is_not_called_live_and_is_replaced(house: House) -> None:
    _, socket = await house.join()
    house.worker.say("live")
    house.clock.advance(1.1)
    house.node.watch()
    assert json.loads(socket.of(MessageType.STATE)[-1].payload)["state"] == "stalled"
    silent = house.worker
    house.clock.advance(3.0)
    house.node.watch()
    assert silent.killed


async def test_one_viewer_s_changes_of_rendition_are_nothing_to_another(house: House) -> None:
    restless, _ = await house.join(Rendition.FOCUS)
    _, calm = await house.join(Rendition.FOCUS)
    for turn in range(10):
        await house.node.switch(restless, Rendition.WALL if turn % 2 == 0 else Rendition.FOCUS)
        for order in tuple(house.worker.orders.values()):
            house.worker.picture(key=True, order=order)
    assert len(calm.of(MessageType.CONFIG)) == 1
    assert len({m.epoch for m in calm.frames}) == 1


async def test_who_leaves_while_stepped_down_leaves_no_picture_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "LINGER_S", 0.0)
    viewer, _ = await house.join(Rendition.FOCUS)
    house.worker.picture(key=True)
    answered, epoch = asyncio.Event(), house.authority.encoder_epoch

    async def slow() -> int:
        await answered.wait()
        return await epoch()

    house.authority.encoder_epoch = slow  # type: ignore[method-assign]
    house.node._step_down(viewer)
    await asyncio.sleep(0)
    house.node.leave(viewer, "left")
    answered.set()
    await until(lambda: not house.node._views)
    assert not house.worker.orders


async def test_masks_that_come_while_a_worker_is_being_born_are_drawn_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(livecamera, "BACKOFF_S", (0.01, 0.02))
    born, start = asyncio.Event(), HeldWorker.start

    async def slow(self: HeldWorker, **told: Any) -> None:
        await born.wait()
        await start(self, **told)

    monkeypatch.setattr(HeldWorker, "start", slow)
    house.node._cameras.maker(BRIEF, Rendition.FOCUS)
    await until(lambda: len(house.workers) == 1)
    newer = replace(BRIEF, mask=replace(MASK, version=2))
    camera = house.node._cameras.maker(newer, Rendition.FOCUS)
    born.set()
    await until(lambda: camera._worker is not None)
    assert house.worker.brief.mask.version == 2
    assert house.workers[0].killed


async def test_a_view_whose_masks_are_others_now_ends_at_the_next_lease(house: House) -> None:
    _, socket = await house.join()
    house.authority._brief = replace(BRIEF, mask=replace(MASK, version=2))
    [view] = house.node._views.values()
    await view.renew()
    assert _end(socket) == ("masks_changed", True)
    house.worker.picture(key=True)
    assert socket.after_close == 0


async def test_a_worker_that_floods_its_node_is_killed_before_it_holds_anybody_up(house: House) -> None:
    sockets = [(await house.join(Rendition.WALL))[1] for _ in range(20)]
    [camera] = house.node._cameras
    reader = _Reader(
        lambda output, message: camera._produced(house.worker, output, message),
        lambda status: camera._said(house.worker, status),
        lambda: None,
        house.worker.kill,
    )
    before = [len(s.data) for s in sockets]
    one = pack_status(Status(state="live")) + pack_status(Status(state="stalled"))
    reader.data_received(one * 2_000)
    assert house.worker.killed
    assert max(len(s.data) - b for s, b in zip(sockets, before, strict=True)) < 10_000


async def test_one_person_s_looks_end_and_the_view_goes_on_for_the_others(house: House) -> None:
    left, right = await house.join(), await house.join()
    assert await house.node.cut(GRANT, [CAMERA], LookEnd.HANDED_OVER, looks=[ViewingId("vw_1")])
    assert left[0].over
    assert _end(left[1]) == ("handed_over", False)
    house.worker.picture()
    assert (len(left[1].frames), len(right[1].frames)) == (0, 1)
    assert not right[0].over
    await until(lambda: len(house.authority.ended) == 1)
    assert [(frames, cause) for _, frames, cause in house.authority.ended] == [(0, "handed_over")]


async def test_a_look_that_ended_on_its_way_in_gets_no_picture(house: House) -> None:
    await house.join()
    await house.node.cut(GRANT, [CAMERA], LookEnd.HANDED_OVER, looks=[ViewingId("vw_2")])
    with pytest.raises(Expired):
        await house.join()
    assert house.node.viewers == 1
    await house.join()
    assert house.node.viewers == 2, "who comes with another look is let in"
