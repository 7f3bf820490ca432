"""Packets: parsed as RFC 3550 says, in order, each loss counted once, nothing kept for ever."""

import random
import struct

from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.rtsp.rtp import REORDER_MAX, REORDER_S, RtpPacket, Sequence, parse


def _packet(sequence: int, at_s: float = 0.0, ssrc: int = 7) -> RtpPacket:
    return RtpPacket(sequence & 0xFFFF, 0, ssrc, False, b"x", at_s)


def _run(sequence: Sequence, packets: list[RtpPacket]) -> list[tuple[int, int]]:
    return [(p.sequence, p.lost) for packet in packets for p in sequence.add(packet)]


def test_header_extension_csrc_and_padding_are_left_out() -> None:
    head = struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 2, 0x80 | 96, 65_535, 5, 9)
    extension = struct.pack(">HH", 0xBEDE, 1) + b"eeee"
    packet = parse(head + b"csrccsrc" + extension + b"payload" + b"\0\0\3", 96, 1.5)
    assert packet == RtpPacket(65_535, 5, 9, True, b"payload", 1.5)


def test_what_is_not_of_the_track_is_none() -> None:
    good = struct.pack(">BBHII", 0x80, 96, 1, 2, 3) + b"x"
    assert parse(good, 96, 0) is not None
    assert parse(good, 97, 0) is None
    assert parse(b"\x40" + good[1:], 96, 0) is None
    assert parse(good[:12], 96, 0) is None
    assert parse(struct.pack(">BBHII", 0xA0, 96, 1, 2, 3) + b"\xff", 96, 0) is None


@given(st.binary(max_size=64))
def test_any_bytes_are_a_packet_or_none(data: bytes) -> None:
    parse(data, data[1] & 0x7F if len(data) > 1 else 0, 0.0)


def test_over_tcp_a_hole_is_a_loss_at_once_also_around_the_turn() -> None:
    order = [65_533, 65_534, 1, 2, 5]
    assert _run(Sequence(reorder=False), [_packet(n) for n in order]) == [
        (65_533, 0), (65_534, 0), (1, 2), (2, 0), (5, 2)
    ]  # fmt: skip


def test_over_udp_what_overtook_waits_and_doubles_are_dropped() -> None:
    order = [10, 12, 12, 11, 13, 11, 15, 14]
    assert _run(Sequence(reorder=True), [_packet(n) for n in order]) == [
        (n, 0) for n in (10, 11, 12, 13, 14, 15)
    ]


def test_a_hole_is_given_up_after_50_ms_or_64_packets() -> None:
    sequence = Sequence(reorder=True)
    assert _run(sequence, [_packet(0, 1.0), _packet(2, 1.0)]) == [(0, 0)]
    assert sequence.wait_until_s == 1.0 + REORDER_S
    assert list(sequence.drain(now_s=1.0 + REORDER_S - 0.001)) == []
    assert [(p.sequence, p.lost) for p in sequence.drain(now_s=1.0 + REORDER_S)] == [(2, 1)]
    assert sequence.wait_until_s is None
    many = Sequence(reorder=True)
    got = _run(many, [_packet(n, 1.0) for n in (0, *range(2, 2 + REORDER_MAX))])
    assert got == [(0, 0), (2, 1), *((n, 0) for n in range(3, 2 + REORDER_MAX))]


def test_a_new_source_or_a_far_jump_begins_anew() -> None:
    sequence = Sequence(reorder=True)
    assert _run(sequence, [_packet(5), _packet(6), _packet(40_000), _packet(40_001)]) == [
        (5, 0), (6, 0), (40_000, 1), (40_001, 0)
    ]  # fmt: skip
    assert _run(sequence, [_packet(9, ssrc=8), _packet(10, ssrc=8)]) == [(9, 1), (10, 0)]


@given(st.integers(0, 65_535), st.integers(1, 400), st.randoms(use_true_random=False), st.booleans())
def test_all_come_once_in_order_and_every_loss_is_counted(
    start: int, count: int, chance: random.Random, reorder: bool
) -> None:
    kept = [n for n in range(count) if n == 0 or chance.random() > 0.1]
    sent: list[int] = []
    for n in kept:
        sent.append(n)
        if reorder and len(sent) > 1 and chance.random() < 0.2 and sent[-2] != 0:
            sent[-1], sent[-2] = sent[-2], sent[-1]
        if chance.random() < 0.05:
            sent.append(n)
    sequence = Sequence(reorder=reorder)
    got = _run(sequence, [_packet(start + n) for n in sent])
    got += [(p.sequence, p.lost) for p in sequence.drain(force=True)]
    assert [(s - start) & 0xFFFF for s, _ in got] == kept
    assert sum(lost for _, lost in got) == kept[-1] + 1 - len(kept) == sequence.lost
    assert sequence.wait_until_s is None
