"""Sender reports as the simulator and RFC 3550 write them; receiver reports that say how it arrives."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from crisislink.demo.rtp import sender_report
from crisislink.media.rtsp.rtcp import Farewell, Receiver, SenderReport, read

_PACKET = struct.pack(">BBHII", 0x80, 96, 1, 123_456, 0xABCD) + b"x"


def test_a_sender_report_gives_the_time_back_to_the_microsecond() -> None:
    wall_us = 1_795_424_401_123_456
    [said] = read(sender_report(_PACKET, wall_us=wall_us, packets=1, octets=2))
    assert isinstance(said, SenderReport)
    assert (said.ssrc, said.time, said.wall_us) == (0xABCD, 123_456, wall_us)


def test_a_farewell_is_heard_and_a_camera_without_a_clock_says_nothing() -> None:
    assert read(struct.pack(">BBHI", 0x81, 203, 1, 7)) == [Farewell(7)]
    assert read(struct.pack(">BBHIIIIII", 0x80, 200, 6, 7, 0, 0, 5, 1, 1)) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    read(data)


def test_a_receiver_report_counts_losses_in_all_and_lately() -> None:
    receiver = Receiver(0x1111)
    first = receiver.report(0xABCD, highest=100, received=100, lost=0, heard=None, delay_s=0)
    assert struct.unpack_from(">BBHII", first) == (0x81, 201, 7, 0x1111, 0xABCD)
    heard = SenderReport(0xABCD, 0, 0, 0xDEAD_BEEF)
    later = receiver.report(0xABCD, highest=200, received=150, lost=50, heard=heard, delay_s=1.5)
    share_and_lost, highest, _, last, delay = struct.unpack_from(">IIIII", later, 12)
    assert share_and_lost >> 24 == 128, "half of the last hundred"
    assert share_and_lost & 0xFFFFFF == 50
    assert (highest, last, delay) == (200, 0xDEAD_BEEF, 98_304)
    assert b"crisislink" in later
    assert len(later) % 4 == 0
