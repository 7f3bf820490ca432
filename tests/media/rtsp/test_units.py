"""Payload formats: what FFmpeg's muxer packs comes back byte for byte; what is lost marks what it touches."""

import random
import tracemalloc
from contextlib import suppress

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisislink.demo.clips import load_clip
from crisislink.demo.rtp import Packetizer
from crisislink.demo.sdp import payload_type
from crisislink.media.received import SourceFault
from crisislink.media.rtsp.jpeg import JpegPayload
from crisislink.media.rtsp.nal import H264, H265, START, NalPayload
from crisislink.media.rtsp.rtp import RtpPacket, Sequence, parse
from crisislink.media.rtsp.units import UNIT_MAX_BYTES, Assembler, Payload, Unit

_CLIPS = {"h264": "gare", "hevc": "allee", "mjpeg": "metro"}


def _payload(codec: str) -> Payload:
    if codec == "mjpeg":
        return JpegPayload()
    return NalPayload(H264 if codec == "h264" else H265, load_clip(_CLIPS[codec]).parameter_sets)


def _packets(codec: str, count: int) -> list[list[bytes]]:
    clip = load_clip(_CLIPS[codec])
    with Packetizer(clip, payload_type(clip.codec)) as packetizer:
        return [packetizer.packets(frame, n) for n, frame in enumerate(clip.frames[:count])]


def _parsed(codec: str, data: bytes) -> RtpPacket:
    packet = parse(data, int(payload_type(load_clip(_CLIPS[codec]).codec)), 0.0)
    assert packet is not None
    return packet


def _units(codec: str, data: list[bytes]) -> list[Unit]:
    sequence, assembler = Sequence(reorder=False), Assembler(_payload(codec))
    return [
        unit for one in data for packet in sequence.add(_parsed(codec, one)) for unit in assembler.add(packet)
    ]


def _nals(prefixed: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(prefixed):
        size = int.from_bytes(prefixed[at : at + 4])
        found.append(prefixed[at + 4 : at + 4 + size])
        at += 4 + size
    return found


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_every_nal_unit_comes_back_with_the_sets_before_each_key_unit(codec: str) -> None:
    clip = load_clip(_CLIPS[codec])
    units = _units(codec, [p for frame in _packets(codec, 60) for p in frame])
    assert [u.key for u in units] == [f.key for f in clip.frames[:60]]
    assert not any(u.damaged for u in units)
    for unit, frame in zip(units, clip.frames, strict=False):
        got = unit.data.split(START)[1:]
        wanted = _nals(frame.data)
        own = [n for n in wanted if n not in clip.parameter_sets]
        assert [n for n in got if n in own] == own
        if frame.key:
            assert all(s in got for s in clip.parameter_sets)


def test_a_jpeg_comes_back_as_the_same_picture() -> None:
    clip = load_clip("metro")
    units = _units("mjpeg", [p for frame in _packets("mjpeg", 5) for p in frame])
    assert len(units) == 5
    for unit, frame in zip(units, clip.frames, strict=False):
        pictures = []
        for data in (unit.data, frame.data):
            decoder = av.CodecContext.create("mjpeg", "r")
            assert isinstance(decoder, av.VideoCodecContext)
            [picture] = decoder.decode(av.Packet(data))
            pictures.append(picture.to_ndarray(format="gray"))
        assert np.array_equal(pictures[0], pictures[1])


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
@given(st.integers(0, 10_000), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_loss_marks_its_unit_and_what_follows_until_the_next_whole_key_unit(
    codec: str, at: int, count: int
) -> None:
    frames = _packets(codec, 80)
    flat = [(n, p) for n, frame in enumerate(frames) for p in frame]
    start = 1 + at % (len(flat) - count - 1)  # the first packet tells where the numbers begin
    gone = flat[start : start + count]
    units = _units(codec, [p for _, p in flat[:start] + flat[start + count :]])
    touched = {n for n, _ in gone}
    times = {_parsed(codec, frames[n][0]).time: n for n in range(len(frames))}
    clip = load_clip(_CLIPS[codec])
    for unit in units:
        n = times[unit.time]
        healed = any(clip.frames[k].key and k not in touched and k > max(touched) for k in range(n + 1))
        if n in touched or (n > min(touched) and not healed and codec != "mjpeg"):
            assert unit.damaged, n
        elif n < min(touched) or healed:
            # A hole right before a picture might have been its beginning: it is marked to be sure.
            assert not unit.damaged or n == max(touched) + 1 or not clip.frames[n].key


def test_a_unit_without_marker_ends_when_the_clock_goes_on() -> None:
    packets = [_parsed("h264", p) for frame in _packets("h264", 4) for p in frame]
    assembler = Assembler(_payload("h264"))
    bare = [RtpPacket(p.sequence, p.time, p.ssrc, False, p.payload, p.arrived_s) for p in packets]
    units = [u for p in bare for u in assembler.add(p)]
    assert len(units) == 3
    assert [u.data for u in units] == [
        u.data for u in _units("h264", [p for f in _packets("h264", 3) for p in f])
    ]


def test_several_units_in_one_packet() -> None:
    sps, pps, idr = b"\x67\x4d\x00\x1f\x01", b"\x68\xee\x3c\x80", b"\x65\x88\x84\x00"
    packet = b"\x78" + b"".join(len(u).to_bytes(2) + u for u in (sps, pps, idr))
    payload = NalPayload(H264)
    assert payload.add(packet)
    assert payload.take() == (START + sps + START + pps + START + idr, True)
    assert not payload.add(packet[:-1])


def test_h265_with_decoding_order_numbers() -> None:
    one, two = b"\x26\x01\xaa\xbb", b"\x02\x01\xcc\xdd"
    payload = NalPayload(H265, decoding_order=True)
    several = b"\x60\x01" + b"\x00\x07" + len(one).to_bytes(2) + one + b"\x01" + len(two).to_bytes(2) + two
    assert payload.add(several)
    assert payload.add(b"\x02\x01" + b"\x00\x08" + b"\xee\xff")
    assert payload.add(b"\x62\x01\x81" + b"\x00\x09" + b"\x11")
    assert payload.add(b"\x62\x01\x41" + b"\x22")
    made = payload.take()
    assert made is not None
    assert made[0].split(START)[1:] == [one, two, b"\x02\x01\xee\xff", b"\x02\x01\x11\x22"]


def test_a_camera_without_idr_is_followed_from_its_intra_pictures() -> None:
    sps, pps = b"\x67\x4d\x00\x1f\x01", b"\x68\xee\x3c\x80"
    intra = bytes([0x41, 0b1_0001000, 0x80])
    delta = bytes([0x41, 0b1_1_000000, 0x80])  # slice type 0: P
    for slice_, key in ((intra, True), (delta, False)):
        payload = NalPayload(H264)
        for unit in (sps, pps, slice_):
            payload.add(unit)
        made = payload.take()
        assert made is not None
        assert made[1] is key


def test_a_unit_without_end_is_a_fault_not_memory() -> None:
    assembler = Assembler(NalPayload(H264))
    chunk = b"\x7c\x85" + bytes(60_000)
    middle = b"\x7c\x05" + bytes(60_000)

    def send(count: int) -> None:
        for n in range(count):
            list(assembler.add(RtpPacket(n, 1, 1, False, middle if n else chunk, 0.0)))

    with pytest.raises(SourceFault, match="8 MiB"):
        send(UNIT_MAX_BYTES // 60_000 + 2)


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
def test_the_smallest_parts_cost_no_more_memory_than_they_bring(codec: str) -> None:
    first = {"h264": b"\x7c\x85", "hevc": b"\x62\x01\x93", "mjpeg": b"\0\0\0\0\1\x50\x28\x28ab"}[codec]
    part = {"h264": b"\x7c\x05", "hevc": b"\x62\x01\x13", "mjpeg": b"\0\0\0\2\1\x50\x28\x28"}[codec]
    assembler = Assembler(_payload(codec))
    list(assembler.add(RtpPacket(0, 1, 1, False, first, 0.0)))
    tracemalloc.start()
    for n in range(100_000):
        list(assembler.add(RtpPacket(n, 1, 1, False, part, 0.0)))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 100_000


def test_a_jpeg_too_large_for_its_header_is_said() -> None:
    with pytest.raises(SourceFault, match="2040"):
        JpegPayload().add(b"\0\0\0\0\1\x50\0\x28ab")


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_mutated_packets_give_units_or_a_fault(codec: str, chance: random.Random) -> None:
    sequence, assembler = Sequence(reorder=True), Assembler(_payload(codec))
    with suppress(SourceFault):
        for frame in _packets(codec, 6):
            for data in frame:
                spoiled = bytearray(data)
                for _ in range(chance.randint(0, 4)):
                    spoiled[chance.randrange(12, len(spoiled))] = chance.randrange(256)
                cut = bytes(spoiled[: chance.randint(12, len(spoiled))])
                packet = parse(cut, cut[1] & 0x7F, 0.0)
                for one in () if packet is None else sequence.add(packet):
                    list(assembler.add(one))


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
@given(st.lists(st.binary(max_size=80), max_size=12))
def test_any_payload_is_taken_or_refused(codec: str, payloads: list[bytes]) -> None:
    payload = _payload(codec)
    with suppress(SourceFault):
        for one in payloads:
            payload.add(one)
        payload.take()
    assert payload.size >= 0


def test_a_slice_that_never_ends_is_a_loss_though_no_packet_is_missing() -> None:
    """Some cameras drop what they cannot send before they number it."""
    begins, goes_on = b"\x7c\x85" + b"a" * 50, b"\x7c\x05" + b"b" * 50
    for follows in (b"\x41" + b"c" * 50, b"\x7c\x81" + b"d" * 50, b"\x18\0\5\x41cccc"):
        payload = _payload("h264")
        assert payload.add(begins)
        assert payload.add(goes_on)
        assert not payload.add(follows)
