"""Ring and viewer: how a viewer joins, falls behind, catches up, and is cut."""

import asyncio
import json

import pytest

from crisislink.media.fanout import KEY_INTERVAL_S, SILENT_S, Ring
from crisislink.media.frames import BadMessage, Flag, Message, MessageType, Rendition
from crisislink.media.viewer import SILENCE_S, WAITING_BYTES, Farewell, Viewer
from tests.fakes.picture import KeptSocket, config, frame
from tests.fakes.time import TurnedClock

FRAME_S = 0.04
REVOKED = Farewell("revoked", 4403)


class Scene:
    """A ring whose worker and clock the test moves."""

    def __init__(self, rendition: Rendition = Rendition.FOCUS, clock: TurnedClock | None = None) -> None:
        self.clock = clock or TurnedClock()
        self.keys = 0
        self.seq = 0
        self.slow: list[Viewer] = []
        self.ring = Ring(rendition, boot_s=self.clock.boot_s, force_key=self._key)
        self.ring.deadline_s = self.clock.boot + 3_600
        self.ring.ends_at(1_795_425_000_000_000)
        self.epoch = 0

    def _key(self) -> None:
        self.keys += 1

    def begin(self, epoch: int) -> None:
        self.epoch, self.seq = epoch, 0
        self.ring.begin(epoch)
        assert self.ring.push(config(epoch, self.ring.rendition))

    def push(self, *, key: bool = False, size: int = 100) -> bool:
        self.clock.advance(FRAME_S)
        self.seq += 1
        return self.ring.push(frame(self.epoch, self.seq, key=key, size=size, rendition=self.ring.rendition))

    def join(self) -> tuple[Viewer, KeptSocket]:
        socket = KeptSocket()
        viewer = Viewer(self.ring, socket, on_slow=self.slow.append)
        viewer.start()
        return viewer, socket


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.begin(7)
    return made


def _acknowledge(viewer: Viewer, socket: KeptSocket) -> None:
    viewer.acknowledge(socket.frames[-1].seq)


def test_who_joins_gets_the_group_of_pictures_at_once_and_a_key_frame_is_asked_for(scene: Scene) -> None:
    scene.push(key=True)
    for _ in range(5):
        scene.push()
    _, socket = scene.join()
    assert [m.type for m in socket.heard] == [MessageType.CONFIG] + [MessageType.FRAME] * 6
    assert socket.frames[0].flags & Flag.KEY
    assert scene.keys == 1
    said = json.loads(socket.heard[0].payload)
    assert said["ends_at_us"] == 1_795_425_000_000_000
    assert said["codec"] == "avc1.4d401f"


def test_who_joins_late_in_a_group_of_pictures_gets_at_most_a_second_of_it(scene: Scene) -> None:
    scene.push(key=True)
    for _ in range(45):
        scene.push()
    viewer, socket = scene.join()
    assert len(socket.frames) * FRAME_S <= 1.0 + FRAME_S
    assert viewer.unacknowledged_s <= 1.0
    scene.push(key=True)  # the one that was asked for
    _acknowledge(viewer, socket)
    assert socket.frames[-1].seq == 47


def test_who_joins_a_stalled_camera_gets_no_old_picture(scene: Scene) -> None:
    scene.push(key=True)
    scene.clock.advance(3.0)
    _, socket = scene.join()
    assert socket.heard == []
    scene.push()
    assert socket.heard == []
    scene.push(key=True)
    assert len(socket.frames) == 1


def test_a_ring_is_silent_when_nothing_is_made_for_longer_than_its_pace_explains(scene: Scene) -> None:
    scene.push(key=True)
    scene.clock.advance(SILENT_S - 0.1)
    assert not scene.ring.silent
    scene.clock.advance(0.2)
    assert scene.ring.silent
    scene.push(key=True)
    scene.clock.advance(SILENT_S + 1)
    assert not scene.ring.silent, "one that comes every 2.5 s may be late"
    scene.clock.advance(1.6)
    assert scene.ring.silent, "but never for more than 5 s"
    scene.begin(8)
    assert not scene.ring.silent


def test_all_viewers_get_the_same_bytes(scene: Scene) -> None:
    (_, one), (_, two) = scene.join(), scene.join()
    scene.push(key=True)
    scene.push()
    assert one.data == two.data
    assert len(one.frames) == 2


def test_a_delta_frame_without_what_it_refers_to_is_shown_to_nobody(scene: Scene) -> None:
    _, socket = scene.join()
    assert not scene.push()
    scene.push(key=True)
    scene.seq += 1  # the worker lost one
    assert not scene.push()
    assert not scene.push()
    assert scene.push(key=True)
    assert [m.seq for m in socket.frames] == [2, 6]


def test_the_last_words_of_an_old_encoder_reach_nobody(scene: Scene) -> None:
    _, socket = scene.join()
    scene.push(key=True)
    scene.begin(8)
    before = len(socket.data)
    assert not scene.ring.push(config(7))
    assert not scene.ring.push(frame(7, 2, key=True))
    assert len(socket.data) == before
    scene.push(key=True)
    assert socket.frames[-1].epoch == 8
    with pytest.raises(ValueError, match="only grows"):
        scene.ring.begin(8)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        bytes(40),
        frame(7, 1, key=True)[:-1],
        frame(7, 1, key=True) + b"\0",
        b"\2" + frame(7, 1, key=True)[1:],
        frame(7, 1, key=True, rendition=Rendition.WALL),
        frame(7, 1, key=True, number=9),
        Message(type=MessageType.END, payload=b"{}", epoch=7, rendition=1).pack(),
        Message(type=MessageType.CONFIG, payload=b"[]", epoch=7, rendition=1).pack(),
        Message(type=MessageType.CONFIG, payload=b"\xff", epoch=7, rendition=1).pack(),
        Message(type=MessageType.CONFIG, payload=b"1" * 5_000, epoch=7, rendition=1).pack(),
    ],
)
def test_a_worker_that_talks_nonsense_is_found_out(scene: Scene, message: bytes) -> None:
    _, socket = scene.join()
    with pytest.raises(BadMessage):
        scene.ring.push(message)
    assert socket.heard == []


def test_nothing_but_end_is_written_at_the_deadline_or_after(scene: Scene) -> None:
    viewer, socket = scene.join()
    scene.push(key=True)
    scene.ring.deadline_s = scene.clock.boot + FRAME_S
    before = len(socket.data)
    assert not scene.push()  # exactly at the deadline
    viewer.acknowledge(1)
    viewer.tell(MessageType.STATE, {"state": "live"})
    viewer.resume()
    assert len(socket.data) == before
    viewer.end(Farewell("expired", 4403))
    assert [m.type for m in socket.heard][-1] is MessageType.END


def test_a_process_that_is_stopped_between_two_writes_writes_no_more_when_it_goes_on_too_late(
    scene: Scene,
) -> None:
    scene.ring.deadline_s = scene.clock.boot + 1

    class Stopping(KeptSocket):
        def write(self, data: bytes) -> None:
            super().write(data)
            scene.clock.advance(2)

    sockets = [Stopping(), Stopping()]
    for socket in sockets:
        Viewer(scene.ring, socket, on_slow=scene.slow.append).start()
    assert scene.push(key=True)
    assert sorted(len(socket.frames) for socket in sockets) == [0, 1]
    assert sorted(bool(socket.data) for socket in sockets) == [False, True]


def test_key_frames_are_asked_for_twice_a_second_at_most_and_none_is_forgotten(scene: Scene) -> None:
    scene.push(key=True)
    viewer, _ = scene.join()
    for _ in range(10):
        viewer.want_key()
    assert scene.keys == 1
    while scene.keys == 1:
        scene.push()
    assert scene.clock.boot - 1_000 >= KEY_INTERVAL_S
    assert scene.keys == 2


def test_a_silent_viewer_holds_at_most_a_second_and_goes_on_from_a_key_frame(scene: Scene) -> None:
    scene.push(key=True)
    viewer, socket = scene.join()
    for _ in range(60):
        scene.push()
    held = len(socket.frames)
    assert held * FRAME_S <= 1.0
    assert scene.keys == 2  # at the join, and when it fell behind
    scene.push(key=True)
    assert len(socket.frames) == held
    _acknowledge(viewer, socket)
    assert [m.type for m in socket.heard[-2:]] == [MessageType.GAP, MessageType.FRAME]
    assert socket.frames[-1].flags & Flag.KEY
    assert socket.of(MessageType.GAP)[0].seq == held


def test_a_viewer_that_answers_late_inside_a_group_skips_the_rest_of_it(scene: Scene) -> None:
    scene.push(key=True)
    viewer, socket = scene.join()
    for _ in range(30):
        scene.push()
    held = len(socket.frames)
    _acknowledge(viewer, socket)
    scene.push()
    assert len(socket.frames) == held
    scene.push(key=True)
    assert [m.type for m in socket.heard[-2:]] == [MessageType.GAP, MessageType.FRAME]


def test_two_jumps_in_ten_seconds_ask_for_a_smaller_picture(scene: Scene) -> None:
    scene.push(key=True)
    viewer, socket = scene.join()
    for jump in range(2):
        assert len(scene.slow) == 0, jump
        for _ in range(30):
            scene.push()
        scene.push(key=True)
        _acknowledge(viewer, socket)
    assert scene.slow == [viewer]


def test_a_viewer_that_answers_in_time_loses_nothing(scene: Scene) -> None:
    viewer, socket = scene.join()
    for turn in range(500):
        scene.push(key=turn % 50 == 0)
        if turn % 6 == 0:
            _acknowledge(viewer, socket)
    assert [m.seq for m in socket.frames] == list(range(1, 501))
    assert not socket.of(MessageType.GAP)
    assert viewer.frames == 500


def test_an_acknowledgement_of_what_was_never_sent_gives_no_credit(scene: Scene) -> None:
    viewer, _ = scene.join()
    scene.push(key=True)
    for _ in range(5):
        scene.push()
    held_s = viewer.unacknowledged_s
    for seq, epoch in ((7, None), (1 << 31, None), (0, None), (3, 6), (3, 8)):
        viewer.acknowledge(seq, epoch=epoch)
        assert viewer.unacknowledged_s == held_s
    viewer.acknowledge(6)
    assert viewer.unacknowledged_s == 0.0


def test_who_speaks_of_a_new_encoder_has_left_the_old_one_behind(scene: Scene) -> None:
    viewer, _ = scene.join()
    scene.push(key=True)
    scene.push()
    scene.begin(8)
    scene.push(key=True)
    assert viewer.unacknowledged_s > 0
    viewer.acknowledge(0, epoch=8)
    assert viewer.unacknowledged_s == 0.0  # what is left is the first picture of epoch 8
    viewer.acknowledge(0, epoch=9)
    assert len(viewer._unacknowledged) == 1


def test_large_pictures_are_bounded_by_bytes(scene: Scene) -> None:
    _, socket = scene.join()
    scene.push(key=True, size=600_000)
    scene.push(size=600_000)
    assert len(socket.frames) == 1


def test_a_paused_viewer_gets_state_only_and_resumes_at_a_key_frame(scene: Scene) -> None:
    viewer, socket = scene.join()
    scene.push(key=True)
    viewer.pause()
    for _ in range(10):
        scene.push()
    viewer.tell(MessageType.STATE, {"state": "live"})
    assert (viewer.frames, len(socket.frames), len(socket.of(MessageType.STATE))) == (1, 1, 1)
    scene.clock.advance(5)
    scene.push(key=True)
    viewer.acknowledge(1)
    viewer.resume()
    assert [m.type for m in socket.heard[-2:]] == [MessageType.GAP, MessageType.FRAME]
    assert socket.frames[-1].flags & Flag.KEY


def test_another_rendition_begins_with_its_configuration_and_a_key_frame(scene: Scene) -> None:
    wall = Scene(Rendition.WALL, scene.clock)
    wall.begin(9)
    viewer, socket = scene.join()
    scene.push(key=True)
    wall.push(key=True)
    wall.push()
    viewer.move(wall.ring)
    assert [m.type for m in socket.heard[2:]] == [
        MessageType.CONFIG,
        MessageType.GAP,
        MessageType.FRAME,
        MessageType.FRAME,
    ]
    assert {m.rendition for m in socket.heard[2:]} == {Rendition.WALL}
    assert not scene.ring.viewers


def test_each_rendition_has_its_own_epochs_and_none_of_them_falls(scene: Scene) -> None:
    wall = Scene(Rendition.WALL, scene.clock)
    wall.begin(3)
    viewer, socket = scene.join()
    scene.push(key=True)
    viewer.move(wall.ring)
    wall.push(key=True)
    viewer.move(scene.ring)
    scene.push(key=True)
    assert [m.epoch for m in socket.frames] == [7, 3, 7, 7]
    older = Scene(Rendition.FOCUS, scene.clock)
    older.begin(6)
    viewer.move(older.ring)
    older.push(key=True)
    assert len(socket.frames) == 4
    older.begin(8)
    older.push(key=True)
    assert [m.epoch for m in socket.frames][4:] == [8]


def test_who_acknowledges_and_does_not_read_gets_no_more_and_is_silent(scene: Scene) -> None:
    viewer, socket = scene.join()
    scene.push(key=True)
    socket.kept_back = WAITING_BYTES + 1
    held = len(socket.data)
    until_s = scene.clock.boot + SILENCE_S
    while scene.clock.boot < until_s - 0.1:
        scene.push(key=True)
        viewer.acknowledge(scene.ring.end, epoch=7)
        viewer.tell(MessageType.STATE, {"state": "live"})
        assert not viewer.silent(scene.clock.boot)
        scene.clock.advance(0.2)
    assert len(socket.data) == held
    scene.clock.advance(0.5)
    assert viewer.silent(scene.clock.boot)


def test_a_viewer_who_has_pictures_and_says_nothing_for_ten_seconds_is_silent(scene: Scene) -> None:
    viewer, _ = scene.join()
    scene.clock.advance(60)
    assert not viewer.silent(scene.clock.boot)  # there is nothing it could acknowledge
    scene.push(key=True)
    scene.clock.advance(10)
    assert not viewer.silent(scene.clock.boot)
    scene.clock.advance(0.1)
    assert viewer.silent(scene.clock.boot)
    viewer.acknowledge(0)
    assert viewer.silent(scene.clock.boot), "a number that was never sent acknowledges nothing"
    viewer.acknowledge(1)
    assert not viewer.silent(scene.clock.boot)


async def test_the_cut_says_end_then_closes_and_nothing_follows(scene: Scene) -> None:
    viewer, socket = scene.join()
    scene.push(key=True)
    assert viewer.end(REVOKED)
    assert json.loads(socket.of(MessageType.END)[0].payload) == {"reason": "revoked", "retry": False}
    assert (socket.code, socket.aborted) == (4403, False)
    before = len(socket.data)
    scene.push(key=True)
    viewer.acknowledge(1)
    viewer.tell(MessageType.STATE, {})
    assert len(socket.data) == before
    assert not viewer.end(REVOKED)
    await viewer.gone()
    assert not socket.aborted


async def test_pictures_that_still_wait_on_this_machine_are_thrown_away_at_the_cut(scene: Scene) -> None:
    viewer, socket = scene.join()
    scene.push(key=True)
    socket.kept_back = 1
    viewer.end(REVOKED)
    assert socket.aborted
    assert not socket.of(MessageType.END)


async def test_a_socket_that_does_not_close_is_reset_after_a_quarter_of_a_second(scene: Scene) -> None:
    viewer, socket = scene.join()
    socket.stuck = True
    viewer.end(REVOKED)
    started_s = asyncio.get_running_loop().time()
    await viewer.gone()
    assert socket.aborted
    assert 0.24 <= asyncio.get_running_loop().time() - started_s < 0.6


def test_a_viewer_that_is_sent_nothing_is_unlit_though_pictures_are_made(scene: Scene) -> None:
    scene.push(key=True)
    viewer, socket = scene.join()
    assert not viewer.unlit(scene.clock.boot)
    _acknowledge(viewer, socket)
    viewer.want_key()
    for _ in range(int((SILENT_S + 0.1) / FRAME_S) + 1):
        scene.clock.advance(FRAME_S)
        scene.push()
    assert not scene.ring.silent
    assert viewer.unlit(scene.clock.boot)
    sent = len(socket.frames)
    scene.push(key=True)
    assert len(socket.frames) == sent + 1
    assert not viewer.unlit(scene.clock.boot)
    viewer.pause()
    scene.clock.advance(60)
    assert not viewer.unlit(scene.clock.boot), "it wants none"
    viewer.resume()
    assert not viewer.unlit(scene.clock.boot), "it waits for the first"
