"""A camera's access units become frames; what is too large, broken or new never takes the old state along."""

from fractions import Fraction

import av
import numpy as np
import pytest

from crisislink.demo.clips import load_clip
from crisislink.media.decoder import Decoder, Undecodable
from crisislink.media.picture import planes
from crisislink.media.received import Codec, Received


def _received(unit: bytes, codec: Codec = "h264", *, first: bool = False, key: bool = True) -> Received:
    return Received(unit=unit, codec=codec, key=key, arrived_s=0, capture_us=0, reported=False, first=first)


def _encoded(width: int, height: int, pictures: int = 3) -> list[bytes]:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate = Fraction(25)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency"}
    units = []
    for n in range(pictures):
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane in planes(frame):
            plane[:] = np.uint8(90 + 30 * n)
        units += [bytes(p) for p in encoder.encode(frame)]
    return units


def _annexb(prefixed: bytes) -> bytes:
    made, at = b"", 0
    while at < len(prefixed):
        size = int.from_bytes(prefixed[at : at + 4])
        made += b"\0\0\0\1" + prefixed[at + 4 : at + 4 + size]
        at += 4 + size
    return made


@pytest.mark.parametrize("name", ["faubourg", "allee", "metro"], ids=["h264", "h265", "mjpeg"])
def test_every_access_unit_gives_its_frame_at_once(name: str) -> None:
    clip, decoder = load_clip(name), Decoder()
    codec: Codec = {"faubourg": "h264", "allee": "hevc", "metro": "mjpeg"}[name]  # type: ignore[assignment]
    for n, frame in enumerate(clip.frames[:10]):
        unit = frame.data if codec == "mjpeg" else _annexb(frame.data)
        assert len(decoder.decode(_received(unit, codec, first=n == 0, key=frame.key))) == 1


def test_too_large_a_picture_is_refused_before_it_is_decoded() -> None:
    decoder = Decoder()
    [unit] = _encoded(4096, 2304, 1)
    with pytest.raises(Undecodable):
        decoder.decode(_received(unit, first=True))


def test_a_picture_without_what_it_refers_to_is_undecodable() -> None:
    with pytest.raises(Undecodable):
        Decoder().decode(_received(_encoded(320, 180)[1], key=False))


def test_garbage_is_undecodable_and_the_next_key_frame_is_not() -> None:
    decoder, units = Decoder(), _encoded(320, 180)
    with pytest.raises(Undecodable):
        decoder.decode(_received(b"\x00\x00\x00\x01\x65" + bytes(range(200))))
    assert len(decoder.decode(_received(units[0]))) == 1


@pytest.mark.parametrize(("codec", "encoder", "key", "with_b"), [
    ("h264", "libx264", "x264-params", "bframes=3:b-pyramid=normal:b-adapt=0"),
    ("hevc", "libx265", "x265-params", "log-level=none:bframes=3:b-pyramid=1:b-adapt=0"),
])  # fmt: skip
def test_with_b_pictures_each_frame_keeps_its_own_access_unit(
    codec: Codec, encoder: str, key: str, with_b: str
) -> None:
    made = av.CodecContext.create(encoder, "w")
    assert isinstance(made, av.VideoCodecContext)
    made.width, made.height, made.pix_fmt, made.framerate = 320, 192, "yuv420p", Fraction(25)
    made.time_base, made.options = Fraction(1, 25), {"preset": "medium", key: with_b}
    packets = []
    for n in range(40):
        frame = av.VideoFrame(320, 192, "yuv420p")
        for plane in planes(frame):
            plane[:] = np.uint8(20 + 5 * n)
        frame.pts, frame.time_base = n, Fraction(1, 25)
        packets += list(made.encode(frame))
    packets += list(made.encode(None))
    decoder, shown = Decoder(), 0
    for packet in packets:
        assert packet.pts is not None
        unit = Received(
            unit=bytes(packet),
            codec=codec,
            key=packet.is_keyframe,
            arrived_s=0,
            capture_us=packet.pts,
            reported=True,
        )
        for frame, own in decoder.decode(unit):
            shown += 1
            assert own.capture_us == round((int(planes(frame)[0][50, 50]) - 20) / 5)
    assert shown > 20
