"""What cameras describe: Axis, Hikvision, Dahua and the odd ones; only their video is ever wanted."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.received import SourceFault
from crisislink.media.rtsp.address import parse
from crisislink.media.rtsp.sdp import read

_ADDRESS = parse("rtsp://cam:8554/live/main?profile=1")
_SPS, _PPS = b"\x67\x4d\x00\x1f", b"\x68\xee\x3c\x80"
_SETS = ",".join(base64.b64encode(s).decode() for s in (_SPS, _PPS))
_AXIS = f"""v=0
o=- 1 1 IN IP4 10.0.0.9
s=Session
a=control:rtsp://cam:8554/live/main?profile=1
m=audio 0 RTP/AVP 97
a=rtpmap:97 MPEG4-GENERIC/16000/1
a=control:rtsp://cam:8554/live/main/stream=1?profile=1
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1; profile-level-id=4D001F; sprop-parameter-sets={_SETS}
a=control:rtsp://cam:8554/live/main/stream=0?profile=1
"""


def test_the_video_of_a_camera_with_sound() -> None:
    offer = read(_AXIS.replace("\n", "\r\n").encode(), base=None, address=_ADDRESS)
    track = offer.track
    assert (track.codec, track.payload_type, track.clock_hz) == ("h264", 96, 90_000)
    assert track.parameter_sets == (_SPS, _PPS)
    assert track.control == "rtsp://cam:8554/live/main/stream=0?profile=1"
    assert offer.aggregate == "rtsp://cam:8554/live/main?profile=1"


@pytest.mark.parametrize(
    ("base", "control", "expected"),
    [
        (None, "trackID=1", "rtsp://cam:8554/live/main/trackID=1?profile=1"),
        ("rtsp://cam:8554/live/main/", "trackID=1", "rtsp://cam:8554/live/main/trackID=1"),
        ("rtsp://cam:8554/live", "track1", "rtsp://cam:8554/live/track1"),
        (None, "/abs/track1", "rtsp://cam:8554/abs/track1"),
        (None, "*", "rtsp://cam:8554/live/main?profile=1"),
        ("/other/", "t", "rtsp://cam:8554/other/t"),
        (None, "rtsp://192.168.1.108:554/cam/trackID=0", "rtsp://cam:8554/cam/trackID=0"),
        ("rtsp://192.168.1.108/x/", "t", "rtsp://cam:8554/x/t"),
        ("rtsps://cam:8554/x/", "t", "rtsp://cam:8554/x/t"),
    ],
)
def test_controls_are_resolved_as_cameras_mean_them(base: str | None, control: str, expected: str) -> None:
    said = f"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\na=control:{control}\n"
    assert read(said.encode(), base=base, address=_ADDRESS).track.control == expected


def test_what_is_asked_for_names_this_camera_and_no_other() -> None:
    """What is signed with the password could otherwise be handed on to the other one."""
    said = _AXIS.replace("rtsp://cam:8554", "rtsp://other@10.9.9.9")
    offer = read(said.encode(), base="rtsp://10.9.9.9/live/", address=_ADDRESS)
    assert offer.aggregate == "rtsp://cam:8554/live/main?profile=1"
    assert offer.track.control == "rtsp://cam:8554/live/main/stream=0?profile=1"


def test_h265_with_its_three_sets_and_decoding_order() -> None:
    sets = {"vps": b"\x40\x01\x0c", "sps": b"\x42\x01\x01", "pps": b"\x44\x01\xc1"}
    fmtp = ";".join(f"sprop-{n}={base64.b64encode(v).decode()}" for n, v in sets.items())
    said = f"m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=fmtp:98 {fmtp};sprop-max-don-diff=2\n"
    track = read(said.encode(), base=None, address=_ADDRESS).track
    assert (track.codec, track.parameter_sets) == ("hevc", tuple(sets.values()))
    assert track.decoding_order


def test_jpeg_needs_no_rtpmap() -> None:
    track = read(b"m=video 0 RTP/AVP 26\n", base=None, address=_ADDRESS).track
    assert (track.codec, track.payload_type) == ("mjpeg", 26)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"", "codec"),
        (b"m=audio 0 RTP/AVP 0\n", "codec"),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:96 MP4V-ES/90000\n", "codec"),
        (b"m=video 0 RTP/AVP 96\n", "codec"),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/0\n", "codec"),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:file://etc/passwd\n", "protocol"),
        (b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control://[\n", "protocol"),
    ],
)
def test_what_is_not_wanted_is_a_fault(said: bytes, fault: str) -> None:
    with pytest.raises(SourceFault) as told:
        read(said, base=None, address=_ADDRESS)
    assert told.value.fault == fault


@given(st.binary(max_size=400), st.text(max_size=60) | st.none())
def test_nothing_but_a_fault_comes_of_garbage(tail: bytes, base: str | None) -> None:
    for said in (tail, b"m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 " + tail):
        with suppress(SourceFault):
            read(said, base=base, address=_ADDRESS)
