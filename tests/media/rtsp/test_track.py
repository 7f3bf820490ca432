"""One track: its sender's word counts and no other's, and too many pictures are a fault."""

import struct

import pytest

from crisislink.demo.rtp import sender_report
from crisislink.media.received import Received, SourceFault
from crisislink.media.rtsp.sdp import Track
from crisislink.media.rtsp.track import TrackReceiver

_TRACK = Track(control="rtsp://cam/1", codec="mjpeg", payload_type=26, clock_hz=90_000)


def _packet(n: int, ssrc: int = 7) -> bytes:
    head = struct.pack(">BBHII", 0x80, 0x80 | 26, n & 0xFFFF, n * 1_000, ssrc)
    return head + b"\0\0\0\0\1\x50\2\2scan"


def _receiver(*, reorder: bool = False) -> TrackReceiver:
    track = TrackReceiver(_TRACK, reorder=reorder)
    assert len(list(track.packet(_packet(0), 1.0))) == 1
    return track


def test_the_farewell_of_another_sender_is_none_of_ours() -> None:
    track = _receiver()
    track.report(struct.pack(">BBHI", 0x81, 203, 1, 8))
    assert not track.over
    track.report(struct.pack(">BBHI", 0x81, 203, 1, 7))
    assert track.over


def test_nor_is_its_clock() -> None:
    def reported(ssrc: int) -> list[Received]:
        track = _receiver()
        [before] = track.packet(_packet(1), 1.0)
        track.report(sender_report(_packet(1, ssrc), wall_us=before.capture_us - 1_000, packets=1, octets=1))
        return list(track.packet(_packet(2), 1.0))

    assert [u.reported for u in reported(7)] == [True]
    assert [u.reported for u in reported(8)] == [False]


def test_more_than_sixty_pictures_a_second_are_a_fault_and_sixty_are_not() -> None:
    def send(per_s: int) -> None:
        track = _receiver()
        for n in range(1, 12 * per_s):
            list(track.packet(_packet(n), 1.0 + n / per_s))

    send(59)
    with pytest.raises(SourceFault, match="60"):
        send(63)


def test_a_hole_that_stays_open_is_closed_by_the_clock() -> None:
    track = _receiver(reorder=True)
    assert list(track.packet(_packet(2), 2.0)) == []
    assert track.wait_until_s == pytest.approx(2.05)
    assert list(track.waited(2.04)) == []
    [unit] = track.waited(2.05)
    assert unit.damaged
    assert track.wait_until_s is None
