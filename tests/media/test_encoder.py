"""The encoder's H.264 is what a low-latency player needs: read from its own bits, and by decoding it."""

import base64
import json
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisislink.media.encoder import BOUNDS, Encoder, avcc_record, fit, length_prefixed, units
from crisislink.media.frames import Rendition
from crisislink.media.picture import planes

_FRAME_90K = 3_600


class _Bits:
    """Exp-Golomb reader over an RBSP (H.264 §7.2, §9.1)."""

    def __init__(self, unit: bytes) -> None:
        self._bits = "".join(f"{b:08b}" for b in unit.replace(b"\x00\x00\x03", b"\x00\x00"))
        self._at = 0

    def u(self, count: int) -> int:
        self._at += count
        return int(self._bits[self._at - count : self._at], 2)

    def ue(self) -> int:
        zeros = 0
        while self.u(1) == 0:
            zeros += 1
        return (1 << zeros) - 1 + (self.u(zeros) if zeros else 0)


def _sps(unit: bytes) -> dict[str, int]:
    """What matters here of a Main profile SPS (H.264 §7.3.2.1.1, E.1.1)."""
    bits, said = _Bits(unit[1:]), {}
    said["profile"] = bits.u(8)
    bits.u(16)
    bits.ue(), bits.ue()
    said["poc_type"] = bits.ue()
    if said["poc_type"] == 0:
        bits.ue()
    bits.ue(), bits.u(1), bits.ue(), bits.ue()
    assert bits.u(1) == 1, "interlaced"
    bits.u(1)
    if bits.u(1):
        for _ in range(4):
            bits.ue()
    assert bits.u(1) == 1, "no VUI"
    if bits.u(1) and bits.u(8) == 255:
        bits.u(32)
    if bits.u(1):
        bits.u(1)
    if bits.u(1):
        bits.u(3)
        said["full_range"] = bits.u(1)
        if bits.u(1):
            said["primaries"], said["transfer"], said["matrix"] = bits.u(8), bits.u(8), bits.u(8)
    if bits.u(1):
        bits.ue(), bits.ue()
    if bits.u(1):
        bits.u(65)
    assert bits.u(2) == 0, "HRD parameters are not expected"
    bits.u(1)
    said["restriction"] = bits.u(1)
    if said["restriction"]:
        bits.u(1), bits.ue(), bits.ue(), bits.ue(), bits.ue()
        said["reorder"], said["buffering"] = bits.ue(), bits.ue()
    return said


def _frame(width: int, height: int, n: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    luma, u, v = planes(frame)
    luma[:] = 60
    luma[:, (n * 8) % (width - 8) :][:, :8] = 220
    u[:] = v[:] = 128
    return frame


def _config(encoder: Encoder) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(encoder.config(camera="cam_001", grant="gr_1"))
    return said


def _record_units(record: bytes) -> tuple[bytes, bytes]:
    assert record[0] == 1
    assert record[4:6] == b"\xff\xe1"
    size = int.from_bytes(record[6:8], "big")
    sps, rest = record[8 : 8 + size], record[8 + size :]
    assert rest[0] == 1
    pps = rest[3:]
    assert int.from_bytes(rest[1:3], "big") == len(pps)
    return sps, pps


def _nals(unit: bytes) -> list[bytes]:
    found = []
    while unit:
        size = int.from_bytes(unit[:4], "big")
        assert 0 < size <= len(unit) - 4
        found.append(unit[4 : 4 + size])
        unit = unit[4 + size :]
    return found


def _made(encoder: Encoder, count: int, size: tuple[int, int] = (640, 360)) -> list[tuple[bytes, bool]]:
    out = []
    for n in range(count):
        made = encoder.encode(_frame(*size, n), n * _FRAME_90K)
        assert made is not None, "zerolatency gives each frame at once"
        out.append(made)
    return out


@pytest.mark.parametrize("rendition", list(Rendition))
def test_the_sps_lets_a_player_show_each_frame_at_once(rendition: Rendition) -> None:
    sps, pps = _record_units(base64.b64decode(_config(Encoder(rendition, 640, 360))["avcc"]))
    said = _sps(sps)
    assert said["profile"] == 77
    assert said["poc_type"] == 2 or (said["restriction"] == 1 and said["reorder"] == 0)
    assert said["full_range"] == 0
    assert (said["primaries"], said["transfer"], said["matrix"]) == (1, 1, 1)
    assert pps[0] & 31 == 8


def test_config_names_the_codec_of_its_own_record() -> None:
    said = _config(Encoder(Rendition.WALL, 640, 360))
    record = base64.b64decode(said.pop("avcc"))
    assert said == {
        "codec": "avc1." + record[1:4].hex(),
        "width": 640,
        "height": 360,
        "fps": 12.5,
        "camera": "cam_001",
        "grant": "gr_1",
        "rendition": "wall",
    }


def test_units_are_length_prefixed_and_hold_no_parameter_sets() -> None:
    for unit, is_key in _made(Encoder(Rendition.FOCUS, 640, 360), 60):
        kinds = [n[0] & 31 for n in _nals(unit)]
        assert not {7, 8} & set(kinds)
        assert (5 in kinds) == is_key
        assert (1 in kinds) != is_key


def test_groups_are_two_seconds_closed_and_without_b_frames() -> None:
    encoder = Encoder(Rendition.FOCUS, 640, 360)
    made = _made(encoder, 120)
    assert [n for n, (_, is_key) in enumerate(made) if is_key] == [0, 50, 100]
    for unit, _ in made:
        for nal in (n for n in _nals(unit) if n[0] & 31 in {1, 5}):
            bits = _Bits(nal[1:12])
            bits.ue()
            assert bits.ue() % 5 in {0, 2}, "a slice that is neither P nor I"


def test_every_group_decodes_by_itself() -> None:
    encoder = Encoder(Rendition.FOCUS, 640, 360)
    made = _made(encoder, 60)
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = base64.b64decode(_config(encoder)["avcc"])
    decoder.thread_count = 1
    shown = [f for unit, _ in made[50:] for f in decoder.decode(av.Packet(unit))]
    assert len(shown) == 10, "decoded at once, one for one"
    assert not any(f.is_corrupt for f in shown)
    luma = planes(shown[0])[0].astype(np.int16)
    assert np.abs(luma - planes(_frame(640, 360, 50))[0]).mean() < 3


def test_a_key_frame_comes_with_the_next_frame_when_the_last_is_half_a_second_old() -> None:
    encoder = Encoder(Rendition.FOCUS, 640, 360)
    keys = []
    for n in range(40):
        if n in {2, 20}:
            encoder.want_key()
        made = encoder.encode(_frame(640, 360, n), n * _FRAME_90K)
        assert made is not None
        if made[1]:
            assert 5 in [u[0] & 31 for u in _nals(made[0])], "an IDR, no mere I frame"
            keys.append(n)
    assert keys == [0, 13, 26]


def test_the_type_of_the_source_frame_does_not_carry_over() -> None:
    encoder = Encoder(Rendition.FOCUS, 640, 360)
    keys = 0
    for n in range(10):
        frame = _frame(640, 360, n)
        frame.pict_type = av.video.frame.PictureType.I
        made = encoder.encode(frame, n * _FRAME_90K)
        assert made is not None
        keys += made[1]
    assert keys == 1


@given(st.integers(2, 7680), st.integers(2, 4320), st.sampled_from(list(Rendition)))
def test_sizes_are_even_within_bounds_and_never_enlarged(width: int, height: int, which: Rendition) -> None:
    made = fit(width, height, which)
    bound = BOUNDS[which]
    assert made[0] % 2 == made[1] % 2 == 0
    assert 2 <= made[0] <= min(width, bound.width)
    assert 2 <= made[1] <= min(height, bound.height)


@pytest.mark.parametrize(
    ("source", "which", "size"),
    [
        ((1920, 1080), Rendition.FOCUS, (1280, 720)),
        ((1280, 720), Rendition.WALL, (640, 360)),
        ((640, 480), Rendition.WALL, (480, 360)),
        ((321, 241), Rendition.FOCUS, (320, 240)),
    ],
)
def test_aspect_is_kept(source: tuple[int, int], which: Rendition, size: tuple[int, int]) -> None:
    assert fit(*source, which) == size


@given(
    st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: b"\x00" not in b), min_size=1, max_size=6)
)
def test_units_of_either_start_code_are_found(parts: list[bytes]) -> None:
    stream = b"".join((b"\x00\x00\x01" if n % 2 else b"\x00\x00\x00\x01") + p for n, p in enumerate(parts))
    assert units(stream) == parts
    assert _nals(length_prefixed(stream)) == [p for p in parts if p[0] & 31 not in {7, 8}]


@pytest.mark.parametrize("extradata", [b"", b"\x00\x00\x01\x67\x4d\x00\x1f", b"\x00\x00\x01\x68\x01"])
def test_no_record_is_made_without_both_parameter_sets(extradata: bytes) -> None:
    with pytest.raises(ValueError, match="parameter sets"):
        avcc_record(extradata)
