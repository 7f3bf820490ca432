"""One output's H.264: low latency, closed groups, key frames on demand, length-prefixed access units.

Settings are those measured in the design (superfast, zerolatency, one thread, no B frames). CONFIG carries
the avcC record; the access units carry no parameter sets of their own.
"""

import base64
import json
import re
from dataclasses import dataclass
from fractions import Fraction

import av
from av.codec.context import Flags
from av.video.frame import PictureType

from crisislink.media.frames import Rendition

GOP_S = 2
KEY_EVERY_S = 0.5
TIME_BASE = Fraction(1, 90_000)
_START_CODE = re.compile(rb"\x00\x00(?:\x00)?\x01")
_SPS, _PPS = 7, 8


@dataclass(frozen=True, slots=True)
class Size:
    """Bounds of a rendition: pixels, frames a second, kilobits a second."""

    width: int
    height: int
    fps: float
    kbps: int


BOUNDS = {
    Rendition.FOCUS: Size(1280, 720, 25, 2_500),
    Rendition.FOCUS_LOW: Size(960, 540, 12.5, 900),
    Rendition.WALL: Size(640, 360, 12.5, 600),
    Rendition.WALL_LOW: Size(320, 180, 6.25, 150),
}


def fit(width: int, height: int, rendition: Rendition) -> tuple[int, int]:
    """The even size within the rendition's bounds that keeps the aspect and never enlarges."""
    bound = BOUNDS[rendition]
    scale = min(1.0, bound.width / width, bound.height / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def key_interval(bound: Size) -> int:
    """Frames from one key frame to the next, when nobody asks for one."""
    return round(GOP_S * bound.fps)


def x264_options(bound: Size) -> dict[str, str]:
    """What libx264 is told beside size, rate and pixel format; the benchmark tells its peers the same."""
    return {
        "preset": "superfast",
        "tune": "zerolatency",
        "profile": "main",
        "forced-idr": "1",
        "maxrate": f"{bound.kbps}k",
        "bufsize": f"{bound.kbps // 3}k",
        "x264-params": f"scenecut=0:ref=1:sliced-threads=0:keyint={key_interval(bound)}:min-keyint=1",
    }


class Encoder:
    """x264 at one size. `encode` gives at most one access unit a frame."""

    def __init__(self, rendition: Rendition, width: int, height: int) -> None:
        bound = BOUNDS[rendition]
        fps = Fraction(bound.fps).limit_denominator(100)
        made = av.CodecContext.create("libx264", "w")
        made.width, made.height, made.pix_fmt = width, height, "yuv420p"
        made.time_base, made.framerate = TIME_BASE, fps
        made.gop_size, made.max_b_frames, made.thread_count = key_interval(bound), 0, 1
        made.bit_rate = bound.kbps * 1000
        made.color_range, made.colorspace = 1, 1  # limited, BT.709
        made.color_primaries, made.color_trc = 1, 1
        made.flags |= Flags.global_header
        made.options = x264_options(bound)
        made.open()
        self._codec = made
        self._rendition, self._fps = rendition, float(fps)
        self._last_key_pts: int | None = None
        self._wanted = True

    def config(self, *, camera: str, grant: str) -> bytes:
        """CONFIG's payload. The node adds `ends_at_us`."""
        record = avcc_record(bytes(self._codec.extradata or b""))
        return json.dumps(
            {
                "codec": f"avc1.{record[1:4].hex()}",
                "width": self._codec.width,
                "height": self._codec.height,
                "fps": self._fps,
                "avcc": base64.b64encode(record).decode(),
                "camera": camera,
                "grant": grant,
                "rendition": self._rendition.name.lower(),
            }
        ).encode()

    def want_key(self) -> None:
        """A key frame with the next frame, or 500 ms after the last one."""
        self._wanted = True

    def encode(self, frame: av.VideoFrame, pts: int) -> tuple[bytes, bool] | None:
        """The access unit, length-prefixed, and whether it is a key frame. `pts` in 1/90000 s, increasing."""
        frame.pts, frame.time_base = pts, TIME_BASE
        frame.pict_type = PictureType.I if self._key_due(pts) else PictureType.NONE
        packets = self._codec.encode(frame)
        if not packets:
            return None
        [packet] = packets
        if packet.is_keyframe:
            self._last_key_pts, self._wanted = pts, False
        return length_prefixed(bytes(packet)), bool(packet.is_keyframe)

    def _key_due(self, pts: int) -> bool:
        since = None if self._last_key_pts is None else (pts - self._last_key_pts) * TIME_BASE
        return self._wanted and (since is None or since >= Fraction(KEY_EVERY_S))


def units(annexb: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream."""
    return [unit for unit in _START_CODE.split(annexb) if unit]


def length_prefixed(annexb: bytes) -> bytes:
    """The same access unit with 4-byte lengths; parameter sets are left out, they are in CONFIG."""
    kept = (unit for unit in units(annexb) if unit[0] & 31 not in {_SPS, _PPS})
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in kept)


def avcc_record(extradata: bytes) -> bytes:
    """ISO 14496-15 AVCDecoderConfigurationRecord of Annex B parameter sets.

    Raises:
        ValueError: no SPS or no PPS.
    """
    sps = [u for u in units(extradata) if u[0] & 31 == _SPS]
    pps = [u for u in units(extradata) if u[0] & 31 == _PPS]
    if not sps or not pps:
        raise ValueError("the encoder gave no parameter sets")
    head = bytes([1, *sps[0][1:4], 0xFF, 0xE1])
    return head + len(sps[0]).to_bytes(2, "big") + sps[0] + b"\x01" + len(pps[0]).to_bytes(2, "big") + pps[0]
